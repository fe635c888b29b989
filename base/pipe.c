/* Reading from a pipe with a deadline.
 *
 * SPDX-License-Identifier: MIT */
#include "pipe.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

ssize_t tb_read_until(int fd, void *out, size_t bytes, double deadline) {
  size_t got = 0;
  while (got < bytes) {
    double left = deadline - tb_now();
    struct pollfd p = {fd, POLLIN, 0};
    int ready = left > 0 ? poll(&p, 1, left > 1e6 ? 1000000000 : (int)(left * 1e3) + 1) : 0;
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0)
      return -1;
    ssize_t n = read(fd, (char *)out + got, bytes - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += (size_t)n;
  }
  return (ssize_t)got;
}
