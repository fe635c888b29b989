/* A walk over the heap.
 *
 * The GNU C library's malloc lays blocks one after the other, from the beginning of the heap to the program's break. The word
 * before a block's memory is its length in bytes, a multiple of 16, with flags in the lowest three bits: of these, a block of
 * the heap may have only the first. ("MALLOC INTERNALS", glibc's wiki.) Where another has moved the break, a block of 16 bytes
 * ends what can be walked.
 *
 * SPDX-License-Identifier: MIT */
#include "heap.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uintptr_t beginning; /* 0: not known */

static uintptr_t find(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512];
  uintptr_t from = 0;
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, "[heap]") && sscanf(line, "%" SCNxPTR "-", &from) == 1)
      break;
  if (maps)
    fclose(maps);
  return from;
}

/* At most one block is longer than what is left: that is broken. */
__attribute__((no_sanitize("address"))) static bool walk(void) {
  enum { FLAGS = 7, IN_USE_BEFORE = 1, STEP = 16, LEAST = 32 };
  const char *const end = sbrk(0), *at = end - ((uintptr_t)end - beginning);
  while (end - at >= LEAST) {
    const uintptr_t word = ((const volatile uintptr_t *)(const void *)at)[1], length = word & ~(uintptr_t)FLAGS;
    if (length == STEP)
      return true;
    if (length < LEAST || length % STEP || length > (uintptr_t)(end - at) || (word & FLAGS & ~(uintptr_t)IN_USE_BEFORE))
      return false;
    at += length;
  }
  return at == end;
}

void tb_heap_keep(void) {
  beginning = sizeof(uintptr_t) == 8 ? find() : 0;
  if (beginning && !walk())
    beginning = 0;
}

bool tb_heap_is_whole(void) {
  return !beginning || walk();
}
