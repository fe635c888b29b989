/* What a kernel can do to memory that is not its own: the process's mappings, the memory file that worker and parent share, and
 * the block of records in it, worker/protocol.h. Where a process has none of these, nothing happens.
 *
 * SPDX-License-Identifier: MIT */
#include "hostile.h"

#include "protocol.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPINGS_MAX = 500 };
#define TWO_60 (INT64_C(1) << 60)
#define LARGEST ((size_t)64 << 20) /* of what is overwritten */

struct mapping {
  char *from;
  size_t bytes;
  bool own, stack, memory_file, block, writable;
};

/* Where the linker puts this plugin. */
__attribute__((visibility("hidden"))) extern char __ehdr_start[], _end[];

/* The mappings of this process, from /proc/self/maps: FROM-TO PERMISSIONS OFFSET DEVICE INODE PATH. */
static int read_mappings(struct mapping mapping[MAPPINGS_MAX]) {
  char line[600], access[8], path[400];
  int count = 0;
  FILE *f = fopen("/proc/self/maps", "r");
  while (f && count < MAPPINGS_MAX && fgets(line, sizeof line, f)) {
    unsigned long from, to, offset;
    *path = 0;
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %399[^\n]", &from, &to, access, &offset, path) < 4)
      continue;
    struct mapping *m = &mapping[count++];
    *m = (struct mapping){.from = (char *)from, .bytes = to - from, .writable = access[1] == 'w'};
    m->own = m->from < _end && m->from + m->bytes > __ehdr_start;
    m->stack = strcmp(path, "[stack]") == 0;
    m->memory_file = strncmp(path, "/memfd:tenbin-", 14) == 0;
    m->block = strncmp(path, "/memfd:tenbin-control", 21) == 0 && offset == 0;
  }
  if (f)
    fclose(f);
  return count;
}

void hostile_unmap(void) {
  struct mapping mapping[MAPPINGS_MAX];
  const int count = read_mappings(mapping);
  for (int i = 0; i < count; i++)
    if (!mapping[i].own && !mapping[i].stack)
      munmap(mapping[i].from, mapping[i].bytes);
}

void hostile_protect(void) {
  struct mapping mapping[MAPPINGS_MAX];
  const int count = read_mappings(mapping);
  for (int i = 0; i < count; i++)
    if (mapping[i].memory_file)
      mprotect(mapping[i].from, mapping[i].bytes, PROT_NONE);
}

/* All memory files of tenbin's that this process has open. */
static void resize(off_t bytes) {
  char link[40], path[40] = "";
  for (int fd = 0; fd < 1024; fd++) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) > 0 && strncmp(path, "/memfd:tenbin", 13) == 0)
      (void)!ftruncate(fd, bytes);
  }
}

void hostile_truncate(void) {
  resize(0);
}

void hostile_extend(void) {
  resize(TWO_60);
}

/* The mapping of the block. NULL: there is none. */
static tb_block *find_block(void) {
  struct mapping mapping[MAPPINGS_MAX];
  const int count = read_mappings(mapping);
  for (int i = 0; i < count; i++)
    if (mapping[i].block && mapping[i].writable)
      return (tb_block *)(void *)mapping[i].from;
  return NULL;
}

/* Tensors, answers and times: all of the memory files but the block. */
void hostile_overwrite(void) {
  struct mapping mapping[MAPPINGS_MAX];
  const int count = read_mappings(mapping);
  for (int i = 0; i < count; i++)
    if (mapping[i].memory_file && mapping[i].writable && !mapping[i].block && mapping[i].bytes <= LARGEST)
      memset(mapping[i].from, 0x11, mapping[i].bytes);
}

/* The parent looks five times a second. */
void hostile_current_range(void) {
  tb_block *block = find_block();
  if (block)
    block->current = 1 << 30;
  usleep(700000);
}

void hostile_current_other(void) {
  tb_block *block = find_block();
  if (block)
    block->current = block->current + 1;
  _exit(7);
}

/* The request that runs, in the worker's own memory. NULL: there is none. */
static const tb_request *find_request(const tb_block *block) {
  static const char name[] = "hostile_";
  struct mapping mapping[MAPPINGS_MAX];
  const int count = read_mappings(mapping);
  for (int i = 0; i < count; i++) {
    const struct mapping *m = &mapping[i];
    const char *end = m->from + m->bytes;
    if (m->own || m->stack || m->memory_file || !m->writable || m->bytes > LARGEST)
      continue;
    for (const char *at = m->from; (at = memmem(at, (size_t)(end - at), name, sizeof name - 1)); at++) {
      const tb_request *request = (const void *)at;
      if ((size_t)(end - at) >= sizeof *request && (uintptr_t)at % _Alignof(tb_request) == 0 && request->from >= 0 &&
          request->from <= block->current && block->current < request->to && request->to <= TB_BLOCK_MAX)
        return request;
    }
  }
  return NULL;
}

/* What a worker says when it has run all records of a request. */
void hostile_done(void) {
  const tb_block *block = find_block();
  const tb_request *request = block ? find_request(block) : NULL;
  const tb_reply reply = {request ? request->serial : 1, request ? request->to : 1};
  (void)!write(TB_FD_REPORT, &reply, sizeof reply);
}

static void each_record(void (*change)(tb_record *record)) {
  tb_block *block = find_block();
  for (int i = 0; block && i < TB_BLOCK_MAX; i++)
    change(&block->record[i]);
}

static void change_outcome(tb_record *record) {
  record->report.outcome = 1 << 20;
  record->report.claim = -(1 << 20);
}

static void change_unsupported(tb_record *record) {
  record->report.outcome = TB_UNSUPPORTED;
}

static void change_stage(tb_record *record) {
  memset(record->report.stage, '%', sizeof record->report.stage);
  memset(record->report.detail, '\n', sizeof record->report.detail);
}

static void change_text(tb_record *record) {
  memset(record->text, 'A', sizeof record->text);
}

/* What a report has before its texts: flags, counts, places and digests. */
enum { NUMBERS = offsetof(tb_report, again_differs), END = offsetof(tb_report, stage) };

static void change_digests(tb_record *record) {
  memset((char *)&record->report + NUMBERS, 0xa5, END - NUMBERS);
}

static void change_sizes(tb_record *record) {
  for (size_t at = (NUMBERS + 7) / 8 * 8; at + 8 <= END; at += 8)
    memcpy((char *)&record->report + at, &(int64_t){TWO_60}, 8);
}

static void change_flags(tb_record *record) {
  for (size_t at = (NUMBERS + 3) / 4 * 4; at + 4 <= END; at += 4)
    memcpy((char *)&record->report + at, &(int32_t){1}, 4);
}

void hostile_outcome(void) {
  each_record(change_outcome);
}

void hostile_unsupported(void) {
  each_record(change_unsupported);
}

void hostile_stage(void) {
  each_record(change_stage);
}

void hostile_texts(void) {
  each_record(change_text);
}

void hostile_digests(void) {
  each_record(change_digests);
}

void hostile_sizes(void) {
  each_record(change_sizes);
}

void hostile_flags(void) {
  each_record(change_flags);
}
