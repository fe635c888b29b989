/* What a kernel must leave as it was.
 *
 * SPDX-License-Identifier: MIT */
#include "process_state.h"

#include "pool.h"
#include "protocol.h"
#include "system_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* Those that a case's verdict rests on. */
static const int signals[] = {SIGSEGV, SIGBUS, SIGILL,  SIGFPE,  SIGABRT, SIGPROF, SIGXFSZ, SIGINT, SIGPIPE,
                              SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGCHLD, SIGXCPU};
static const int limits[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK,  RLIMIT_NOFILE,
                             RLIMIT_AS,  RLIMIT_NPROC, RLIMIT_CORE, RLIMIT_MEMLOCK};
static const int descriptors[] = {TB_FD_REQUEST, TB_FD_REPORT, TB_FD_CONTROL, TB_FD_INPUTS, TB_FD_OUTPUTS};
enum {
  SIGNALS = sizeof signals / sizeof *signals,
  LIMITS = sizeof limits / sizeof *limits,
  DESCRIPTORS = sizeof descriptors / sizeof *descriptors
};

static struct {
  int directory;
  struct stat place, file[DESCRIPTORS];
  mode_t mask;
  sigset_t blocked;
  struct sigaction handler[SIGNALS];
  struct rlimit limit[LIMITS];
  int threads;
  int flags[DESCRIPTORS];
} kept;

static mode_t mode_mask(void) {
  const mode_t now = umask(0);
  umask(now);
  return now;
}

bool tb_process_state_keep(void) {
  kept.directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  bool ok = kept.directory >= 0 && fstat(kept.directory, &kept.place) == 0;
  kept.mask = mode_mask();
  ok = ok && pthread_sigmask(SIG_SETMASK, NULL, &kept.blocked) == 0;
  for (int i = 0; ok && i < SIGNALS; i++)
    ok = sigaction(signals[i], NULL, &kept.handler[i]) == 0;
  for (int i = 0; ok && i < LIMITS; i++)
    ok = getrlimit((unsigned)limits[i], &kept.limit[i]) == 0;
  for (int i = 0; ok && i < DESCRIPTORS; i++)
    ok = fstat(descriptors[i], &kept.file[i]) == 0 && (kept.flags[i] = fcntl(descriptors[i], F_GETFL)) >= 0;
  tb_system_state_keep();
  return ok;
}

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_signals(const sigset_t *a, const sigset_t *b) {
  bool same = true;
  for (int i = 1; i < SIGRTMIN && same; i++)
    same = sigismember(a, i) == sigismember(b, i);
  return same;
}

/* Their flags, too: a read that does not wait for the next request would end the worker. */
static bool restore_descriptors(bool *lost) {
  struct stat now;
  bool same = true;
  for (int i = 0; i < DESCRIPTORS; i++) {
    const bool there = fstat(descriptors[i], &now) == 0 && same_file(&now, &kept.file[i]);
    if (there && fcntl(descriptors[i], F_GETFL) == kept.flags[i])
      continue;
    *lost = *lost || !there || fcntl(descriptors[i], F_SETFL, kept.flags[i]) != 0;
    same = false;
  }
  return same;
}

static bool restore_directory(bool *lost) {
  struct stat now;
  if (stat(".", &now) == 0 && same_file(&now, &kept.place))
    return true;
  *lost = *lost || fchdir(kept.directory) != 0;
  return false;
}

static bool restore_mask(void) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  if (same_signals(&now, &kept.blocked))
    return true;
  pthread_sigmask(SIG_SETMASK, &kept.blocked, NULL);
  return false;
}

/* Also of flags: with some of SIGCHLD's, no child can be waited for. */
static bool same_handler(const struct sigaction *a, const struct sigaction *b) {
  const unsigned restorer = 0x04000000; /* SA_RESTORER, which is the C library's to set */
  return a->sa_sigaction == b->sa_sigaction && (((unsigned)a->sa_flags ^ (unsigned)b->sa_flags) & ~restorer) == 0 &&
         same_signals(&a->sa_mask, &b->sa_mask);
}

static bool restore_handlers(void) {
  struct sigaction now;
  bool same = true;
  for (int i = 0; i < SIGNALS; i++)
    if (sigaction(signals[i], NULL, &now) != 0 || !same_handler(&now, &kept.handler[i])) {
      sigaction(signals[i], &kept.handler[i], NULL);
      same = false;
    }
  return same;
}

/* Only root may raise what was lowered. */
static bool restore_limits(bool *lost) {
  struct rlimit now;
  bool same = true;
  for (int i = 0; i < LIMITS; i++)
    if (getrlimit((unsigned)limits[i], &now) != 0 || now.rlim_cur != kept.limit[i].rlim_cur ||
        now.rlim_max != kept.limit[i].rlim_max) {
      *lost = *lost || setrlimit((unsigned)limits[i], &kept.limit[i]) != 0;
      same = false;
    }
  return same;
}

/* A clock that would end a later case. */
static bool restore_timer(__itimer_which_t which) {
  struct itimerval now;
  if (getitimer(which, &now) != 0 || (now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0))
    return true;
  setitimer(which, &(struct itimerval){0}, NULL);
  return false;
}

const char *tb_process_state_restore(bool *lost) {
  const char *what = NULL;
  *lost = false;
  if (!restore_descriptors(lost))
    what = "a descriptor of tenbin's worker";
  if (*lost)
    return what;
  if (!restore_directory(lost))
    what = "the current directory";
  if (mode_mask() != kept.mask) {
    umask(kept.mask);
    what = "the mode mask of new files";
  }
  if (!restore_mask())
    what = "the mask of blocked signals";
  if (!restore_handlers())
    what = "how a signal is handled";
  if (!restore_timer(ITIMER_REAL) || !restore_timer(ITIMER_VIRTUAL))
    what = "a timer";
  if (strcmp(setlocale(LC_ALL, NULL), "C") != 0) {
    setlocale(LC_ALL, "C");
    what = "the locale";
  }
  if (!restore_limits(lost))
    what = "a limit of the process";
  if (*lost)
    return what;
  const char *in_system = tb_system_state_restore(lost);
  return in_system ? in_system : what;
}

static int count_threads(void) {
  DIR *threads = opendir("/proc/self/task");
  int count = 0;
  for (const struct dirent *e; threads && (e = readdir(threads));)
    count += e->d_name[0] != '.';
  if (threads)
    closedir(threads);
  return count;
}

void tb_process_threads_keep(void) {
  kept.threads = count_threads() - tb_pool_threads();
}

int tb_process_threads_left(int lawful) {
  enum { PATIENCE = 200 }; /* milliseconds: who has joined a thread may see it for a moment */
  int left;
  for (int i = 0; (left = count_threads() - kept.threads - tb_pool_threads() - lawful) > 0 && i < PATIENCE; i++)
    poll(NULL, 0, 1);
  return left > 0 ? left : 0;
}
