/* Instructions of a run, counted by valgrind's callgrind: the same number whatever else the machine does.
 *
 * SPDX-License-Identifier: MIT */
#include "clock.h"
#include "conformance.h"
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATIENCE = 300 }; /* seconds for all rows */

/* Starts valgrind on `tenbin-pairs count`; *in is where its rows go, *out where its answers come from. */
static pid_t start(const char *path, const char *kernel, const char *folder, int *in, int *out) {
  char program[4096], file[4200];
  int to[2], from[2];
  pid_t pid = 0;
  posix_spawn_file_actions_t actions;
  tb_beside("tenbin-pairs", program, sizeof program);
  snprintf(file, sizeof file, "--callgrind-out-file=%s/out", folder);
  char *argv[] = {"valgrind",
                  "-q",
                  "--tool=callgrind",
                  "--toggle-collect=" TB_COUNTED,
                  "--dump-after=" TB_COUNTED,
                  file,
                  program,
                  "count",
                  (char *)path,
                  (char *)kernel,
                  NULL};
  if (pipe2(to, O_CLOEXEC) != 0)
    return 0;
  if (pipe2(from, O_CLOEXEC) != 0) {
    close(to[0]);
    close(to[1]);
    return 0;
  }
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (posix_spawnp(&pid, *argv, &actions, NULL, argv, environ) != 0)
    pid = 0;
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  *in = to[1];
  *out = from[0];
  return pid;
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

/* Takes the answers of all rows, in order. */
static void take(tb_contest *c, int side, const char *folder, char *answers) {
  int profile = 0;
  char *line = answers;
  for (int i = 0; i < c->rows && line; i++) {
    if (!tb_gate_weighed(&c->row[i]))
      continue;
    const bool done = strncmp(line, "done\n", 5) == 0;
    c->row[i].instructions[side] = done ? total(folder, ++profile) : 0;
    line = strchr(line, '\n');
    line = line ? line + 1 : NULL;
  }
}

static bool count_side(tb_contest *c, int side) {
  char folder[] = "/tmp/tenbin-count.XXXXXX", answers[4096] = "", last[64];
  int in = -1, out = -1, status = 0;
  if (!mkdtemp(folder))
    return false;
  const pid_t pid = start(c->options->path[side], c->kernel, folder, &in, &out);
  for (int i = 0; i < c->rows && pid > 0; i++)
    if (tb_gate_weighed(&c->row[i]))
      dprintf(in, "%s\n", c->row[i].measured);
  if (in >= 0)
    close(in);
  const bool any = pid > 0 && read_all(out, answers, sizeof answers, c->stop) > 0;
  if (out >= 0)
    close(out);
  if (pid > 0) {
    kill(pid, SIGTERM);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      ;
  }
  take(c, side, folder, answers);
  snprintf(last, sizeof last, "%s/out", folder);
  unlink(last);
  rmdir(folder);
  return any;
}

bool tb_contest_count(tb_contest *c) {
  const bool base = count_side(c, TB_BASE);
  return base && count_side(c, TB_CANDIDATE);
}
