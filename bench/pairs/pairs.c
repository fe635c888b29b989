/* The parent's side of tenbin-pairs.
 *
 * SPDX-License-Identifier: MIT */
#include "pairs.h"
#include "clock.h"
#include "program.h"
#include "registry.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK 0.1 /* seconds between looks at *stop */

enum { ARGUMENTS = 16, LISTING = 60 /* seconds */, WHO = 3 /* the descriptor in the child */ };

static bool start(tb_pairs *p, char **argv) {
  char program[4096];
  tb_beside("tenbin-pairs", program, sizeof program);
  argv[0] = program;
  p->filled = 0;
  *p->text = 0;
  if (tb_child_start(argv, p->shared, &p->child))
    return true;
  tb_report_error(0, "%s: %s", program, strerror(errno));
  tb_pairs_end(p);
  return false;
}

void tb_pairs_end(tb_pairs *p) {
  tb_child_end(&p->child, SIGKILL);
  if (p->who)
    munmap(p->who, 1);
  if (p->shared >= 0)
    close(p->shared);
  *p = TB_PAIRS_NONE;
}

/* The next line without its end, in p->text until the next call; NULL: the end of the answers, the deadline, or *stop. */
static char *next_line(tb_pairs *p, double deadline, const volatile sig_atomic_t *stop) {
  const size_t used = strlen(p->text);
  if (used < p->filled) { /* a line was taken before: its end is a zero */
    memmove(p->text, p->text + used + 1, p->filled - used - 1);
    p->filled -= used + 1;
  }
  for (;;) {
    char *end = memchr(p->text, '\n', p->filled);
    if (end) {
      *end = 0;
      return p->text;
    }
    const double left = deadline - tb_now();
    struct pollfd poller = {p->child.out, POLLIN, 0};
    if (*stop || left <= 0 || p->filled + 1 >= sizeof p->text)
      return NULL;
    /* A signal that comes just before poll does not end it. */
    const int ready = poll(&poller, 1, left < LOOK ? (int)(left * 1e3) + 1 : (int)(LOOK * 1e3));
    if (ready <= 0)
      continue;
    const ssize_t n = read(p->child.out, p->text + p->filled, sizeof p->text - 1 - p->filled);
    if (n == 0 || (n < 0 && errno != EINTR))
      return NULL;
    p->filled += n > 0 ? (size_t)n : 0;
    p->text[p->filled] = 0;
  }
}

static void take_line(char *line, tb_listing *out) {
  if (strncmp(line, "plugin ", 7) == 0)
    snprintf(out->plugin, sizeof out->plugin, "%s", line + 7);
  else if (strncmp(line, "fault ", 6) == 0)
    snprintf(out->fault, sizeof out->fault, "%s", line + 6);
  else if (strncmp(line, "warning ", 8) == 0)
    snprintf(out->warning, sizeof out->warning, "%s", line + 8);
  else if (strncmp(line, "kernel ", 7) == 0 && out->kernels < TB_KERNELS_MAX) {
    int at = 0;
    if (sscanf(line + 7, "%63s %63s %n", out->kernel[out->kernels].name, out->kernel[out->kernels].op, &at) == 2)
      snprintf(out->kernel[out->kernels++].library, sizeof out->kernel->library, "%s", line + 7 + at);
  } else if (strncmp(line, "file ", 5) == 0 && out->files == TB_PAIRS_FILES) {
    snprintf(out->fault, sizeof out->fault, "%s loads more than %d files", out->plugin, TB_PAIRS_FILES);
  } else if (strncmp(line, "file ", 5) == 0) {
    int at = 0;
    if (sscanf(line + 5, "%47s %n", out->file[out->files].inode, &at) == 1)
      snprintf(out->file[out->files++].path, TB_PAIRS_PATH, "%s", line + 5 + at);
  }
}

/* How a process ended, in words. */
static void describe_end(tb_pairs *p, char *out, size_t size) {
  const int status = tb_child_end(&p->child, 0);
  if (WIFSIGNALED(status))
    snprintf(out, size, "crashed: SIG%s", sigabbrev_np(WTERMSIG(status)));
  else
    snprintf(out, size, "ended the process: exit code %d", WEXITSTATUS(status));
}

bool tb_pairs_list(const char *path, const volatile sig_atomic_t *stop, tb_listing *out) {
  char *argv[ARGUMENTS] = {NULL, "list", (char *)path};
  tb_pairs p = TB_PAIRS_NONE;
  const double deadline = tb_now() + LISTING;
  memset(out, 0, sizeof *out);
  if (!start(&p, argv)) {
    snprintf(out->fault, sizeof out->fault, "tenbin-pairs cannot be started");
    return false;
  }
  for (char *line; (line = next_line(&p, deadline, stop));)
    take_line(line, out);
  if (*stop)
    snprintf(out->fault, sizeof out->fault, "interrupted");
  else if (!*out->fault && tb_now() >= deadline)
    tb_registry_message(path, "hangs as it is loaded", out->fault);
  else if (!*out->fault && out->kernels == 0) {
    char how[80], text[100];
    describe_end(&p, how, sizeof how);
    snprintf(text, sizeof text, "as it was loaded, it %s", how);
    tb_registry_message(path, text, out->fault);
  }
  tb_pairs_end(&p);
  return !*out->fault;
}

bool tb_pairs_start(tb_pairs *p, const tb_pairs_setup *s) {
  char text[7][48];
  *p = TB_PAIRS_NONE;
  p->shared = memfd_create("tenbin-who", MFD_CLOEXEC);
  if (p->shared < 0 || ftruncate(p->shared, 1) != 0)
    return tb_report_error(0, "no memory file: %s", strerror(errno));
  void *who = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, p->shared, 0);
  p->who = who == MAP_FAILED ? NULL : who;
  snprintf(text[0], sizeof *text, "first=%d", s->first);
  snprintf(text[1], sizeof *text, "apart=%d", s->apart);
  snprintf(text[2], sizeof *text, "record=%d", s->record);
  snprintf(text[3], sizeof *text, "threads=%d", s->threads);
  snprintf(text[4], sizeof *text, "extra=%.9g", s->extra);
  snprintf(text[5], sizeof *text, "seed=%" PRIu64, s->seed);
  snprintf(text[6], sizeof *text, "who=%d", WHO);
  char *argv[ARGUMENTS] = {NULL,
                           "time",
                           (char *)s->path[TB_BASE],
                           (char *)s->path[TB_CANDIDATE],
                           (char *)s->kernel,
                           text[0],
                           text[1],
                           text[2],
                           text[3],
                           text[4],
                           text[5],
                           text[6]};
  /* Read by OpenMP libraries as they are loaded. */
  snprintf(text[0] + 32, 16, "%d", s->threads);
  setenv("OMP_NUM_THREADS", text[0] + 32, 1);
  return p->who && start(p, argv);
}

static bool read_times(const char *line, tb_pair_times *t) {
  int id;
  return sscanf(line, "times %d %lf %lf %lf %lf %lf %lf %zu %zu %zu %zu %zu %zu %" SCNd64 " %" SCNd64, &id, &t->log_ratio,
                &t->seconds[TB_BASE], &t->seconds[TB_CANDIDATE], &t->address_effect, &t->prepare[TB_BASE],
                &t->prepare[TB_CANDIDATE], &t->plan[TB_BASE], &t->plan[TB_CANDIDATE], &t->peak[TB_BASE], &t->peak[TB_CANDIDATE],
                &t->workspace[TB_BASE], &t->workspace[TB_CANDIDATE], &t->differing, &t->elements) == 15;
}

/* The process is gone, or has to go. */
static tb_pairs_result died(tb_pairs *p, double patience, bool late, tb_pair_fault *fault) {
  char how[100];
  fault->side = *p->who;
  fault->unsupported = false;
  if (late)
    snprintf(fault->why, sizeof fault->why, "hung: no answer within %.0f s", patience);
  else {
    describe_end(p, how, sizeof how);
    snprintf(fault->why, sizeof fault->why, "%s", how);
  }
  tb_pairs_end(p);
  return TB_PAIRS_DIED;
}

tb_pairs_result tb_pairs_ask(tb_pairs *p, const tb_pair_schedule *schedule, const char *descriptor, double patience,
                             const volatile sig_atomic_t *stop, FILE *record, const char *prefix, tb_pair_times *out,
                             tb_pair_fault *fault) {
  const double deadline = tb_now() + patience;
  *fault = (tb_pair_fault){0};
  dprintf(p->child.in, "%d %d %d %d %s\n", schedule->id, schedule->rounds, schedule->pairs, schedule->runs, descriptor);
  for (char *line; (line = next_line(p, deadline, stop));) {
    int id, unsupported, at = 0;
    if (strncmp(line, "pair ", 5) == 0 && record) {
      fprintf(record, "%s %s\n", prefix, line + 5);
    } else if (read_times(line, out)) {
      return TB_PAIRS_OK;
    } else if (strncmp(line, "fault ", 6) == 0) { /* a library that could be loaded before */
      fault->side = *p->who;
      snprintf(fault->why, sizeof fault->why, "%.190s", line + 6);
      tb_pairs_end(p);
      return TB_PAIRS_DIED;
    } else if (sscanf(line, "no %d %d %d %n", &id, &fault->side, &unsupported, &at) == 3 && at > 0) {
      fault->unsupported = unsupported != 0;
      snprintf(fault->why, sizeof fault->why, "%.190s", line + at);
      return TB_PAIRS_NO;
    }
  }
  if (*stop) {
    tb_pairs_end(p);
    return TB_PAIRS_STOPPED;
  }
  return died(p, patience, tb_now() >= deadline, fault);
}
