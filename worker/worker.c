/* tenbin-worker: a process that loads kernels and runs cases on them, for tenbin, which keeps the verdicts.
 *
 * SPDX-License-Identifier: MIT */
#include "child.h"
#include "execute.h"
#include "heap.h"
#include "machine_state.h"
#include "placement.h"
#include "process_state.h"
#include "registry.h"
#include "supervisor.h"
#include "timed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

/* What a signal handler has to know; it has no other way to get it. */
static tb_execution execution;
static tb_block *block;
static tb_times *times;
static tb_report loading; /* before there is a record to write to */
static tb_report *report = &loading;

static bool transfer(int fd, void *data, size_t bytes, bool out) {
  for (char *at = data; bytes > 0;) {
    ssize_t n = out ? write(fd, at, bytes) : read(fd, at, bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    bytes -= (size_t)n;
  }
  return true;
}

/* Appends text to the report's detail; snprintf is not for signal handlers. */
static void append(const char *text) {
  size_t used = strlen(report->detail);
  while (*text && used < sizeof report->detail - 1)
    report->detail[used++] = *text++;
  report->detail[used] = 0;
}

static void append_address(uintptr_t address) {
  char digits[19] = "0x0000000000000000";
  for (int i = 17; i > 1; i--, address >>= 4)
    digits[i] = "0123456789abcdef"[address & 15];
  append(digits);
}

static const char *access_of(const void *context) {
#if defined(__x86_64__)
  const ucontext_t *c = context;
  return c->uc_mcontext.gregs[REG_ERR] & 2 ? "write " : "read ";
#else
  (void)context;
  return "access ";
#endif
}

static void locate(const siginfo_t *info, const void *context) {
  const char *where;
  const tb_buffer *hit = tb_execution_hit(&execution, info->si_addr, &where);
  if (hit) {
    report->outcome = TB_GUARD;
    append(access_of(context));
    append(where);
    append(" ");
    append(hit->name);
    if (hit->read_only && where[0] == 'i')
      append(", which is read-only");
    return;
  }
  /* x86 reports an instruction that needs alignment as a general protection fault, without an address. */
  if (info->si_signo == SIGBUS && info->si_code == BUS_ADRALN)
    report->outcome = TB_MISALIGNED;
  if (info->si_signo == SIGSEGV && info->si_code == SI_KERNEL && !info->si_addr)
    report->outcome = TB_MISALIGNED;
  if (report->outcome == TB_MISALIGNED) {
    append("an instruction needs more alignment than the kernel declares, or has a pointer that was never set");
    return;
  }
  append(access_of(context));
  append("at ");
  append_address((uintptr_t)info->si_addr);
}

/* A signal that the worker looks at: its name, and the outcome and the meaning where no program has sent it. */
static const struct look {
  int number;
  tb_outcome outcome;
  const char *name, *meaning;
} looks[] = {
    {SIGSEGV, TB_SIGNAL, "SIGSEGV: ", NULL}, /* locate */
    {SIGBUS, TB_SIGNAL, "SIGBUS: ", NULL},
    {SIGILL, TB_SIGNAL, "SIGILL: ", "SIGILL: illegal instruction"},
    {SIGFPE, TB_SIGNAL, "SIGFPE: ", "SIGFPE: arithmetic error, such as a division by zero"},
    {SIGABRT, TB_SIGNAL, "SIGABRT: ", "SIGABRT: abort() was called"},
    {SIGPROF, TB_TIME, "SIGPROF: ", "over the limit on processor time"},
    {SIGXFSZ, TB_ERROR, "SIGXFSZ: ", "it wrote more than 64 MB to a file or to its standard output"},
};

/* Whether the system call that a signal came in has failed because a file would be too large. */
static bool is_too_large(const void *context) {
#if defined(__x86_64__)
  const ucontext_t *c = context;
  return c->uc_mcontext.gregs[REG_RAX] == -EFBIG;
#else
  (void)context;
  return true;
#endif
}

/* Whether a program has sent a signal, or had it sent. Linux sends SIGXFSZ as if it came from the process itself, by kill; and
 * abort() raises its signal. */
static bool was_sent(const siginfo_t *info, const void *context) {
  if (info->si_signo == SIGXFSZ && info->si_code == SI_USER)
    return !is_too_large(context);
  return info->si_code <= 0 && !(info->si_signo == SIGABRT && info->si_code == SI_TKILL);
}

static void explain_signal(const struct look *look, const siginfo_t *info, const void *context) {
  if (was_sent(info, context)) {
    append(look->name);
    append("raised or sent by a program, as raise() and kill() do");
  } else if (look->meaning) {
    report->outcome = (int32_t)look->outcome;
    append(look->meaning);
  } else {
    append(look->name);
    locate(info, context);
  }
}

static void on_signal(int signal_number, siginfo_t *info, void *context) {
  const struct look *look = looks;
  tb_machine_state_restore(); /* the alignment-check flag is handed on to handlers */
  report->detail[0] = 0;
  report->outcome = TB_SIGNAL;
  report->ended = true;
  strncpy(report->stage, tb_stage_name(block->stage), sizeof report->stage - 1);
  while (look->number != signal_number)
    look++;
  explain_signal(look, info, context);
  if (report == &loading)
    transfer(TB_FD_REPORT, &loading, sizeof loading, true);
  _exit(1);
}

static void handle_signals(void) {
  static unsigned char stack[1 << 16];
  const struct rlimit written = {TB_WRITTEN_MOST, TB_WRITTEN_MOST};
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  action.sa_sigaction = on_signal;
  sigaltstack(&alternative, NULL);
  for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
    sigaction(looks[i].number, &action, NULL);
  /* Ctrl-C is the parent's to handle: it ends its workers. */
  signal(SIGINT, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &written);
}

static void limit(double seconds) {
  struct itimerval timer = {0};
  timer.it_value.tv_sec = (time_t)seconds;
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
  setitimer(ITIMER_PROF, &timer, NULL);
}

static void introduce(const tenbin_plugin *plugin, tb_hello *hello) {
  for (int32_t i = 0; i < plugin->kernels; i++)
    tb_registry_describe(plugin->kernel[i], &hello->kernel[hello->kernels++]);
}

/* A library that insists on threads of its own keeps those that a case has allowed it; twice, where it stands on another. */
static int lawful_threads; /* of a request */

static void allow_threads(const tb_case *c, uint32_t checks) {
  const int most = checks & TB_CHECK_THREADS ? tb_more_threads[TB_MORE_THREADS - 1] : 1;
  const int extra = 2 * ((c->threads > most ? c->threads : most) - 1);
  lawful_threads = extra > lawful_threads ? extra : lawful_threads;
}

static void run_record(const tenbin_kernel *kernel, tb_record *record, const tb_request *request) {
  tb_case c;
  tb_error error;
  report = &record->report;
  memset(report, 0, offsetof(tb_report, stage));
  report->stage[0] = report->detail[0] = 0;
  record->text[sizeof record->text - 1] = 0;
  if (!tb_case_parse(record->text, &c, &error)) {
    report->outcome = TB_FAULT;
    append("the worker does not understand the case");
    return;
  }
  allow_threads(&c, request->checks);
  limit(tb_request_limit(request, tb_case_work(&c)));
  if (request->order.step == TB_STEP_NONE)
    tb_execute(&execution, &c, kernel, request->checks, report);
  else
    tb_time(&execution, &c, kernel, &request->order, report, times);
}

__attribute__((format(printf, 2, 3))) static void blame(tb_outcome outcome, const char *format, ...) {
  va_list list;
  if (report->outcome != TB_RAN && report->outcome != TB_UNSUPPORTED && report->outcome != TB_NO_MEMORY)
    return;
  va_start(list, format);
  vsnprintf(report->detail, sizeof report->detail, format, list);
  va_end(list);
  snprintf(report->stage, sizeof report->stage, "%s", "the case");
  report->outcome = (int32_t)outcome;
}

/* Puts back what the cases first .. done - 1 have left in the process, and says so where it was one. To ask after each case
 * would cost as much as many a case. False: they have to be run one by one, to find out which it was. */
static bool look_after(int32_t first, int32_t done) {
  bool lost;
  const char *changed = tb_process_state_restore(&lost);
  const int left = tb_children_end(), threads = tb_process_threads_left(lawful_threads);
  const bool alone = done == first + 1, whole = tb_heap_is_whole();
  if (alone && !whole)
    blame(TB_GUARD, "write over what malloc keeps before a block");
  if (alone && changed)
    blame(TB_ERROR, "changed %s", changed);
  if (alone && threads)
    blame(TB_ERROR, "left %d thread%s", threads, threads == 1 ? "" : "s");
  if (alone && (report->outcome == TB_RAN || report->outcome == TB_UNSUPPORTED))
    report->left_processes = left;
  if (lost || threads || !whole) {
    report->ended = alone;
    block->current = alone ? first : -1;
    _exit(1);
  }
  if (lawful_threads > 0)
    tb_process_threads_keep();
  lawful_threads = 0;
  return alone || (!changed && left == 0);
}

/* *done: the record after the last that was run; the first one if they have to be run one by one. False: the request makes no
 * sense. */
static bool answer(const tenbin_plugin *plugin, tb_request *request, int32_t *done) {
  request->kernel[sizeof request->kernel - 1] = 0;
  const tenbin_kernel *kernel = tb_registry_find(plugin, request->kernel);
  if (!kernel || request->from < 0 || request->to > TB_BLOCK_MAX)
    return false;
  tb_execution_begin(&execution);
  for (*done = request->from; *done < request->to && !tb_execution_full(&execution); ++*done) {
    block->current = *done;
    run_record(kernel, &block->record[*done], request);
  }
  limit(0);
  if (!look_after(request->from, *done))
    *done = request->from;
  report = &loading;
  return true;
}

/* What loading the kernels has left in the process. The built-in ones leave nothing. */
static void check_loading(const char *path, tb_hello *hello) {
  bool lost;
  char text[100];
  const char *changed = tb_process_state_restore(&lost);
  const int left = tb_children_end();
  if (lost) {
    snprintf(text, sizeof text, "loading it changed %s, which cannot be restored", changed);
    tb_registry_message(path, text, hello->message);
    hello->kernels = 0;
    return;
  }
  if (!path || hello->warning[0] || (!changed && left == 0))
    return;
  if (changed)
    snprintf(text, sizeof text, "loading it changed %s; tenbin restored it", changed);
  else
    snprintf(text, sizeof text, "loading it left %d process%s, which tenbin ended", left, left == 1 ? "" : "es");
  tb_registry_message(path, text, hello->warning);
}

static bool map_shared(void) {
  block = mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE, MAP_SHARED, TB_FD_CONTROL, 0);
  times = mmap(NULL, sizeof *times, PROT_READ | PROT_WRITE, MAP_SHARED, TB_FD_CONTROL, TB_TIMES_OFFSET);
  return block != MAP_FAILED && times != MAP_FAILED && tb_execution_init(&execution, &block->stage);
}

int main(int argc, char **argv) {
  static tb_hello hello;
  static tb_request request;
  if (argc > 2 || fcntl(TB_FD_CONTROL, F_GETFD) < 0) {
    fprintf(stderr, "tenbin-worker: started by tenbin, not by hand\n");
    return 2;
  }
  tb_supervise();
  if (!map_shared()) {
    fprintf(stderr, "tenbin-worker: no memory\n");
    return 3;
  }
  handle_signals();
  if (!tb_process_state_keep()) {
    fprintf(stderr, "tenbin-worker: the process cannot be asked about itself\n");
    return 3;
  }
  tb_enter(&execution, TB_IN_LOAD);
  const tenbin_plugin *plugin = argc == 2 ? tb_registry_load(argv[1], hello.message, hello.warning) : tenbin_plugin_table();
  if (plugin)
    introduce(plugin, &hello);
  tb_machine_state_restore();
  check_loading(argv[1], &hello);
  tb_process_threads_keep();
  tb_heap_keep();
  tb_enter(&execution, TB_IN_IDLE);
  if (!transfer(TB_FD_REPORT, &hello, sizeof hello, true) || hello.kernels == 0)
    return 3;
  while (transfer(TB_FD_REQUEST, &request, sizeof request, false)) {
    tb_reply reply = {.serial = request.serial};
    if (!answer(plugin, &request, &reply.done) || !transfer(TB_FD_REPORT, &reply, sizeof reply, true))
      break;
  }
  tb_execution_free(&execution);
  return 0;
}
