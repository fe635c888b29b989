/* What a kernel can leave changed of what the system keeps of its process. It is included by disturb.h.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LEAVE_H
#define LEAVE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* As it is by default, but for a flag: no child of this process can be waited for. */
static void forget_children(void) {
  const struct sigaction forget = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &forget, NULL);
}

/* By system calls: some C libraries have timers in a library of their own. */
static void create_timer(void) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  const struct itimerspec soon = {.it_value = {.tv_sec = 1}};
  int id = 0;
  syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
  syscall(SYS_timer_settime, id, 0, &soon, NULL);
}

static void renounce_rights(void) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Of all kinds of calls none is refused. */
static void filter_calls(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {.len = 1, .filter = &allow};
  renounce_rights();
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* Only root can. */
static void change_user(void) {
  enum { NOBODY = 65534 };
  if (getuid() != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
    renounce_rights();
}

/* By a system call: sanitizers make nothing of the function. */
static void lock_memory(void) {
  syscall(SYS_mlockall, MCL_FUTURE);
}

static void lower_priority(void) {
  setpriority(PRIO_PROCESS, 0, 5);
}

/* To the processor on which it is. Where there is no other, that changes nothing. */
static void pin_thread(void) {
  cpu_set_t all, one;
  CPU_ZERO(&one);
  CPU_SET((size_t)sched_getcpu(), &one);
  if (sched_getaffinity(0, sizeof all, &all) == 0 && CPU_COUNT(&all) > 1)
    sched_setaffinity(0, sizeof one, &one);
  else
    lower_priority();
}

static void change_policy(void) {
  const struct sched_param none = {0};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

static void change_personality(void) {
  personality(ADDR_NO_RANDOMIZE);
}

static const struct {
  int mutant;
  void (*act)(void);
  int option; /* of prctl, where act is NULL */
  unsigned long value;
} leavings[] = {
    {FORGET_CHILDREN, .act = forget_children},
    {CREATE_TIMER, .act = create_timer},
    {RENOUNCE_RIGHTS, .act = renounce_rights},
    {FILTER_CALLS, .act = filter_calls},
    {ALLOW_FOUR_CALLS, .option = PR_SET_SECCOMP, .value = SECCOMP_MODE_STRICT},
    {CHANGE_USER, .act = change_user},
    {LOCK_MEMORY, .act = lock_memory},
    {PIN_THREAD, .act = pin_thread},
    {LOWER_PRIORITY, .act = lower_priority},
    {CHANGE_POLICY, .act = change_policy},
    {CHANGE_PERSONALITY, .act = change_personality},
    {OUTLIVE_PARENT, .option = PR_SET_PDEATHSIG, .value = 0},
    {ADOPT_NOBODY, .option = PR_SET_CHILD_SUBREAPER, .value = 0},
    {HIDE_MEMORY, .option = PR_SET_DUMPABLE, .value = 0},
    {DELAY_TIMERS, .option = PR_SET_TIMERSLACK, .value = 1000000},
    {REFUSE_HUGE_PAGES, .option = PR_SET_THP_DISABLE, .value = 1},
};

static void leave_changed(int mutant) {
  for (size_t i = 0; i < sizeof leavings / sizeof *leavings; i++)
    if (leavings[i].mutant == mutant && leavings[i].act)
      leavings[i].act();
    else if (leavings[i].mutant == mutant)
      prctl(leavings[i].option, leavings[i].value, 0, 0, 0);
}

#endif
