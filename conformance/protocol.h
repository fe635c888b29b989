/* What tenbin and tenbin-worker say to each other.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROTOCOL_H
#define TB_PROTOCOL_H

#include "descriptor.h"

#include <stdint.h>

/* The worker, `tenbin-worker [PLUGIN.so]`, loads its kernels (the built-in ones where no plugin is named), and sends a
 * tb_hello. Then it answers each tb_request with a tb_report. Whatever ends it in the middle of a request, its parent sees the
 * end of the pipe, or a report that a signal handler has written. */
enum {
  TB_FD_REQUEST = 3, /* the worker reads */
  TB_FD_REPORT = 4, /* the worker writes */
  TB_FD_SHARED = 5 /* a memory file: the tensors of a case, one range each */
};

/* The memory file's ranges: inputs by role, and the outputs of the two placements. */
enum { TB_SLOT_X = 0, TB_SLOT_W = 1, TB_SLOT_B = 2, TB_SLOT_Y_END = 3, TB_SLOT_Y_START = 4, TB_SLOTS = 5 };
#define TB_SLOT_BYTES (INT64_C(1) << 38)

/* What outputs hold before a run: NaNs with a payload that no arithmetic makes. */
#define TB_POISON_END 0xffc5a5a5u
#define TB_POISON_START 0x7fda3c3cu

#define TB_KERNELS_MAX 64

typedef struct tb_kernel_info {
  char name[64], op[32], summary[160], library[120];
} tb_kernel_info;

typedef struct tb_hello {
  int32_t kernels; /* 0: it cannot be loaded, and message says why */
  char name[64], version[32];
  char message[512];
  char warning[512]; /* what loading it did to the process; may be empty */
  tb_kernel_info kernel[TB_KERNELS_MAX];
} tb_hello;

typedef struct tb_request {
  char kernel[64];
  char text[TB_TEXT_MAX]; /* the canonical descriptor */
  double cpu_seconds; /* the limit on processor time */
} tb_request;

typedef enum tb_outcome {
  TB_RAN, /* all runs returned TENBIN_OK: the outputs are in the memory file */
  TB_UNSUPPORTED, /* why in detail */
  TB_ERROR, /* a function of the kernel returned an error */
  TB_SIGNAL, /* a fault at an address that belongs to no buffer */
  TB_GUARD, /* a fault in a guard page, or a write to an input */
  TB_MISALIGNED, /* a fault of an instruction that needs an aligned address */
  TB_TIME, /* over the limit on processor time, or on the clock */
  TB_EXITED /* the process ended without a report */
} tb_outcome;

typedef struct tb_report {
  int32_t outcome; /* enum tb_outcome */
  int32_t claim; /* enum tenbin_claim */
  char stage[16]; /* supports, prepare, run, release */
  char detail[320];
  /* Where y lies in its two ranges of the memory file, bytes from the beginning of the range. */
  int64_t y_end, y_start, y_bytes;
  int64_t leaked, leaked_bytes; /* host memory not freed by release */
  int64_t run_allocations; /* calls of host.alloc during run */
  int64_t plan_bytes, workspace_bytes;
} tb_report;

#endif
