/* A request to a worker: sent, waited for, and collected.
 *
 * SPDX-License-Identifier: MIT */
#include "child.h"
#include "client.h"
#include "clock.h"
#include "collect.h"
#include "pipe.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The record that the worker says it is running, of those of a request. */
static int32_t current_of(const tb_worker *w, const tb_request *request) {
  const int32_t current = w->block->current;
  return current >= request->from && current < request->to ? current : request->from;
}

/* The clock of a record. It stands still while the worker is ready to run and has no processor: a loaded machine is no fault of
 * a kernel. */
struct deadline {
  int32_t record;
  pid_t pid; /* of the worker itself */
  double limit, at, latest, looked, waited;
};

static void start_clock(const tb_worker *w, const tb_request *request, int32_t record, struct deadline *d) {
  enum { PATIENCE = 20 };
  tb_case c;
  tb_error error;
  const bool known = tb_case_parse(w->record[record].text, &c, &error);
  d->record = record;
  d->pid = tb_first_child(w->pid);
  d->limit = tb_clock_limit(tb_request_limit(request, known ? tb_case_work(&c) : 0));
  d->looked = tb_now();
  d->waited = tb_waiting_time(d->pid);
  d->at = d->looked + d->limit;
  d->latest = d->looked + PATIENCE * d->limit;
}

static bool is_late(struct deadline *d) {
  const double now = tb_now(), waited = tb_waiting_time(d->pid), more = waited - d->waited, all = now - d->looked;
  d->at += more < 0 ? 0 : more < all ? more : all;
  d->looked = now;
  d->waited = waited;
  return now > (d->at < d->latest ? d->at : d->latest);
}

/* Waits for the end of a request; the clock runs for each record by itself. The number of bytes that came: 0 when the worker
 * has ended, -1 when a record takes too long, -2 when *stop was set, -3 when there are too many processes. */
static ssize_t wait_for(tb_worker *w, const tb_request *request, tb_reply *reply) {
  enum { LOOK = 200, SOON = 1 }; /* milliseconds */
  struct deadline deadline = {.record = -1};
  bool open = true;
  for (;;) {
    if (w->stop && *w->stop)
      return -2;
    struct pollfd p = {open ? w->report : -1, POLLIN, 0};
    const int ready = poll(&p, 1, open ? LOOK : SOON);
    const ssize_t got = ready > 0 ? tb_read_until(w->report, reply, sizeof *reply, tb_now() + 5) : 0;
    if (got != 0)
      return got;
    open = open && ready <= 0; /* a pipe may end before its process: a kernel has closed it */
    if (tb_child_ended(w->pid, WNOHANG))
      return 0;
    if (tb_descendants(w->pid, 1 + TB_PROCESSES_MOST) > 1 + TB_PROCESSES_MOST) /* the worker is one */
      return -3;
    if (current_of(w, request) != deadline.record)
      start_clock(w, request, current_of(w, request), &deadline);
    else if (is_late(&deadline))
      return -1;
  }
}

static void say(const tb_worker *w, tb_report *report, tb_outcome outcome, const char *format, int number) {
  report->outcome = (int32_t)outcome;
  snprintf(report->stage, sizeof report->stage, "%s", tb_stage_name(w->block->stage));
  snprintf(report->detail, sizeof report->detail, format, number);
}

/* Whether a worker that a signal has ended was at a limit on processor time that is set from outside: SIGXCPU comes at the soft
 * one, SIGKILL at the hard one. The kernel may have sent the signal itself, and long before. The system counts what is used by
 * samples, so the two sums differ. */
static bool was_at_limit(const tb_worker *w, int number) {
  const double least = 0.5;
  struct rlimit limit;
  if ((number != SIGXCPU && number != SIGKILL) || getrlimit(RLIMIT_CPU, &limit) != 0)
    return false;
  const rlim_t seconds = number == SIGKILL ? limit.rlim_max : limit.rlim_cur;
  return seconds != RLIM_INFINITY && w->used >= least * (double)seconds;
}

/* Completes the report of the record in which a worker died, unless its signal handler has done so. */
static void explain_death(const tb_worker *w, tb_report *report, int status, ssize_t got) {
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (report->ended)
    return;
  if (got == -3)
    say(w, report, TB_ERROR, "more than %d processes that it has started are alive", TB_PROCESSES_MOST);
  else if (got == -1)
    say(w, report, TB_TIME, "over the limit on the clock", 0);
  else if (number == SIGKILL && tb_killed_for_memory() > w->killed)
    say(w, report, TB_NO_MEMORY, "the system had no memory left, and ended the process", 0);
  else if (was_at_limit(w, number))
    say(w, report, TB_ENDED_OUTSIDE, "the limit on processor time that tenbin was started with has ended the process", 0);
  else if (number)
    say(w, report, TB_EXITED, "the process was ended by signal %d", number);
  else
    say(w, report, TB_EXITED, "the kernel ended the process with exit code %d", WEXITSTATUS(status));
}

/* A kernel that writes into the memory of the suite that runs it. */
static void explain_nonsense(tb_report *report, const char *why) {
  memset(report, 0, sizeof *report);
  report->outcome = TB_GUARD;
  snprintf(report->stage, sizeof report->stage, "%s", "a call");
  snprintf(report->detail, sizeof report->detail, "write into tenbin's own memory: of this case it says that %.180s", why);
}

/* Puts the records of a request where the worker finds them. */
static void publish(tb_worker *w, const tb_request *request) {
  w->block->current = request->from;
  for (int32_t i = request->from; i < request->to; i++) {
    w->record[i].report.outcome = w->block->record[i].report.outcome = TB_PENDING;
    strcpy(w->block->record[i].text, w->record[i].text);
  }
}

/* One request on its way. */
struct errand {
  tb_request request;
  tb_reply reply;
  bool fresh;  /* the worker was asked for nothing else before: whatever it does belongs to this request */
  ssize_t got; /* wait_for's */
  int status;  /* of a worker that has ended */
  char why[sizeof((tb_report *)0)->detail];
};

static tb_told collect(tb_worker *w, int32_t i, struct errand *e) {
  tb_case c;
  tb_error error;
  const bool judges = e->request.order.step == TB_STEP_NONE;
  if (judges && w->get)
    w->get(w->context, i, &c);
  else if (judges && !tb_case_parse(w->record[i].text, &c, &error))
    c.op = NULL;
  return tb_collect(w->files.outputs, w->block, i, judges ? &c : NULL, w->answers, &w->record[i].report, e->why);
}

/* Each line of memory that the worker has written comes from another core, which takes as long as to check a small report. */
static void fetch(const tb_worker *w, int32_t i) {
  enum { LINE = 64, LENGTH = offsetof(tb_report, stage) };
  for (int at = 0; i < TB_BLOCK_MAX && at < LENGTH; at += LINE)
    __builtin_prefetch((const char *)&w->block->record[i].report + at);
}

/* Asks the worker, and collects what is finished. *end: the record after that. False: the worker is gone, or no longer to be
 * trusted, and is ended. */
static bool ask(tb_worker *w, struct errand *e, int32_t *end) {
  const tb_request *r = &e->request;
  bool sane = true;
  e->got = 0;
  e->why[0] = 0;
  if (write(w->request, r, sizeof *r) == (ssize_t)sizeof *r)
    e->got = wait_for(w, r, &e->reply);
  const bool answered =
      e->got == (ssize_t)sizeof e->reply && e->reply.serial == r->serial && e->reply.done > r->from && e->reply.done <= r->to;
  if (!answered)
    e->status = tb_worker_end(w, true); /* before its memory is read */
  const int32_t stop = answered ? e->reply.done : current_of(w, r);
  for (*end = r->from; *end < stop && sane; *end += sane) {
    fetch(w, *end + 2);
    sane = collect(w, *end, e) == TB_TOLD && !w->record[*end].report.ended;
  }
  if (answered && !sane)
    e->status = tb_worker_end(w, true);
  return answered && sane;
}

/* The record that ended the worker: the one that is the next to be finished, if it was begun and all that was said agrees with
 * that, or if the worker was asked for no other. False: one by one, the next on a new worker, they will show which it is. */
static bool at_fault(tb_worker *w, struct errand *e, int32_t end) {
  const tb_request *r = &e->request;
  const bool alone = r->to == r->from + 1 && (e->fresh || r->order.step != TB_STEP_NONE);
  tb_report *report = &w->record[end].report;
  const tb_told told = e->why[0] ? TB_NONSENSE : collect(w, end, e);
  bool plain = told != TB_NONSENSE && e->got <= 0 && end == current_of(w, r) && w->block->stage != TB_IN_IDLE;
  for (int32_t i = end + 1; i < r->to && plain; i++)
    plain = w->block->record[i].report.outcome == TB_PENDING;
  if (!plain && !alone)
    return false;
  if (told != TB_TOLD)
    memset(report, 0, sizeof *report);
  if (told == TB_NONSENSE)
    explain_nonsense(report, e->why);
  else if (e->got > 0)
    explain_nonsense(report, "it is finished, and it is not");
  else
    explain_death(w, report, e->status, e->got);
  return true;
}

/* Records that no worker can run: they are not judged. */
static void leave_out(tb_worker *w, int32_t from, int32_t to) {
  for (int32_t i = from; i < to; i++) {
    tb_report *report = &w->record[i].report;
    memset(report, 0, sizeof *report);
    report->outcome = TB_ENDED_OUTSIDE;
    snprintf(report->stage, sizeof report->stage, "%s", "its worker's start");
    snprintf(report->detail, sizeof report->detail, "a worker cannot be started any more: %.190s", w->why);
  }
}

tb_answer tb_worker_run(tb_worker *w, const tb_request *request, int32_t *next) {
  struct errand e = {.request = *request};
  bool one_by_one = false;
  int32_t end = request->from;
  if (w->prints >= 0 && ftruncate(w->prints, 0) != 0)
    return TB_LOST;
  while (end < request->to) {
    e.request.from = end;
    e.request.to = one_by_one ? end + 1 : request->to;
    e.request.serial = ++w->serial;
    e.fresh = w->pid <= 0;
    if (!tb_worker_ready(w)) {
      leave_out(w, end, request->to);
      return TB_ANSWERED;
    }
    publish(w, &e.request);
    w->killed = tb_killed_for_memory();
    if (ask(w, &e, &end))
      continue;
    if (e.got == -2)
      return TB_STOPPED;
    if (at_fault(w, &e, end)) {
      *next = end + 1;
      return TB_DIED;
    }
    one_by_one = true;
    end = e.request.from;
  }
  return TB_ANSWERED;
}

tb_answer tb_worker_time(tb_worker *w, const char *kernel, const tb_order *order, tb_times *times) {
  tb_request request = {.to = 1, .order = *order};
  tb_report *report = &w->record[0].report;
  char why[sizeof report->detail];
  int32_t next;
  snprintf(request.kernel, sizeof request.kernel, "%s", kernel);
  const double from = tb_now();
  const tb_answer answer = tb_worker_run(w, &request, &next);
  if (answer != TB_ANSWERED || report->outcome != TB_RAN || tb_collect_times(w->control, order, tb_now() - from, times, why))
    return answer;
  tb_worker_end(w, true);
  explain_nonsense(report, why);
  return TB_DIED;
}
