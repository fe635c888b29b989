/* Standard output.
 *
 * SPDX-License-Identifier: MIT */
#include "output.h"

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void tb_output_start(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
      return; /* without /dev/null, what is written still fails */
}

int tb_output_finish(const char *program, int code) {
  errno = 0;
  const int flushed = fflush(stdout);
  if (flushed == 0 && !ferror(stdout))
    return code;
  fprintf(stderr, "%s: standard output cannot be written%s%s\n", program, errno ? ": " : "", errno ? strerror(errno) : "");
  return TB_EXIT_CANNOT_RUN;
}
