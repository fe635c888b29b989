/* What the fuzzers share.
 *
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "memory.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 32, FIRST = 100 /* descriptor */ };

long fuzz_taken;

static char folder[4096]; /* of the data */
static struct {
  char name[80], path[4200];
} files[FILES];

void fuzz_require(bool kept, const char *format, ...) {
  va_list list;
  if (kept)
    return;
  fuzz_mute(false);
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fputc('\n', stderr);
  abort();
}

char *fuzz_text(const uint8_t *bytes, size_t size) {
  return tb_need(strndup((const char *)bytes, size));
}

static void make_folders(const char *path) {
  char part[4200];
  for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
    mkdir(part, 0777);
  }
}

/* A link to a descriptor: the folder can stay from one run to the next, and serves several at once. */
static void make_file(int i, const char *name) {
  char descriptor[40];
  const int fd = memfd_create("fuzz", 0);
  fuzz_require(fd >= 0 && dup2(fd, FIRST + i) >= 0, "no memory file");
  close(fd);
  snprintf(files[i].name, sizeof files[i].name, "%s", name);
  snprintf(files[i].path, sizeof files[i].path, "%s/%s", folder, name);
  snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", FIRST + i);
  make_folders(files[i].path);
  unlink(files[i].path);
  fuzz_require(symlink(descriptor, files[i].path) == 0, "%s: cannot be made", files[i].path);
}

const char *fuzz_data(const char *name, const void *bytes, size_t size) {
  int i = 0;
  if (!*folder) {
    tb_beside("fuzz.data", folder, sizeof folder);
    snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "/%s", program_invocation_short_name);
    setenv("TENBIN_DATA", folder, 1);
  }
  while (i < FILES && *files[i].name && strcmp(files[i].name, name) != 0)
    i++;
  fuzz_require(i < FILES, "more than %d files", FILES);
  if (!*files[i].name)
    make_file(i, name);
  fuzz_require(ftruncate(FIRST + i, 0) == 0 && pwrite(FIRST + i, bytes, size, 0) == (ssize_t)size, "no memory for a file");
  return files[i].path;
}

void fuzz_mute(bool mute) {
  static FILE *nowhere, *out, *err;
  if (!nowhere) {
    nowhere = tb_need(fopen("/dev/null", "we"));
    out = stdout;
    err = stderr;
  }
  stdout = mute ? nowhere : out;
  stderr = mute ? nowhere : err;
}
