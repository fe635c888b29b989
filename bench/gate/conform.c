/* Whether the kernels of the two builds are right, before they are timed.
 *
 * SPDX-License-Identifier: MIT */
#include "gate.h"
#include "interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Runs `tenbin check` on a kernel, as a user would. Its standard error, a diagnosis, is shown. Returns its exit code. */
static int check(const char *path, const char *kernel) {
  char program[4096], what[4200];
  int status;
  pid_t pid;
  posix_spawn_file_actions_t actions;
  tb_beside("tenbin", program, sizeof program);
  snprintf(what, sizeof what, "%s%s:%s", strchr(path, '/') ? "" : "./", path, kernel);
  char *argv[] = {program, "check", "--suite", "quick", what, NULL};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  tb_interrupt_children();
  const int error = posix_spawn(&pid, program, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s: %s", program, strerror(error));
  /* A signal to this process alone is handed on. */
  const struct timespec pause = {0, 20000000};
  bool sent = false;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (tb_interrupted && !sent)
      sent = kill(pid, SIGTERM) == 0;
    nanosleep(&pause, NULL);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : TB_EXIT_CANNOT_RUN;
}

int tb_gate_conform(const tb_gate_options *o, tb_gate_run *c) {
  static const char *const name[] = {"base", "candidate"};
  const bool same = strcmp(o->path[TB_BASE], o->path[TB_CANDIDATE]) == 0;
  for (int s = TB_CANDIDATE; s >= (same ? TB_CANDIDATE : TB_BASE) && !o->unchecked && !tb_interrupted; s--) {
    fprintf(stderr, "tenbin gate: %s: the %s is judged\n", c->kernel, name[s]);
    const int code = check(o->path[s], c->kernel);
    if (code != 0 && code != TB_EXIT_NONCONFORMING)
      return tb_interrupted
                 ? TB_EXIT_OK
                 : tb_report_error(TB_EXIT_CANNOT_RUN, "%s: `tenbin check` ended with exit code %d", c->kernel, code);
    for (int i = 0; i < c->rows && code != 0; i++) {
      c->row[i].verdict = s == TB_CANDIDATE ? TB_BROKEN : TB_BASE_BROKEN;
      snprintf(c->row[i].why, sizeof c->row[i].why, "the %s does not conform, and is not timed: `tenbin check %s:%s` says more",
               name[s], o->path[s], c->kernel);
    }
    if (code != 0)
      break;
  }
  return TB_EXIT_OK;
}
