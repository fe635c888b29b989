/* Guarded memory.
 *
 * SPDX-License-Identifier: MIT */
#include "arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page(void) {
  static size_t bytes;
  if (!bytes)
    bytes = (size_t)sysconf(_SC_PAGESIZE);
  return bytes;
}

void tb_buffer_init(tb_buffer *b, const char *name, int fd, int64_t offset, bool read_only) {
  memset(b, 0, sizeof *b);
  strncpy(b->name, name, sizeof b->name - 1);
  b->fd = fd;
  b->offset = offset;
  b->read_only = read_only;
}

void tb_buffer_call(tb_buffer *b, const char *name) {
  if (strcmp(b->name, name) != 0)
    strncpy(b->name, name, sizeof b->name - 1);
}

void tb_buffer_free(tb_buffer *b) {
  if (!b->window)
    return;
  if (b->read_only && b->writable)
    munmap(b->writable, b->capacity);
  munmap(b->window, b->capacity + 2 * page());
  b->window = b->writable = NULL;
  b->capacity = 0;
}

static void *map(void *at, size_t bytes, int protection, const tb_buffer *b) {
  int flags = (at ? MAP_FIXED : 0) | (b->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS) | MAP_NORESERVE;
  return mmap(at, bytes, protection, flags, b->fd, b->fd >= 0 ? b->offset : 0);
}

bool tb_buffer_reserve(tb_buffer *b, size_t bytes) {
  if (b->window && bytes <= b->capacity)
    return true;
  size_t capacity = page();
  while (capacity < bytes)
    if (__builtin_mul_overflow(capacity, (size_t)2, &capacity))
      return false;
  tb_buffer_free(b);
  unsigned char *window = mmap(NULL, capacity + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (window == MAP_FAILED)
    return false;
  void *pages = map(window + page(), capacity, b->read_only ? PROT_READ : PROT_READ | PROT_WRITE, b);
  void *writable = pages;
  if (pages != MAP_FAILED && b->read_only)
    writable = map(NULL, capacity, PROT_READ | PROT_WRITE, b);
  if (writable == MAP_FAILED && errno == EPERM) /* the file is sealed */
    writable = NULL;
  if (pages == MAP_FAILED || writable == MAP_FAILED) {
    munmap(window, capacity + 2 * page());
    return false;
  }
  b->window = window;
  b->writable = writable;
  b->capacity = capacity;
  return true;
}

size_t tb_buffer_place(const tb_buffer *b, size_t bytes, size_t alignment, tb_edge edge) {
  return edge == TB_START ? 0 : (b->capacity - bytes) & ~(alignment - 1);
}

void *tb_buffer_at(const tb_buffer *b, size_t offset) {
  return b->window + page() + offset;
}

void *tb_buffer_writable(const tb_buffer *b, size_t offset) {
  return b->writable + offset;
}

enum { MARGIN = 256 };

static unsigned char *byte(const tb_buffer *b, size_t offset) {
  return b->window + page() + offset;
}

unsigned char tb_poison_byte(size_t offset, uint16_t pattern) {
  return (unsigned char)(offset % 2 ? pattern >> 8 : pattern);
}

static size_t margin_begin(size_t offset) {
  return offset > MARGIN ? offset - MARGIN : 0;
}

static size_t margin_end(const tb_buffer *b, size_t end) {
  return b->capacity - end > MARGIN ? end + MARGIN : b->capacity;
}

void tb_buffer_poison(const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern) {
  const size_t begin = margin_begin(offset) & ~(size_t)1, end = margin_end(b, offset + bytes);
  uint16_t *const at = (uint16_t *)(void *)byte(b, begin);
  for (size_t i = 0; i < (end - begin) / sizeof *at; i++)
    at[i] = pattern;
  if ((end - begin) % sizeof *at)
    *byte(b, end - 1) = tb_poison_byte(end - 1, pattern);
}

/* Whether bytes from .. to - 1 hold the pattern: the first two, and each the one that is two before it. */
static bool holds(const tb_buffer *b, size_t from, size_t to, uint16_t pattern) {
  const size_t n = to - from;
  return (n < 1 || *byte(b, from) == tb_poison_byte(from, pattern)) &&
         (n < 2 || *byte(b, from + 1) == tb_poison_byte(from + 1, pattern)) &&
         (n < 3 || memcmp(byte(b, from), byte(b, from + 2), n - 2) == 0);
}

int64_t tb_buffer_margins(const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern) {
  const size_t end = margin_end(b, offset + bytes);
  if (holds(b, margin_begin(offset), offset, pattern) && holds(b, offset + bytes, end, pattern))
    return 0;
  for (size_t at = offset; at > margin_begin(offset); at--)
    if (*byte(b, at - 1) != tb_poison_byte(at - 1, pattern))
      return -(int64_t)(offset - at + 1);
  for (size_t at = offset + bytes; at < end; at++)
    if (*byte(b, at) != tb_poison_byte(at, pattern))
      return (int64_t)(at - offset - bytes + 1);
  return 0;
}

const char *tb_buffer_hit(const tb_buffer *b, const void *address) {
  const uintptr_t a = (uintptr_t)address, from = (uintptr_t)b->window;
  if (!b->window || a < from || a >= from + b->capacity + 2 * page())
    return NULL;
  if (a < from + page())
    return "before the beginning of";
  return a < from + page() + b->capacity ? "inside" : "past the end of";
}
