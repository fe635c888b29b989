/* Guarded memory: every buffer that a kernel sees ends at, or begins at, a page that cannot be touched.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ARENA_H
#define TB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The edge of a buffer's pages at which data lies. */
typedef enum tb_edge { TB_END, TB_START } tb_edge;

/* One guarded buffer: pages between two guards. Grows as needed and never shrinks, so that most cases cost no system call. */
typedef struct tb_buffer {
  char name[24];
  unsigned char *window;   /* the lower guard page; the pages follow it */
  unsigned char *writable; /* the suite's own mapping of the same pages, where the kernel may not write; else the pages. NULL:
                            * the memory file is sealed against writes */
  size_t capacity;         /* bytes of the pages */
  int fd;                  /* the memory file, or -1: private memory */
  int64_t offset;          /* of the pages in the memory file */
  bool read_only;          /* to the kernel */
} tb_buffer;

/* A buffer on a range of a memory file (fd >= 0), or on private memory. No memory is mapped yet. */
void tb_buffer_init(tb_buffer *buffer, const char *name, int fd, int64_t offset, bool read_only);

/* What the buffer is called from now on. */
void tb_buffer_call(tb_buffer *buffer, const char *name);

/* Makes room for bytes. False: there is no memory. What the buffer held is lost if it has to grow. */
bool tb_buffer_reserve(tb_buffer *buffer, size_t bytes);

void tb_buffer_free(tb_buffer *buffer);

/* Where `bytes` bytes lie in the pages, as an offset: flush at their end as closely as alignment (a power of two) allows, or
 * flush at their beginning. */
size_t tb_buffer_place(const tb_buffer *buffer, size_t bytes, size_t alignment, tb_edge edge);

/* The kernel's address of an offset, and the suite's. */
void *tb_buffer_at(const tb_buffer *buffer, size_t offset);
void *tb_buffer_writable(const tb_buffer *buffer, size_t offset);

/* Fills `bytes` bytes at offset, and a margin before and after them as far as the pages reach, with a pattern, whose low byte
 * stands at even offsets. */
void tb_buffer_poison(const tb_buffer *buffer, size_t offset, size_t bytes, uint16_t pattern);

/* The pattern's byte at an offset: the low one at even offsets. */
unsigned char tb_poison_byte(size_t offset, uint16_t pattern);

/* Whether the margins still hold it: 0, or how many bytes before offset (negative), or up to the end of how many bytes after
 * offset + bytes, the nearest changed byte lies. */
int64_t tb_buffer_margins(const tb_buffer *buffer, size_t offset, size_t bytes, uint16_t pattern);

/* Says of a faulting address what of the buffer it hit, in words, or NULL if it is none of the buffer's. Safe in a signal
 * handler. */
const char *tb_buffer_hit(const tb_buffer *buffer, const void *address);

#endif
