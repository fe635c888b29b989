/* Files that are written in the end: to a temporary file beside PATH, which is then renamed.
 *
 * SPDX-License-Identifier: MIT */
#include "outfile.h"
#include "program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tb_outfile {
  const char *option, *name; /* the option's name, and the file's as it was given */
  char *path;                /* no symbolic link: a rename would replace the link */
  char *temporary;           /* path.XXXXXX */
  FILE *text;                /* into memory */
  char *memory;
  size_t size;
};

/* Creates f->temporary, readable by all whom the umask lets. -1 and errno: it cannot be. */
static int create(tb_outfile *f) {
  const mode_t mask = umask(0);
  umask(mask);
  strcpy(f->temporary + strlen(f->path), ".XXXXXX");
  const int fd = mkstemp(f->temporary);
  if (fd >= 0)
    (void)!fchmod(fd, 0666 & ~mask);
  return fd;
}

static bool cannot_write(const tb_outfile *f, int error) {
  tb_report_error(TB_EXIT_CANNOT_RUN, "%s: %s cannot be written: %s", f->option, f->name, strerror(error));
  return false;
}

static bool writable(tb_outfile *f) {
  struct stat s;
  if (stat(f->path, &s) == 0 && !S_ISREG(s.st_mode)) {
    tb_report_error(TB_EXIT_CANNOT_RUN, "%s: %s is there and is no regular file", f->option, f->name);
    return false;
  }
  const int fd = create(f);
  if (fd < 0)
    return cannot_write(f, errno);
  close(fd);
  unlink(f->temporary);
  return true;
}

/* Where a path leads, past symbolic links, also where no file is there yet. */
static char *resolve(const char *path) {
  enum { LINKS = 40 };
  char target[PATH_MAX], *at = realpath(path, NULL), *next;
  if (at)
    return at;
  if (!(at = strdup(path)))
    abort();
  for (int i = 0; i < LINKS; i++) {
    const ssize_t length = readlink(at, target, sizeof target - 1);
    if (length <= 0)
      break;
    target[length] = 0;
    const char *slash = *target == '/' ? NULL : strrchr(at, '/');
    if (asprintf(&next, "%.*s%s", slash ? (int)(slash + 1 - at) : 0, at, target) < 0)
      abort();
    free(at);
    at = next;
  }
  return at;
}

bool tb_same_file(const char *a, const char *b) {
  struct stat s, t;
  const bool there = stat(a, &s) == 0;
  if (there != (stat(b, &t) == 0))
    return false;
  if (!there) {
    char folder[2][PATH_MAX];
    const char *path[2] = {a, b}, *name[2];
    for (int i = 0; i < 2; i++) {
      const char *slash = strrchr(path[i], '/');
      name[i] = slash ? slash + 1 : path[i];
      snprintf(folder[i], sizeof folder[i], "%.*s", slash ? (int)(slash + 1 - path[i]) : 1, slash ? path[i] : ".");
    }
    if (strcmp(name[0], name[1]) != 0 || stat(folder[0], &s) != 0 || stat(folder[1], &t) != 0)
      return false;
  }
  return s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

int tb_outfiles_apart(tb_outfile *const *output, int outputs, const tb_input *input, int inputs) {
  struct stat s, t;
  const bool standard = fstat(STDOUT_FILENO, &s) == 0;
  for (int i = 0; i < outputs; i++) {
    const tb_outfile *f = output[i];
    if (!f)
      continue;
    if (standard && stat(f->path, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino)
      return tb_report_error(TB_EXIT_USAGE, "%s: %s is standard output too", f->option, f->name);
    for (int j = 0; j < i; j++)
      if (output[j] && tb_same_file(f->path, output[j]->path))
        return tb_report_error(TB_EXIT_USAGE, "%s and %s are one file: %s and %s", output[j]->option, f->option,
                               output[j]->name, f->name);
    for (int j = 0; j < inputs; j++)
      if (tb_same_file(f->path, input[j].path))
        return tb_report_error(TB_EXIT_USAGE, "%s: %s is read too, as %s: %s", f->option, f->name, input[j].option,
                               input[j].path);
  }
  return TB_EXIT_OK;
}

tb_outfile *tb_outfile_open(const char *option, const char *path) {
  tb_outfile *f = calloc(1, sizeof *f);
  if (!f)
    abort();
  f->option = option;
  f->name = path;
  f->path = resolve(path);
  if (asprintf(&f->temporary, "%s.XXXXXX", f->path) < 0)
    abort();
  f->text = open_memstream(&f->memory, &f->size);
  if (!f->text)
    abort();
  if (!writable(f)) {
    tb_outfile_close(f);
    return NULL;
  }
  return f;
}

FILE *tb_outfile_text(tb_outfile *f) {
  return f->text;
}

/* The whole of the text into the temporary file, down to the disk. */
static bool fill(const tb_outfile *f, int fd) {
  size_t done = 0;
  while (done < f->size) {
    const ssize_t n = write(fd, f->memory + done, f->size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    done += (size_t)n;
  }
  return fsync(fd) == 0 || errno == EINVAL;
}

bool tb_outfile_write(tb_outfile *f) {
  if (!f)
    return true;
  if (fflush(f->text) != 0)
    return cannot_write(f, ENOMEM);
  const int fd = create(f);
  if (fd < 0)
    return cannot_write(f, errno);
  int error = fill(f, fd) ? 0 : errno;
  if (close(fd) != 0 && !error)
    error = errno;
  if (!error && rename(f->temporary, f->path) != 0)
    error = errno;
  if (!error)
    return true;
  unlink(f->temporary);
  return cannot_write(f, error);
}

void tb_outfile_close(tb_outfile *f) {
  if (!f)
    return;
  if (f->text)
    fclose(f->text);
  free(f->memory);
  free(f->temporary);
  free(f->path);
  free(f);
}
