/* What a kernel can do to its process and to those around it, by the names that hostile.txt gives.
 *
 * SPDX-License-Identifier: MIT */
#include "hostile.h"

#include "protocol.h"

#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG = 1000 /* seconds, of what is left behind */ };

static volatile int always = 1, never;

static void crash(void) {
  int *volatile nothing = NULL;
  *(volatile int *)nothing = 1;
}

static int deeper(int depth) {
  volatile char page[4096];
  page[0] = (char)depth;
  return always ? deeper(depth + 1) + page[0] : depth;
}

static void overflow(void) {
  never = deeper(0) & never;
}

static void illegal(void) {
  __builtin_trap();
}

static void divide(void) {
  always = always / never;
}

static void loop(void) {
  while (always)
    ;
}

static void hang(void) {
  while (always)
    pause();
}

static void raise_signal(int number) {
  raise(number);
}

static void exit_thread(void) {
  pthread_exit(NULL);
}

static void execute(void) {
  execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

static void jump(void) {
  longjmp(hostile_away, 1);
}

static void wait_long(void) {
  sleep(LONG);
  _exit(0);
}

static void leave_child(void) {
  if (fork() == 0)
    wait_long();
}

/* As a daemon: in a session of its own, and nobody's child. */
static void leave_daemon(void) {
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, NULL, 0);
    return;
  }
  setsid();
  if (fork() != 0)
    _exit(0);
  wait_long();
}

static void return_twice(void) {
  (void)!fork();
}

static void *spin(void *nothing) {
  loop();
  return nothing;
}

static atomic_bool waits, goes;

static void *crash_later(void *nothing) {
  while (!atomic_load(&goes))
    usleep(1000);
  crash();
  return nothing;
}

static void start_thread(void *(*body)(void *)) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, NULL) == 0)
    pthread_detach(thread);
}

static void leave_thread(void) {
  start_thread(spin);
}

static void leave_crash(void) {
  atomic_store(&waits, true);
  start_thread(crash_later);
}

void hostile_next(void) {
  if (!atomic_load(&waits))
    return;
  atomic_store(&goes, true);
  sleep(1);
}

/* Of tenbin's programs alone: nobody else, such as who takes orphans, is to be hit. */
static void signal_parent(int number) {
  const pid_t parent = getppid();
  char path[40], name[20] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", (int)parent);
  FILE *f = fopen(path, "r");
  if (f && fgets(name, sizeof name, f) && strncmp(name, "tenbin", 6) == 0)
    kill(parent, number);
  if (f)
    fclose(f);
}

static void reset_handlers(void) {
  for (int i = 1; i < NSIG; i++)
    signal(i, SIG_DFL);
  crash();
}

static void block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  loop();
}

static void ignore_limit(void) {
  signal(SIGPROF, SIG_IGN);
  loop();
}

static void limit(int resource) {
  setrlimit(resource, &(struct rlimit){1, 1});
}

static void print_gigabyte(void) {
  static char text[1 << 20];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\n';
  for (int i = 0; i < 1 << 10; i++)
    (void)!write(STDOUT_FILENO, text, sizeof text);
}

static void print_binary(void) {
  char all[256];
  for (int i = 0; i < 256; i++)
    all[i] = (char)i;
  (void)!write(STDOUT_FILENO, all, sizeof all);
  (void)!write(STDERR_FILENO, all, sizeof all);
}

/* What it prints is quoted, for it crashes then. */
static void print_escapes(void) {
  static const char text[] = "\033[2J\033]0;hostile\007\nnot ok 1 - from a kernel\nBail out!\n1..0\n\xff\xfe...\n---\n";
  (void)!write(STDOUT_FILENO, text, sizeof text);
  abort();
}

static void close_all(void) {
  for (int fd = 0; fd < 1024; fd++)
    close(fd);
}

static void replace(int fd) {
  const int other = open("/dev/zero", O_RDWR);
  dup2(other, fd);
  close(other);
}

static void silence(int fd) {
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, fd);
  close(nowhere);
}

static void garble_report(void) {
  static const char text[] = "\xff\xff\xff\x7f what no worker says";
  (void)!write(TB_FD_REPORT, text, sizeof text);
}

/* And leaves the pipe so that who reads it does not wait. */
static void empty_request(void) {
  char byte;
  fcntl(TB_FD_REQUEST, F_SETFL, O_NONBLOCK);
  while (read(TB_FD_REQUEST, &byte, 1) > 0)
    ;
}

static void change_rounding(void) {
  fesetround(FE_UPWARD);
}

/* Bits of x86's flags: string instructions run downwards; a load that is not aligned faults. */
static void set_flag(unsigned flag) {
#if defined(__x86_64__)
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | flag);
#else
  (void)flag;
#endif
}

static void set_direction(void) {
  set_flag(1u << 10);
}

static void set_alignment(void) {
  set_flag(1u << 18);
}

static void change_directory(void) {
  (void)!chdir("/");
}

static void change_umask(void) {
  umask(0777);
}

static void clear_environment(void) {
  clearenv();
}

static void close_streams(void) {
  fclose(stdin);
  fclose(stdout);
  fclose(stderr);
}

/* The word before a block is its size to the usual malloc; the words after it are the next block's. */
static void corrupt_heap(void) {
  enum { WORDS = 500 };
  volatile size_t *volatile block = malloc(WORDS * sizeof *block);
  block[-1] = block[WORDS] = block[WORDS + 1] = 0;
  free((void *)block);
}

/* With a decimal comma, where it is there. */
static void change_locale(void) {
  if (!setlocale(LC_ALL, "de_DE.UTF-8"))
    setlocale(LC_ALL, "C.UTF-8");
}

static const struct action {
  const char *name;
  void (*act)(void);
  void (*with)(int); /* where act is NULL */
  int number;
} actions[] = {
    {"CRASH", .act = crash},
    {"OVERFLOW", .act = overflow},
    {"ILLEGAL", .act = illegal},
    {"ABORT", .act = abort},
    {"DIVIDE", .act = divide},
    {"LOOP", .act = loop},
    {"SLEEP", .act = hang},
    {"STOP", .with = raise_signal, .number = SIGSTOP},
    {"EXIT_0", .with = exit, .number = 0},
    {"EXIT_3", .with = exit, .number = 3},
    {"EXIT_77", .with = exit, .number = 77},
    {"EXIT_AT_ONCE", .with = _exit, .number = 7},
    {"QUICK_EXIT", .with = quick_exit, .number = 7},
    {"PTHREAD_EXIT", .act = exit_thread},
    {"EXEC", .act = execute},
    {"LONGJMP", .act = jump},
    {"FORK", .act = leave_child},
    {"FORK_SESSION", .act = leave_daemon},
    {"FORK_RETURN", .act = return_twice},
    {"THREAD", .act = leave_thread},
    {"THREAD_CRASH", .act = leave_crash},
    {"PARENT_TERM", .with = signal_parent, .number = SIGTERM},
    {"PARENT_STOP", .with = signal_parent, .number = SIGSTOP},
    {"RAISE_TERM", .with = raise_signal, .number = SIGTERM},
    {"RAISE_KILL", .with = raise_signal, .number = SIGKILL},
    {"RAISE_HUP", .with = raise_signal, .number = SIGHUP},
    {"HANDLERS", .act = reset_handlers},
    {"MASK", .act = block_signals},
    {"IGNORE_PROF", .act = ignore_limit},
    {"LIMIT_TIME", .with = limit, .number = RLIMIT_CPU},
    {"LIMIT_MEMORY", .with = limit, .number = RLIMIT_AS},
    {"LIMIT_FILES", .with = limit, .number = RLIMIT_NOFILE},
    {"LIMIT_SIZE", .with = limit, .number = RLIMIT_FSIZE},
    {"PRINT_GIGABYTE", .act = print_gigabyte},
    {"PRINT_BINARY", .act = print_binary},
    {"PRINT_ESCAPES", .act = print_escapes},
    {"CLOSE_ALL", .act = close_all},
    {"REPLACE_1", .with = replace, .number = 1},
    {"REPLACE_3", .with = replace, .number = 3},
    {"REPLACE_4", .with = replace, .number = 4},
    {"REPLACE_5", .with = replace, .number = 5},
    {"REPORT_NULL", .with = silence, .number = TB_FD_REPORT},
    {"REPORT_GARBAGE", .act = garble_report},
    {"REPORT_DONE", .act = hostile_done},
    {"REQUEST_EMPTY", .act = empty_request},
    {"UNMAP", .act = hostile_unmap},
    {"PROTECT", .act = hostile_protect},
    {"TRUNCATE", .act = hostile_truncate},
    {"EXTEND", .act = hostile_extend},
    {"OVERWRITE", .act = hostile_overwrite},
    {"CURRENT_RANGE", .act = hostile_current_range},
    {"CURRENT_OTHER", .act = hostile_current_other},
    {"OUTCOME", .act = hostile_outcome},
    {"UNSUPPORTED", .act = hostile_unsupported},
    {"STAGE", .act = hostile_stage},
    {"TEXTS", .act = hostile_texts},
    {"DIGESTS", .act = hostile_digests},
    {"SIZES", .act = hostile_sizes},
    {"FLAGS", .act = hostile_flags},
    {"ROUNDING", .act = change_rounding},
    {"DIRECTION", .act = set_direction},
    {"ALIGNMENT", .act = set_alignment},
    {"DIRECTORY", .act = change_directory},
    {"UMASK", .act = change_umask},
    {"ENVIRONMENT", .act = clear_environment},
    {"STREAMS", .act = close_streams},
    {"HEAP", .act = corrupt_heap},
    {"LOCALE", .act = change_locale},
};

void hostile_act(const char *action) {
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    if (strcmp(actions[i].name, action) != 0)
      continue;
    else if (actions[i].act)
      actions[i].act();
    else
      actions[i].with(actions[i].number);
}
