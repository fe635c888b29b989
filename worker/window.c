/* Memory that repeats.
 *
 * SPDX-License-Identifier: MIT */
#include "window.h"

#include "calls.h"

#include <sys/mman.h>
#include <unistd.h>

bool tb_window_open(tb_window *w, size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), window = (size_t)TB_WINDOW, rounded = (bytes + page - 1) & ~(page - 1);
  const int fd = memfd_create("tenbin-window", MFD_CLOEXEC);
  *w = (tb_window){.length = rounded + 2 * page};
  w->base = mmap(NULL, w->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  bool ok = fd >= 0 && ftruncate(fd, (off_t)window) == 0 && w->base != MAP_FAILED;
  w->data = w->base + page;
  for (size_t at = 0; ok && at < rounded; at += window) {
    const size_t length = rounded - at < window ? rounded - at : window;
    ok = mmap(w->data + at, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
  }
  if (fd >= 0)
    close(fd);
  if (!ok)
    tb_window_close(w);
  return ok;
}

void tb_window_close(tb_window *w) {
  if (w->base != MAP_FAILED)
    munmap(w->base, w->length);
}
