/* Handlers of signals.
 *
 * SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { INTERRUPTED = 130 };

volatile sig_atomic_t tb_interrupted;
static volatile sig_atomic_t second; /* of the first signal */

/* timeout(1) sends a signal twice, to the process and to its group: only a later one is somebody's second. */
static void on_signal(int number) {
  static const char message[] = "\ntenbin: interrupted twice: ended at once\n";
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!tb_interrupted) {
    second = (sig_atomic_t)now.tv_sec;
    tb_interrupted = number;
  } else if ((sig_atomic_t)now.tv_sec - second > 1) {
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(INTERRUPTED);
  }
}

static void on_signal_at_once(int number) {
  (void)number;
  _exit(INTERRUPTED);
}

static sigset_t ends(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

static void handle(void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;
  const sigset_t set = ends();
  sigfillset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, NULL);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void tb_interrupt_at_once(void) {
  handle(on_signal_at_once);
}

/* The parent's number, so that programs further down, which inherit it, are not concerned. */
static const char parent[] = "TENBIN_PARENT";

void tb_interrupt_children(void) {
  char text[24];
  snprintf(text, sizeof text, "%d", (int)getpid());
  setenv(parent, text, 1);
}

void tb_interrupt_with_parent(void) {
  const char *text = getenv(parent);
  const pid_t pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
  if (pid <= 0 || pid != getppid())
    return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (pid != getppid()) /* it has died just now */
    raise(SIGTERM);
}

void tb_interrupt_hand_over(void) {
  const sigset_t set = ends();
  sigprocmask(SIG_BLOCK, &set, NULL);
  if (tb_interrupted) /* the next program would not know */
    _exit(INTERRUPTED);
}

void tb_interrupt_start(void) {
  handle(on_signal);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}
