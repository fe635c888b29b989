/* What the system keeps of a process.
 *
 * SPDX-License-Identifier: MIT */
#include "system_state.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What prctl tells, as its value or at an address, and sets. */
static const struct {
  int get, set;
  bool at_address;
  const char *what;
} attributes[] = {
    {PR_GET_PDEATHSIG, PR_SET_PDEATHSIG, true, "which signal it gets when tenbin has ended"},
    {PR_GET_CHILD_SUBREAPER, PR_SET_CHILD_SUBREAPER, true, "which process adopts its orphans"},
    {PR_GET_DUMPABLE, PR_SET_DUMPABLE, false, "who may look into the process"},
    {PR_GET_TIMERSLACK, PR_SET_TIMERSLACK, false, "how late its timers may be"},
    {PR_GET_THP_DISABLE, PR_SET_THP_DISABLE, false, "whether it has huge pages"},
};

/* Lines of /proc/self/status. Nothing but locked memory can be put back. The last that differs is named: who wants a filter of
 * system calls has to give up rights first. */
static const char rights[] = "the rights of the process", calls[] = "which system calls it may make";
static const struct {
  const char *name, *what;
} lines[] = {
    {"\nVmLck:", "which memory is locked"},
    {"\nUid:", rights},
    {"\nGid:", rights},
    {"\nGroups:", rights},
    {"\nCapPrm:", rights},
    {"\nCapEff:", rights},
    {"\nNoNewPrivs:", rights},
    {"\nSeccomp:", calls},
    {"\nSeccomp_filters:", calls},
};

enum { ATTRIBUTES = sizeof attributes / sizeof *attributes, LINES = sizeof lines / sizeof *lines };

/* How the calling thread is scheduled: where, and how often. */
struct schedule {
  uint32_t words[16];      /* the system's struct sched_attr, which C libraries have under several names */
  cpu_set_t processors[8]; /* of 8,192 */
};
enum { POLICY_AND_PRIORITY = 6 * sizeof(uint32_t) /* bytes of words; what follows is the system's to choose for most */ };

static struct {
  long attribute[ATTRIBUTES];
  int personality;
  struct schedule schedule;
  char timers[64], status[4096];
} kept;

static long ask_attribute(int i) {
  int value = 0;
  const long got = prctl(attributes[i].get, attributes[i].at_address ? (unsigned long)&value : 0, 0, 0, 0);
  return attributes[i].at_address && got == 0 ? value : got;
}

static void ask_schedule(struct schedule *out) {
  memset(out, 0, sizeof *out);
  syscall(SYS_sched_getattr, 0, out->words, sizeof out->words, 0);
  sched_getaffinity(0, sizeof out->processors, out->processors);
}

/* The beginning of a file; nothing where it cannot be read. */
static void read_file(const char *path, char *text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd >= 0 ? read(fd, text, size - 1) : 0;
  if (fd >= 0)
    close(fd);
  text[n > 0 ? n : 0] = 0;
}

static void ask_timers(char text[sizeof kept.timers]) {
  read_file("/proc/self/timers", text, sizeof kept.timers); /* not all systems have it */
}

/* With a page that is new: where memory is to be locked that will be mapped, it is. */
static void ask_status(char text[sizeof kept.status]) {
  enum { PAGE = 4096 };
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  read_file("/proc/self/status", text, sizeof kept.status);
  if (page != MAP_FAILED)
    munmap(page, PAGE);
}

void tb_system_state_keep(void) {
  for (int i = 0; i < ATTRIBUTES; i++)
    kept.attribute[i] = ask_attribute(i);
  kept.personality = personality(UINT32_MAX);
  ask_schedule(&kept.schedule);
  ask_timers(kept.timers);
  ask_status(kept.status);
}

static const char *restore_attributes(void) {
  const char *what = NULL;
  for (int i = 0; i < ATTRIBUTES; i++)
    if (ask_attribute(i) != kept.attribute[i]) {
      prctl(attributes[i].set, (unsigned long)kept.attribute[i], 0, 0, 0);
      what = attributes[i].what;
    }
  return what;
}

static bool restore_personality(void) {
  if (personality(UINT32_MAX) == kept.personality)
    return true;
  personality((unsigned long)kept.personality);
  return false;
}

static bool restore_schedule(void) {
  struct schedule now;
  ask_schedule(&now);
  const bool often = memcmp(now.words, kept.schedule.words, POLICY_AND_PRIORITY) == 0;
  const bool where = memcmp(now.processors, kept.schedule.processors, sizeof now.processors) == 0;
  if (!often)
    syscall(SYS_sched_setattr, 0, kept.schedule.words, 0);
  if (!where)
    sched_setaffinity(0, sizeof kept.schedule.processors, kept.schedule.processors);
  return often && where;
}

static bool same_line(const char *name, const char *a, const char *b) {
  a = strstr(a, name);
  b = strstr(b, name);
  if (!a || !b)
    return !a && !b;
  const size_t length = 1 + strcspn(a + 1, "\n");
  return strncmp(a, b, length + 1) == 0;
}

static const char *restore_status(void) {
  char now[sizeof kept.status];
  const char *what = NULL;
  ask_status(now);
  if (kept.status[0] && !now[0])
    return "whether it can open a file";
  for (int i = 0; i < LINES; i++)
    if (!same_line(lines[i].name, now, kept.status)) {
      if (i == 0)
        syscall(SYS_munlockall); /* sanitizers make nothing of the function */
      what = lines[i].what;
    }
  return what;
}

/* Puts back what can be, without a word where that fails. */
static const char *put_back(void) {
  char timers[sizeof kept.timers];
  const char *what = restore_attributes(), *in_status;
  if (!restore_personality())
    what = "the personality of the process";
  if (!restore_schedule())
    what = "how the system schedules it";
  ask_timers(timers);
  if (strcmp(timers, kept.timers) != 0)
    what = "a timer";
  in_status = restore_status();
  return in_status ? in_status : what;
}

const char *tb_system_state_restore(bool *lost) {
  const char *what = put_back();
  if (what && put_back()) /* it is still so */
    *lost = true;
  return what;
}
