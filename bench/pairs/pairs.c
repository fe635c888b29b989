/* The parent's side of tenbin-pairs.
 *
 * SPDX-License-Identifier: MIT */
#include "pairs.h"
#include "clock.h"
#include "printable.h"
#include "program.h"
#include "registry.h"
#include "said.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK 0.1     /* seconds between looks at *stop */
#define SOON 2       /* seconds in which a process ends whose pipe has ended */
#define DESCRIPTOR 3 /* of the page, in the child */

enum { ARGUMENTS = 16, LISTING = 60 /* seconds */ };

/* What a process says next. */
enum said {
  A_LINE,
  NONSENSE, /* no line: it has a zero in it, or no end */
  ENDED,    /* the process has ended */
  CLOSED,   /* it goes on, and can say no more */
  LATE,
  STOPPED
};

static bool start(tb_pairs *p, char **argv) {
  char program[4096];
  tb_beside("tenbin-pairs", program, sizeof program);
  argv[0] = program;
  if (tb_child_start(argv, p->shared, &p->child)) {
    fcntl(p->child.in, F_SETFL, O_NONBLOCK); /* a kernel may have filled it: then nobody waits for room */
    return true;
  }
  tb_report_error(0, "%s: %s", program, strerror(errno));
  tb_pairs_end(p);
  return false;
}

void tb_pairs_end(tb_pairs *p) {
  tb_child_end(&p->child, true);
  if (p->place)
    munmap((void *)p->place, sizeof *p->place);
  if (p->shared >= 0)
    close(p->shared);
  *p = TB_PAIRS_NONE;
}

/* A process ends after its pipe; a kernel may have closed the pipe, and go on. */
static bool ends_soon(const tb_pairs *p, const volatile sig_atomic_t *stop) {
  const double latest = tb_now() + SOON;
  while (!tb_child_ended(p->child.pid, WNOHANG)) {
    if (*stop || tb_now() > latest)
      return false;
    poll(NULL, 0, 1);
  }
  return true;
}

/* The next line without its end, in p->text until the next call. */
static enum said next_line(tb_pairs *p, double deadline, const volatile sig_atomic_t *stop) {
  memmove(p->text, p->text + p->taken, p->filled - p->taken);
  p->filled -= p->taken;
  p->taken = 0;
  for (;;) {
    char *end = memchr(p->text, '\n', p->filled);
    if (end) {
      *end = 0;
      p->taken = (size_t)(end - p->text) + 1;
      return strlen(p->text) + 1 == p->taken ? A_LINE : NONSENSE;
    }
    const double left = deadline - tb_now();
    struct pollfd poller = {p->child.out, POLLIN, 0};
    if (*stop || left <= 0)
      return *stop ? STOPPED : LATE;
    p->text[p->filled] = 0;
    if (p->filled + 1 == sizeof p->text)
      return NONSENSE;
    /* A signal that comes just before poll does not end it. */
    const int ready = poll(&poller, 1, left < LOOK ? (int)(left * 1e3) + 1 : (int)(LOOK * 1e3));
    if (ready <= 0)
      continue;
    const ssize_t n = read(p->child.out, p->text + p->filled, sizeof p->text - 1 - p->filled);
    if (n == 0 || (n < 0 && errno != EINTR))
      return ends_soon(p, stop) ? ENDED : *stop ? STOPPED : CLOSED;
    p->filled += n > 0 ? (size_t)n : 0;
  }
}

/* A line that makes no sense, in quotes. */
static void quote(const tb_pairs *p, char *out, size_t size) {
  char text[60];
  tb_printable(text, sizeof text, p->text);
  snprintf(out, size, "'%s'", text);
}

/* How a process ended, in words: "crashed" and "SIGSEGV". */
static const char *describe_end(int status, char *how, size_t size) {
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (number == SIGPROF) {
    snprintf(how, size, "over the limit on processor time");
    return "hung";
  }
  if (!number) {
    snprintf(how, size, "exit code %d", WEXITSTATUS(status));
    return "ended the process";
  }
  if (sigabbrev_np(number))
    snprintf(how, size, "SIG%s", sigabbrev_np(number));
  else
    snprintf(how, size, "signal %d", number);
  return "crashed";
}

/* What ended a listing that names no fault. */
static void explain_listing(tb_pairs *p, enum said said, const char *path, tb_listing *out) {
  char how[80], text[120];
  if (said == STOPPED)
    snprintf(out->fault, sizeof out->fault, "interrupted");
  else if (said == LATE)
    tb_registry_message(path, "hangs as it is loaded", out->fault);
  else if (said != ENDED) {
    quote(p, how, sizeof how);
    snprintf(text, sizeof text, "as it was loaded, it %s%s",
             said == CLOSED ? "closed tenbin's pipe" : "wrote into tenbin's pipe: ", said == CLOSED ? "" : how);
    tb_registry_message(path, text, out->fault);
  } else if (out->kernels == 0) {
    const char *did = describe_end(tb_child_end(&p->child, false), how, sizeof how);
    snprintf(text, sizeof text, "as it was loaded, it %s: %s", did, how);
    tb_registry_message(path, text, out->fault);
  }
}

bool tb_pairs_list(const char *path, const volatile sig_atomic_t *stop, tb_listing *out) {
  char *argv[ARGUMENTS] = {NULL, "list", (char *)path}, line[sizeof((tb_pairs *)0)->text];
  tb_pairs p = TB_PAIRS_NONE;
  const double deadline = tb_now() + LISTING;
  enum said said;
  memset(out, 0, sizeof *out);
  if (!start(&p, argv)) {
    snprintf(out->fault, sizeof out->fault, "tenbin-pairs cannot be started");
    return false;
  }
  while ((said = next_line(&p, deadline, stop)) == A_LINE) {
    strcpy(line, p.text);
    if (!tb_pairs_said_listing(line, out)) {
      said = NONSENSE;
      break;
    }
  }
  if (!*out->fault)
    explain_listing(&p, said, path, out);
  tb_pairs_end(&p);
  return !*out->fault;
}

/* A page whose size no kernel can change. False: errno says why. */
static bool open_place(tb_pairs *p, int first) {
  p->shared = memfd_create("tenbin-place", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (p->shared < 0 || ftruncate(p->shared, sizeof *p->place) != 0 ||
      fcntl(p->shared, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return false;
  void *place = mmap(NULL, sizeof *p->place, PROT_READ | PROT_WRITE, MAP_SHARED, p->shared, 0);
  if (place == MAP_FAILED)
    return false;
  *(tb_pair_place *)place = (tb_pair_place){(unsigned char)first, TB_IN_LOAD};
  p->place = place;
  return true;
}

bool tb_pairs_start(tb_pairs *p, const tb_pairs_setup *s) {
  char text[7][48];
  *p = TB_PAIRS_NONE;
  if (!open_place(p, s->first)) {
    tb_report_error(0, "no memory file: %s", strerror(errno));
    tb_pairs_end(p);
    return false;
  }
  snprintf(text[0], sizeof *text, "first=%d", s->first);
  snprintf(text[1], sizeof *text, "apart=%d", s->apart);
  snprintf(text[2], sizeof *text, "record=%d", s->record);
  snprintf(text[3], sizeof *text, "threads=%d", s->threads);
  snprintf(text[4], sizeof *text, "extra=%.9g", s->extra);
  snprintf(text[5], sizeof *text, "seed=%" PRIu64, s->seed);
  snprintf(text[6], sizeof *text, "place=%d", DESCRIPTOR);
  char *argv[ARGUMENTS] = {NULL,
                           "time",
                           (char *)s->path[TB_BASE],
                           (char *)s->path[TB_CANDIDATE],
                           (char *)s->kernel[TB_BASE],
                           (char *)s->kernel[TB_CANDIDATE],
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
  return start(p, argv);
}

/* The side and the stage of a place, or TB_SIDES and -1: the page may hold anything. */
static int look(const tb_pairs *p, int *side) {
  const tb_pair_place at = *p->place;
  const bool known = at.side < TB_SIDES && at.stage < TB_IN_STAGES;
  *side = known ? at.side : TB_SIDES;
  return known ? at.stage : -1;
}

/* The process is gone, or has to go: what the side that was at work did. */
static tb_pairs_result lose(tb_pairs *p, enum said said, double patience, tb_pair_fault *fault) {
  char how[100];
  const char *did = "hung";
  if (said == ENDED) {
    did = describe_end(tb_child_end(&p->child, false), how, sizeof how);
  } else if (said == LATE) {
    snprintf(how, sizeof how, "no answer within %.0f s", patience);
  } else if (said == CLOSED) {
    did = "closed tenbin's pipe";
    snprintf(how, sizeof how, "no answer can come");
  } else {
    did = "wrote into tenbin's pipe";
    quote(p, how, sizeof how);
  }
  const int stage = look(p, &fault->side);
  fault->unsupported = false;
  if (stage == TB_IN_IDLE)
    snprintf(fault->why, sizeof fault->why, "%s between two rows: %s", did, how);
  else if (stage >= 0)
    snprintf(fault->why, sizeof fault->why, "%s in %s: %s", did, tb_stage_name(stage), how);
  else
    snprintf(fault->why, sizeof fault->why, "one of the two %s: %s; the page that tells which is overwritten", did, how);
  tb_pairs_end(p);
  return TB_PAIRS_DIED;
}

static bool take_pair(const tb_pairs *p, char *text, const tb_pair_schedule *schedule, FILE *record, const char *prefix) {
  tb_pair_record r;
  if (!tb_pairs_said_pair(text, schedule, &r))
    return false;
  fprintf(record, "%s %d %d %d %d %.9g %.9g\n", prefix, p->serial, r.round, r.half, r.first, r.seconds[TB_BASE],
          r.seconds[TB_CANDIDATE]);
  return true;
}

/* The answer to a row. TB_PAIRS_DIED: it makes no sense. */
static tb_pairs_result take_answer(const tb_pairs *p, char *line, const tb_pair_schedule *s, tb_pair_times *out,
                                   tb_pair_fault *fault) {
  int side, serial, after = 0;
  char kind[6];
  /* Nobody is at work when the process answers. */
  if (look(p, &side) != TB_IN_IDLE || sscanf(line, "%5s %d %n", kind, &serial, &after) != 2 || after == 0 ||
      serial != p->serial)
    return TB_PAIRS_DIED;
  if (strcmp(kind, "times") == 0 && tb_pairs_said_times(line + after, s, out))
    return TB_PAIRS_OK;
  return strcmp(kind, "no") == 0 && tb_pairs_said_no(line + after, fault) ? TB_PAIRS_NO : TB_PAIRS_DIED;
}

/* A library that could be loaded before, and cannot now. */
static tb_pairs_result refuse(tb_pairs *p, const char *why, tb_pair_fault *fault) {
  look(p, &fault->side);
  tb_printable(fault->why, sizeof fault->why, why);
  tb_pairs_end(p);
  return TB_PAIRS_DIED;
}

tb_pairs_result tb_pairs_ask(tb_pairs *p, const tb_pair_schedule *schedule, const char *descriptor, double patience,
                             const volatile sig_atomic_t *stop, FILE *record, const char *prefix, tb_pair_times *out,
                             tb_pair_fault *fault) {
  const double deadline = tb_now() + patience;
  int pairs = record ? 2 * schedule->rounds * schedule->pairs : 0;
  char line[sizeof p->text];
  *fault = (tb_pair_fault){0};
  dprintf(p->child.in, "%d %d %d %d %d %s\n", ++p->serial, schedule->rounds, schedule->pairs, schedule->runs, schedule->warm,
          descriptor);
  for (;;) {
    const enum said said = next_line(p, deadline, stop);
    if (said == STOPPED) {
      tb_pairs_end(p);
      return TB_PAIRS_STOPPED;
    }
    if (said != A_LINE)
      return lose(p, said, patience, fault);
    strcpy(line, p->text);
    if (strncmp(line, "fault ", 6) == 0)
      return refuse(p, line + 6, fault);
    if (strncmp(line, "pair ", 5) == 0 && pairs-- > 0 && take_pair(p, line + 5, schedule, record, prefix))
      continue;
    const tb_pairs_result result = take_answer(p, line, schedule, out, fault);
    return result == TB_PAIRS_DIED ? lose(p, NONSENSE, patience, fault) : result;
  }
}
