/* posix_spawn with pipes.
 *
 * SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void close_one(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

bool tb_child_start(char *const *argv, int shared, tb_child *out) {
  enum { SHARED = 3 };
  int to[2], from[2];
  posix_spawn_file_actions_t actions;
  *out = (tb_child){0, -1, -1};
  if (pipe2(to, O_CLOEXEC) != 0)
    return false;
  if (pipe2(from, O_CLOEXEC) != 0) {
    close(to[0]);
    close(to[1]);
    return false;
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (shared >= 0)
    posix_spawn_file_actions_adddup2(&actions, shared, SHARED);
  out->in = to[1];
  out->out = from[0];
  const int error = posix_spawnp(&out->pid, *argv, &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  if (!error)
    return true;
  out->pid = 0;
  tb_child_end(out, 0);
  errno = error;
  return false;
}

bool tb_child_ended(pid_t pid, int options) {
  siginfo_t info = {0};
  int error;
  while ((error = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | options)) != 0 && errno == EINTR)
    ;
  return error != 0 || info.si_pid == pid;
}

int tb_child_reap(pid_t pid) {
  int status = 0;
  tb_child_ended(pid, 0);
  kill(-pid, SIGKILL); /* before it is reaped, for then its number can be another group's */
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

int tb_child_end(tb_child *child, int number) {
  int status = 0;
  close_one(&child->in);
  close_one(&child->out);
  if (child->pid > 0) {
    if (number)
      kill(child->pid, number);
    status = tb_child_reap(child->pid);
  }
  child->pid = 0;
  return status;
}
