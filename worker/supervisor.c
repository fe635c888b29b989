/* The process between a worker and its parent.
 *
 * SPDX-License-Identifier: MIT */
#include "supervisor.h"

#include "child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits for the worker, and ends it on SIGTERM, with its group: what a signal to a group meets cannot fork any more. Orphans
 * come here, and are reaped as they end. */
static int watch(pid_t worker, const sigset_t *signals) {
  int status = 0, one;
  bool ended = false;
  while (!ended) {
    if (sigwaitinfo(signals, NULL) == SIGTERM)
      if (kill(-worker, SIGKILL) != 0) /* it is too young to lead a group */
        kill(worker, SIGKILL);
    for (pid_t pid; !ended && (pid = waitpid(-1, &one, WNOHANG)) > 0;)
      if (WIFSTOPPED(one)) { /* it has asked to be traced, and stands at a signal */
        ptrace(PTRACE_DETACH, pid, NULL, (long)WSTOPSIG(one));
      } else if (pid == worker) {
        ended = true;
        status = one;
      }
  }
  return status;
}

static _Noreturn void end_likewise(int status) {
  const struct rlimit none = {0, 0};
  sigset_t signals;
  if (WIFSIGNALED(status)) {
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    sigfillset(&signals); /* a SIGTERM that waits is not to be the reason */
    sigdelset(&signals, WTERMSIG(status));
    sigprocmask(SIG_SETMASK, &signals, NULL);
    raise(WTERMSIG(status));
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

void tb_supervise(void) {
  sigset_t signals, before;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t worker = fork();
  if (worker == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setpgid(0, 0); /* a signal to all of the worker's group is not one to the supervisor */
    sigprocmask(SIG_SETMASK, &before, NULL);
    return;
  }
  if (worker < 0)
    _exit(3);
  for (int fd = 0; fd < 10; fd++) /* the parent waits for the ends of its pipes */
    close(fd);
  const int status = watch(worker, &signals);
  tb_children_end();
  end_likewise(status);
}
