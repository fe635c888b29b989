/* What a figure depends on and does not show: processor, operating system, compiler, the time.
 *
 * SPDX-License-Identifier: MIT */
#include "machine.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "GCC " __VERSION__
#endif

static bool read_cpu(char *out, size_t size) {
  FILE *f = fopen("/proc/cpuinfo", "r");
  char line[512];
  bool found = false;
  while (f && !found && fgets(line, sizeof line, f)) {
    const char *value = strchr(line, ':');
    if (!value || strncmp(line, "model name", 10) != 0)
      continue;
    line[strcspn(line, "\n")] = 0;
    snprintf(out, size, "%s", value + 1 + strspn(value + 1, " \t"));
    found = true;
  }
  if (f)
    fclose(f);
  return found;
}

void tb_machine_read(tb_machine *out) {
  struct utsname u;
  cpu_set_t set;
  const time_t now = time(NULL);
  struct tm utc;
  memset(out, 0, sizeof *out);
  const bool known = uname(&u) == 0;
  if (!read_cpu(out->cpu, sizeof out->cpu))
    snprintf(out->cpu, sizeof out->cpu, "%s", known ? u.machine : "unknown");
  snprintf(out->os, sizeof out->os, "%.70s %.70s", known ? u.sysname : "unknown", known ? u.release : "");
  snprintf(out->compiler, sizeof out->compiler, "%s", COMPILER);
  out->cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
  strftime(out->time, sizeof out->time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}
