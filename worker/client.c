/* The parent's side of a worker.
 *
 * SPDX-License-Identifier: MIT */
#include "client.h"

#include "child.h"
#include "clock.h"
#include "collect.h"
#include "pipe.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void close_pipes(tb_worker *w) {
  int *fds[] = {&w->request, &w->report, &w->prints};
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
    if (*fds[i] >= 0)
      close(*fds[i]);
    *fds[i] = -1;
  }
}

static void close_all(tb_worker *w) {
  close_pipes(w);
  if (w->block)
    munmap(w->block, sizeof *w->block);
  if (w->answers)
    munmap((void *)w->answers, TB_ANSWERS_FULL);
  w->block = NULL;
  w->answers = NULL;
  if (w->control >= 0)
    close(w->control);
  w->control = -1;
  if (!w->lent)
    tb_files_close(&w->files);
}

/* The process that was started is the worker's supervisor. */
int tb_worker_end(tb_worker *w, bool by_force) {
  const int status = w->pid > 0 ? tb_child_stop(w->pid, by_force, &w->used) : 0;
  w->pid = 0;
  return status;
}

/* posix_spawn, since a process that has used OpenMP must not fork, and file actions that give the worker just its own files. A
 * process group of its own: see tb_worker_end. */
static int spawn(tb_worker *w, int request, int report) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  char *argv[] = {w->program, w->plugin[0] ? w->plugin : NULL, NULL};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, w->prints, 1);
  posix_spawn_file_actions_adddup2(&actions, w->prints, 2);
  posix_spawn_file_actions_adddup2(&actions, request, TB_FD_REQUEST);
  posix_spawn_file_actions_adddup2(&actions, report, TB_FD_REPORT);
  posix_spawn_file_actions_adddup2(&actions, w->control, TB_FD_CONTROL);
  posix_spawn_file_actions_adddup2(&actions, w->files.inputs, TB_FD_INPUTS);
  posix_spawn_file_actions_adddup2(&actions, w->files.outputs, TB_FD_OUTPUTS);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int error = posix_spawn(&w->pid, w->program, &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* A descriptor above those that the worker's files are put to, so that none of them is overwritten before it is moved. */
static int high(int fd) {
  if (fd < 0)
    return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
  const int error = errno == EINVAL ? EMFILE : errno; /* EINVAL: there may be no number as high as that */
  close(fd);
  errno = error;
  return moved;
}

/* A memory file whose size is sealed. With F_SEAL_SEAL nobody adds a seal: against writes, it would fail the next worker. -1:
 * errno says why. */
static int sealed(const char *name, int64_t bytes, int more) {
  const int fd = high(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd < 0 || (ftruncate(fd, bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | more) == 0))
    return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool tb_files_open(tb_files *files) {
  files->inputs = sealed("tenbin-inputs", TB_INPUTS_BYTES, 0);
  files->outputs = sealed("tenbin-outputs", TB_OUTPUTS_BYTES, F_SEAL_SEAL);
  return files->inputs >= 0 && files->outputs >= 0;
}

void tb_files_close(tb_files *files) {
  if (files->inputs >= 0)
    close(files->inputs);
  if (files->outputs >= 0)
    close(files->outputs);
  *files = (tb_files){-1, -1};
}

static void *map(int fd, size_t bytes, int protection, int64_t offset) {
  void *memory = mmap(NULL, bytes, protection, MAP_SHARED, fd, offset);
  return memory == MAP_FAILED ? NULL : memory;
}

/* The memory files outlive their workers: a new one goes on in the block of the one that died. Their sizes are sealed, and the
 * block has its memory: nothing that a kernel does to it ends the parent. */
static bool open_memory(tb_worker *w) {
  if (w->control >= 0)
    return true;
  w->control = sealed("tenbin-control", TB_CONTROL_BYTES, F_SEAL_SEAL);
  if (w->control < 0 || fallocate(w->control, 0, 0, sizeof *w->block) != 0)
    return false;
  if (!w->lent && (!tb_files_open(&w->files) || fcntl(w->files.inputs, F_ADD_SEALS, F_SEAL_SEAL) != 0))
    return false;
  w->block = map(w->control, sizeof *w->block, PROT_READ | PROT_WRITE, 0);
  w->answers = map(w->files.outputs, TB_ANSWERS_FULL, PROT_READ, TB_ANSWERS_OFFSET);
  return w->block && w->answers;
}

static bool open_pipe(int *reader, int *writer) {
  int end[2];
  if (pipe2(end, O_CLOEXEC) != 0)
    return false;
  *reader = high(end[0]);
  const int error = errno;
  *writer = high(end[1]);
  if (*reader < 0)
    errno = error;
  return *reader >= 0 && *writer >= 0;
}

/* False: errno says why. */
static bool open_files(tb_worker *w, int *request, int *report) {
  *request = *report = -1;
  if (!open_pipe(request, &w->request) || !open_pipe(&w->report, report))
    return false;
  /* A kernel may have filled it: then nobody waits for room. */
  fcntl(w->request, F_SETFL, O_NONBLOCK);
  w->prints = high(memfd_create("tenbin-prints", MFD_CLOEXEC));
  return w->prints >= 0 && fcntl(w->prints, F_SETFL, O_APPEND) == 0 && open_memory(w);
}

/* How a worker that could not introduce itself ended. */
static void explain(const tb_worker *w, ssize_t got, int status, char message[600]) {
  tb_report report;
  memcpy(&report, &w->hello, sizeof report);
  report.detail[sizeof report.detail - 1] = 0;
  const char *what = w->plugin[0] ? w->plugin : "the built-in kernels";
  char text[sizeof report.detail + 40];
  if (got < 0)
    snprintf(text, sizeof text, "loading it takes more than 60 seconds");
  else if (got == (ssize_t)sizeof report)
    snprintf(text, sizeof text, "crashes while it is loaded: %s", report.detail);
  else if (WIFSIGNALED(status))
    snprintf(text, sizeof text, "the worker was ended by signal %d while loading it", WTERMSIG(status));
  else
    snprintf(text, sizeof text, "the worker ended with exit code %d while loading it", WEXITSTATUS(status));
  tb_registry_message(what, text, message);
}

static bool start(tb_worker *w, char message[600]) {
  int request, report;
  close_pipes(w);
  bool ok = open_files(w, &request, &report);
  int error = ok ? spawn(w, request, report) : errno;
  if (request >= 0)
    close(request);
  if (report >= 0)
    close(report);
  if (!ok || error) {
    w->pid = 0;
    close_all(w);
    snprintf(message, 600, "%s: cannot be started: %s", w->program, strerror(error));
    return false;
  }
  memset(&w->hello, 0, sizeof w->hello);
  ssize_t got = tb_read_until(w->report, &w->hello, sizeof w->hello, tb_now() + 60);
  char why[TB_REGISTRY_MESSAGE] = "";
  const bool greeted = got == (ssize_t)sizeof w->hello && tb_collect_greeting(&w->hello, why);
  if (greeted && w->hello.kernels > 0)
    return true;
  int status = tb_worker_end(w, true);
  if (greeted)
    snprintf(message, 600, "%s", w->hello.message);
  else if (*why)
    tb_registry_message(w->plugin[0] ? w->plugin : "the built-in kernels", why, message);
  else
    explain(w, got, status, message);
  close_all(w);
  return false;
}

static bool make(tb_worker *w, const tb_files *files, const char *program, const char *plugin) {
  memset(w, 0, sizeof *w);
  w->request = w->report = w->control = w->prints = -1;
  w->lent = files != NULL;
  w->files = files ? *files : (tb_files){-1, -1};
  snprintf(w->program, sizeof w->program, "%s", program);
  snprintf(w->plugin, sizeof w->plugin, "%s", plugin ? plugin : "");
  w->record = calloc(TB_BLOCK_MAX, sizeof *w->record);
  return w->record != NULL;
}

bool tb_worker_make(tb_worker *w, const char *program, const char *plugin) {
  return make(w, NULL, program, plugin);
}

bool tb_worker_start_on(tb_worker *w, const tb_files *files, const char *program, const char *plugin, char message[600]) {
  snprintf(message, 600, "%s: no memory", program);
  if (make(w, files, program, plugin) && start(w, message))
    return true;
  free(w->record);
  w->record = NULL;
  return false;
}

bool tb_worker_start(tb_worker *w, const char *program, const char *plugin, char message[600]) {
  return tb_worker_start_on(w, NULL, program, plugin, message);
}

bool tb_worker_ready(tb_worker *w) {
  return w->pid > 0 || (w->record && !*w->why && start(w, w->why));
}

void tb_worker_stop(tb_worker *w) {
  if (w->request >= 0)
    close(w->request); /* the worker's request loop ends with its pipe */
  w->request = -1;
  /* Its pipe's end is noticed at once, unless a process that a kernel has started holds it. */
  struct pollfd p = {w->report, POLLIN, 0};
  for (int i = 0; w->pid > 0 && i < 10 && !(p.revents & POLLHUP) && !tb_child_ended(w->pid, WNOHANG); i++)
    poll(&p, 1, 100);
  tb_worker_end(w, !(p.revents & POLLHUP));
  close_all(w);
  free(w->record);
  w->record = NULL;
}

bool tb_worker_read(const tb_worker *w, int slot, int64_t offset, void *out, size_t bytes) {
  const int fd = tb_slot_is_output(slot) ? w->files.outputs : w->files.inputs;
  for (size_t got = 0; got < bytes;) {
    ssize_t n = pread(fd, (char *)out + got, bytes - got, slot * TB_SLOT_BYTES + offset + (int64_t)got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    got += (size_t)n;
  }
  return true;
}

void tb_worker_prints(const tb_worker *w, char *out, size_t size) {
  char text[size];
  ssize_t n = w->prints >= 0 ? pread(w->prints, text, size - 1, 0) : 0;
  text[n > 0 ? n : 0] = 0;
  tb_printable_lines(out, size, text);
}
