/* The caches of the first processor that this process may use: the others are taken to be like it.
 *
 * SPDX-License-Identifier: MIT */
#include "caches.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int first_processor(const cpu_set_t *set) {
  int i = 0;
  while (i + 1 < CPU_SETSIZE && !CPU_ISSET((size_t)i, set))
    i++;
  return i;
}

/* One line of a file of a cache. */
static bool read_line(int processor, int index, const char *name, char *out, int size) {
  char path[120];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cache/index%d/%s", processor, index, name);
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  const bool read = fgets(out, size, f) != NULL;
  fclose(f);
  return read;
}

/* How many of `set` are in a list such as "0-3,8". */
static int count_shared(const char *list, const cpu_set_t *set) {
  int count = 0;
  while (*list >= '0' && *list <= '9') {
    char *end;
    const long first = strtol(list, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : first;
    for (long i = first; i <= last && i < CPU_SETSIZE; i++)
      count += CPU_ISSET((size_t)i, set) != 0;
    list = end + (*end == ',');
  }
  return count > 0 ? count : 1;
}

/* "32768K" */
static size_t read_bytes(const char *text) {
  char *end;
  const unsigned long long n = strtoull(text, &end, 10);
  return (size_t)n << (*end == 'K' ? 10 : *end == 'M' ? 20 : 0);
}

static bool from_sysfs(tb_caches *out) {
  cpu_set_t set;
  char line[256];
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return false;
  const int processor = first_processor(&set);
  for (int index = 0; read_line(processor, index, "level", line, sizeof line); index++) {
    const int level = atoi(line) - 1;
    if (level < 0 || level >= TB_CACHES_MAX || !read_line(processor, index, "type", line, sizeof line) ||
        strncmp(line, "Instruction", 11) == 0 || !read_line(processor, index, "size", line, sizeof line))
      continue;
    out->level[level].bytes = read_bytes(line);
    out->level[level].sharers =
        read_line(processor, index, "shared_cpu_list", line, sizeof line) ? count_shared(line, &set) : 1;
  }
  out->source = "sysfs";
  return out->level[0].bytes > 0;
}

static bool from_sysconf(int cores, tb_caches *out) {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  static const int name[TB_CACHES_MAX] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE,
                                          _SC_LEVEL4_CACHE_SIZE};
  for (int i = 0; i < TB_CACHES_MAX; i++) {
    const long bytes = sysconf(name[i]);
    out->level[i].bytes = bytes > 0 ? (size_t)bytes : 0;
    out->level[i].sharers = i < 2 ? 1 : cores;
  }
#else
  (void)cores;
#endif
  out->source = "sysconf";
  return out->level[0].bytes > 0;
}

void tb_caches_read(int cores, tb_caches *out) {
  *out = (tb_caches){0};
  if (!from_sysfs(out) && !from_sysconf(cores, out))
    *out = (tb_caches){.level = {{(size_t)32 << 10, 1}, {(size_t)512 << 10, 1}, {(size_t)16 << 20, cores}},
                       .source = "assumed: the system does not say"};
  while (out->levels < TB_CACHES_MAX && out->level[out->levels].bytes > 0)
    out->levels++;
}

size_t tb_caches_capacity(const tb_caches *caches, int level, int threads, int cores) {
  const int sharers = caches->level[level].sharers, caches_there = (cores + sharers - 1) / sharers;
  return caches->level[level].bytes * (size_t)(threads < caches_there ? threads : caches_there);
}
