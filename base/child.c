/* posix_spawn with pipes.
 *
 * SPDX-License-Identifier: MIT */
#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
  tb_child_end(out, true);
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

int tb_child_reap(pid_t pid, double *seconds) {
  int status = 0;
  struct rusage used = {0};
  tb_child_ended(pid, 0);
  kill(-pid, SIGKILL); /* before it is reaped, for then its number can be another group's */
  while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
    ;
  *seconds =
      (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  return status;
}

/* What it supervises may have stopped it, or worse. */
int tb_child_stop(pid_t pid, bool by_force, double *seconds) {
  enum { PATIENCE = 2000 }; /* milliseconds */
  for (int i = 0; i < PATIENCE && !tb_child_ended(pid, WNOHANG); i++) {
    if (i == (by_force ? 0 : PATIENCE / 2)) {
      kill(pid, SIGTERM);
      kill(pid, SIGCONT);
    }
    poll(NULL, 0, 1);
  }
  kill(pid, SIGKILL);
  return tb_child_reap(pid, seconds);
}

/* The beginning of a file of /proc; nothing where it cannot be read. */
__attribute__((format(printf, 3, 4))) static void read_proc(char *text, size_t size, const char *format, ...) {
  char path[300];
  va_list list;
  va_start(list, format);
  vsnprintf(path, sizeof path, format, list);
  va_end(list);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd >= 0 ? read(fd, text, size - 1) : 0;
  if (fd >= 0)
    close(fd);
  text[n > 0 ? n : 0] = 0;
}

/* Sends SIGKILL to the children of a thread, which /proc lists. How many these are. */
static int kill_children_of(const char *thread) {
  char text[4096];
  int killed = 0;
  read_proc(text, sizeof text, "/proc/self/task/%s/children", thread);
  char *at = text, *end;
  for (long pid; (pid = strtol(at, &end, 10)) > 0 && *end == ' '; at = end)
    killed += kill((pid_t)pid, SIGKILL) == 0;
  return killed;
}

static int kill_children(void) {
  DIR *threads = opendir("/proc/self/task");
  int killed = 0;
  for (const struct dirent *e; threads && (e = readdir(threads));)
    if (e->d_name[0] != '.')
      killed += kill_children_of(e->d_name);
  if (threads)
    closedir(threads);
  return killed;
}

int tb_children_end(void) {
  int status, ended = 0;
  pid_t pid;
  for (;;) {
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
      ended += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (pid < 0 || kill_children() == 0)
      return ended;
    if (waitpid(-1, &status, 0) > 0)
      ended += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
}

/* The children of a thread are listed in as much text as fits: a process that has more is not of interest. */
static int count_children(const char *thread_children, int most) {
  char text[4096];
  int count = 0;
  read_proc(text, sizeof text, "%s", thread_children);
  char *at = text, *end;
  for (long pid; count <= most && (pid = strtol(at, &end, 10)) > 0 && *end == ' '; at = end)
    count += 1 + tb_descendants((pid_t)pid, most - count - 1);
  return count;
}

int tb_descendants(pid_t pid, int most) {
  char path[64], thread[330];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = most >= 0 ? opendir(path) : NULL;
  for (const struct dirent *e; threads && count <= most && (e = readdir(threads));) {
    snprintf(thread, sizeof thread, "%s/%s/children", path, e->d_name);
    count += count_children(thread, most - count);
  }
  if (threads)
    closedir(threads);
  return count;
}

pid_t tb_first_child(pid_t parent) {
  char text[64];
  read_proc(text, sizeof text, "/proc/%d/task/%d/children", (int)parent, (int)parent);
  return (pid_t)strtol(text, NULL, 10);
}

double tb_waiting_time(pid_t pid) {
  char path[64], text[128];
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = opendir(path);
  double most = 0;
  for (const struct dirent *e; threads && (e = readdir(threads));) {
    unsigned long long ran, waited;
    read_proc(text, sizeof text, "%s/%s/schedstat", path, e->d_name);
    if (sscanf(text, "%llu %llu", &ran, &waited) == 2)
      most = 1e-9 * (double)waited > most ? 1e-9 * (double)waited : most;
  }
  if (threads)
    closedir(threads);
  return most;
}

long tb_killed_for_memory(void) {
  char text[16384];
  read_proc(text, sizeof text, "/proc/vmstat");
  const char *found = strstr(text, "\noom_kill ");
  return found ? strtol(found + strlen("\noom_kill "), NULL, 10) : 0;
}

int tb_child_end(tb_child *child, bool by_force) {
  double seconds;
  close_one(&child->in);
  close_one(&child->out);
  const int status = child->pid > 0 ? tb_child_stop(child->pid, by_force, &seconds) : 0;
  child->pid = 0;
  return status;
}
