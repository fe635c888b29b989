/* What a kernel can do to the process that it runs in. It is included by a source of rows.
 *
 * SPDX-License-Identifier: MIT */
#ifndef DISTURB_H
#define DISTURB_H

#include "leave.h"
#include "tamper.h"

#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The word before a block is its size to the usual malloc; the words after it are the next block's. */
ON_PURPOSE static void corrupt_heap(void) {
  enum { WORDS = 500 };
  volatile size_t *volatile block = malloc(WORDS * sizeof *block);
  if (!block)
    return;
  block[-1] = block[WORDS] = block[WORDS + 1] = 0;
  free((void *)block);
}

/* Past the end of a block that another follows. Neither is freed, so only who walks over the heap sees it. */
ON_PURPOSE static void overflow_block(void) {
  enum { WORDS = 3, TRIES = 100 };
  volatile size_t *volatile block = malloc(WORDS * sizeof *block), *volatile next = NULL;
  for (int i = 0; i < TRIES && next != block + WORDS + 1; i++) {
    block = i > 0 ? next : block;
    next = malloc(WORDS * sizeof *next);
  }
  if (block && next == block + WORDS + 1)
    block[WORDS] = 0x4141414141414141;
}

static void change_arithmetic(void) {
#if defined(__SSE__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040u); /* flush to zero, denormals are zero */
#else
  fesetround(FE_UPWARD);
#endif
}

/* Other processors have one floating-point environment. */
static void change_x87(void) {
#if defined(__x86_64__)
  const unsigned short single = 0x007f;
  __asm__ volatile("fldcw %0" : : "m"(single));
#else
  change_arithmetic();
#endif
}

/* Leaves a process behind; one that escapes is of its own session, and nobody's child. */
static void leave_process(bool escapes) {
  const pid_t child = fork();
  if (child == 0) {
    if (escapes) {
      setsid();
      if (fork() != 0)
        _exit(0);
    }
    sleep(60);
    _exit(0);
  }
  if (escapes)
    waitpid(child, NULL, 0);
}

static void *sleep_on(void *unused) {
  sleep(60);
  return unused;
}

static void leave_thread(void) {
  pthread_t id;
  pthread_create(&id, NULL, sleep_on, NULL);
}

static void fork_many(void) {
  for (int i = 0; i < 300; i++)
    if (fork() == 0) {
      sleep(60);
      _exit(0);
    }
  while (wait(NULL) > 0)
    ;
}

static void set_timer(void) {
  const struct itimerval soon = {.it_value = {.tv_sec = 1}};
  setitimer(ITIMER_REAL, &soon, NULL);
}

/* A signal to its process. */
static void send(int number) {
  kill(getpid(), number);
}

/* By a timer of timer_create, and not before it has come. */
static void send_by_timer(int number) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
  const struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0)
    pause();
}

static void seal_files(void) {
  for (int fd = TB_FD_CONTROL; fd <= TB_FD_OUTPUTS; fd++)
    fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
}

/* Who reads the pipe may write to it, too. */
static void fill_requests(void) {
  static char block[4096];
  const int fd = open("/proc/self/fd/3", O_WRONLY | O_NONBLOCK);
  while (fd >= 0 && write(fd, block, sizeof block) > 0)
    ;
  if (fd >= 0)
    close(fd);
}

static void turn_strings(void) {
#if defined(__x86_64__)
  __asm__ volatile("std");
#else
  change_arithmetic();
#endif
}

static void on_fault(int number) {
  (void)number;
}

static void lower_limit(void) {
  const struct rlimit few = {20, 20};
  setrlimit(RLIMIT_NOFILE, &few);
}

static void change_directory(void) {
  const int changed = chdir("/");
  (void)changed;
}

static void block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
}

static void print_much(void) {
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  while (write(STDOUT_FILENO, block, sizeof block) > 0)
    ;
}

/* What a row does to the process that it runs in. */
static void disturb_process(void) {
  volatile int forever = 1;
  switch (mutant) {
  case LOOP:
    while (forever)
      ;
    break;
  case SLEEP:
    while (forever)
      pause();
    break;
  case EXIT:
    exit(7);
  case PRINT:
    printf("not ok 1 - what a kernel has to say\nBail out!\n");
    fflush(stdout);
    break;
  case CORRUPT_HEAP:
    corrupt_heap();
    break;
  case OVERFLOW_BLOCK:
    overflow_block();
    break;
  case CLOSE_STANDARD_FILES:
    for (int fd = 0; fd <= 2; fd++)
      close(fd);
    break;
  case CHANGE_ARITHMETIC:
    change_arithmetic();
    break;
  case CHANGE_X87:
    change_x87();
    break;
  case FORK:
    leave_process(false);
    break;
  case ESCAPE:
    leave_process(true);
    break;
  case SET_TIMER:
    set_timer();
    break;
  case SEAL_FILES:
    seal_files();
    break;
  case TRACED:
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSEGV);
    break;
  case RAISE_XCPU:
    raise(SIGXCPU);
    break;
  case RAISE_PROF:
    raise(SIGPROF);
    break;
  case RAISE_XFSZ:
    raise(SIGXFSZ);
    break;
  case SEND_XFSZ:
    send(SIGXFSZ);
    break;
  case RAISE_SEGV:
    raise(SIGSEGV);
    break;
  case SEND_SEGV:
    send(SIGSEGV);
    break;
  case SEND_ABRT:
    send(SIGABRT);
    break;
  case TIME_BUS:
    send_by_timer(SIGBUS);
    break;
  case FILL_REQUESTS:
    fill_requests();
    break;
  case LEAVE_THREAD:
    leave_thread();
    break;
  case FORK_MANY:
    fork_many();
    break;
  case CLOSE_REPORT:
    close(TB_FD_REQUEST);
    close(TB_FD_REPORT);
    break;
  case CHANGE_DIRECTORY:
    change_directory();
    break;
  case BLOCK_SIGNALS:
    block_signals();
    break;
  case CATCH_FAULTS:
    signal(SIGSEGV, on_fault);
    break;
  case LOWER_LIMIT:
    lower_limit();
    break;
  case PRINT_MUCH:
    print_much();
    break;
  case KILL_ITSELF:
    raise(SIGKILL);
    break;
  case KILL_GROUP:
    kill(0, SIGTERM);
    break;
  case TURN_STRINGS:
    turn_strings();
    break;
  case BLAME_NO_CASE:
    tamper_current(1000000);
    exit(7);
  case CUT_MEMORY:
    tamper_file();
    break;
  case ANSWER_EARLY:
    tamper_reply();
    break;
  case FORGET_CHILDREN:
    leave_process(false);
    leave_changed(mutant);
    break;
  default:
    leave_changed(mutant);
    break;
  }
}

#endif
