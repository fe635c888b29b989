/* Instructions of a run, counted by valgrind's callgrind: the same number whatever else the machine does.
 *
 * SPDX-License-Identifier: MIT */
#include "clock.h"
#include "gate.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 300 }; /* seconds for all rows */

/* Starts valgrind on `tenbin-pairs count`. */
static bool start(const char *path, const char *kernel, const char *folder, tb_child *child) {
  char program[4096], file[4200];
  tb_beside("tenbin-pairs", program, sizeof program);
  snprintf(file, sizeof file, "--callgrind-out-file=%s/out", folder);
  char *argv[] = {"valgrind",
                  "-q",
                  "--tool=callgrind",
                  ("--toggle-collect=" TB_COUNTED),
                  ("--dump-after=" TB_COUNTED),
                  file,
                  program,
                  "count",
                  (char *)path,
                  (char *)kernel,
                  NULL};
  return tb_child_start(argv, -1, child);
}

/* Reads what comes until the end, or until it has taken too long. */
static size_t read_all(int fd, char *text, size_t size, const volatile sig_atomic_t *stop) {
  const double deadline = tb_now() + PATIENCE;
  size_t filled = 0;
  while (filled + 1 < size && tb_now() < deadline && !*stop) {
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, 1000) <= 0)
      continue;
    const ssize_t n = read(fd, text + filled, size - 1 - filled);
    if (n == 0 || (n < 0 && errno != EINTR))
      break;
    filled += n > 0 ? (size_t)n : 0;
  }
  text[filled] = 0;
  return filled;
}

/* The total of profile `number`, or 0; the file is removed. */
static double total(const char *folder, int number) {
  char path[4200], line[512];
  long long value = 0;
  snprintf(path, sizeof path, "%s/out.%d", folder, number);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "totals: %lld", &value) == 1)
      break;
  if (f)
    fclose(f);
  unlink(path);
  return (double)value;
}

/* Reads the answers of all rows, in order. */
static void take(tb_gate_run *c, int side, const char *folder, char *answers) {
  int profile = 0;
  char *line = answers;
  for (int i = 0; i < c->rows && line; i++) {
    if (!tb_gate_timed(&c->row[i]))
      continue;
    const bool done = strncmp(line, "done\n", 5) == 0;
    c->row[i].instructions[side] = done ? total(folder, ++profile) : 0;
    line = strchr(line, '\n');
    line = line ? line + 1 : NULL;
  }
}

static bool count_side(tb_gate_run *c, int side) {
  char folder[] = "/tmp/tenbin-count.XXXXXX", answers[4096] = "", last[64];
  tb_child child;
  if (!mkdtemp(folder))
    return false;
  const bool started = start(c->options->path[side], c->kernel, folder, &child);
  for (int i = 0; i < c->rows && started; i++)
    if (tb_gate_timed(&c->row[i]))
      dprintf(child.in, "%s\n", c->row[i].measured);
  if (started) {
    close(child.in);
    child.in = -1;
  }
  const bool any = started && read_all(child.out, answers, sizeof answers, c->stop) > 0;
  tb_child_end(&child, true);
  take(c, side, folder, answers);
  snprintf(last, sizeof last, "%s/out", folder);
  unlink(last);
  rmdir(folder);
  return any;
}

bool tb_gate_run_count(tb_gate_run *c) {
  const bool base = count_side(c, TB_BASE);
  return base && count_side(c, TB_CANDIDATE);
}
