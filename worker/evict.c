/* Eviction: by the line on x86-64, elsewhere by reading more than the caches hold.
 *
 * SPDX-License-Identifier: MIT */
#include "evict.h"

#include <stdint.h>

#define LINE ((uintptr_t)64)

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>

/* Leaf 7, EBX bit 23. Its flushes need not wait for each other, those of clflush do. */
static bool has_clflushopt(void) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 23 & 1;
}

__attribute__((target("clflushopt"))) static void flush_many(char *from, const char *to) {
  for (; from < to; from += LINE)
    _mm_clflushopt(from);
}

static void flush(const char *from, const char *to) {
  for (; from < to; from += LINE)
    _mm_clflush(from);
}

void tb_evict(const void *memory, size_t bytes) {
  static int many = -1;
  char *from = (char *)memory - (uintptr_t)memory % LINE;
  const char *to = (const char *)memory + bytes;
  if (many < 0)
    many = has_clflushopt();
  if (many)
    flush_many(from, to);
  else
    flush(from, to);
}

void tb_evict_end(void) {
  _mm_mfence();
}

const char *tb_evict_name(void) {
  return has_clflushopt() ? "clflushopt" : "clflush";
}

#else

#include <stdlib.h>
#include <string.h>

/* More than the last cache of most machines. */
#define WALK ((size_t)128 << 20)

void tb_evict(const void *memory, size_t bytes) {
  (void)memory;
  (void)bytes;
}

void tb_evict_end(void) {
  static volatile char *walk;
  if (!walk) {
    walk = malloc(WALK);
    if (!walk)
      abort();
    memset((char *)walk, 1, WALK);
  }
  for (size_t i = 0; i < WALK; i += LINE)
    walk[i] = (char)(walk[i] + 1);
}

const char *tb_evict_name(void) {
  return "a walk over 128 MB";
}

#endif
