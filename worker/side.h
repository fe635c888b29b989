/* A case's plan and its buffers, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SIDE_H
#define TB_SIDE_H

#include "execute.h"

/* One plan of a case: its problem, its set of buffers, and where everything lies in them. */
typedef struct tb_side {
  tb_problem p;
  tb_kernel_view view; /* of p, for the kernel */
  tb_placement place;
  uint16_t poison;
  tb_buffer *slot;  /* from TB_SLOT_INPUT and TB_SLOT_OUTPUT on */
  tb_buffer *apart; /* for strided outputs */
  tenbin_tensor input[TB_TENSORS];
  tenbin_tensor output[TB_TENSORS]; /* where the kernel writes: into its slot, or where it is strided apart from it */
  tb_buffer *written[TB_TENSORS];   /* the buffer of that, and the offset there */
  size_t offset[TB_TENSORS];
  void *dense[TB_TENSORS]; /* in the slot: the output in row-major order; NULL where it is absent */
  size_t kept[TB_TENSORS]; /* the offset of that */
  tenbin_plan *plan;
} tb_side;

typedef struct tb_running {
  tb_execution *e;
  const tenbin_kernel *kernel;
  tb_report *report;
} tb_running;

/* Sets the outcome, unless something has gone wrong before: the first is the one to report. Returns false. */
__attribute__((format(printf, 3, 4))) bool tb_running_fail(tb_running *r, tb_outcome what, const char *format, ...);
bool tb_running_no_memory(tb_running *r);

/* What a function of the kernel returned, and in what state it left the processor. False: it failed, and that is reported. */
bool tb_running_status(tb_running *r, tenbin_status status);

/* Bytes that a tensor is aligned to: the kernel's alignment, and its elements' size. */
size_t tb_side_alignment(const tb_running *r, const tenbin_desc *desc);

/* Sets the problem of a side. False: it is none. */
bool tb_side_make(tb_side *s, const tb_case *c);

/* The inputs that prepare is given; the others are absent. */
void tb_side_constants(const tb_side *s, tenbin_tensor constant[TB_TENSORS]);

bool tb_side_prepare(tb_running *r, tb_side *s);
void tb_side_release(tb_running *r, tb_side *s);

/* One run of a side's plan into these outputs. */
bool tb_side_run(tb_running *r, const tb_side *s, const tenbin_tensor *output, const void *args, tenbin_generator *generator);

/* Whether what surrounds `bytes` bytes at `offset` of a buffer still holds the pattern; else that is reported. */
bool tb_margins_clean(tb_running *r, const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern);

/* Copies the elements of a strided output at `offset` of a buffer, which held the pattern before the run, to `dense`, and makes
 * all of it the pattern again. False: something between the elements has changed, which is reported. */
bool tb_running_gather(tb_running *r, const tb_buffer *b, size_t offset, const tenbin_desc *desc, uint16_t pattern,
                       void *dense);

/* The problem of a side anew, for another number of threads. */
bool tb_side_threads(tb_running *r, tb_side *s, int threads);

/* Calls attempt with the first, second, .. of its `allocations` calls of host.alloc failing, up to the sixteenth: what it calls
 * has to say so, and to leave nothing behind. attempt returns what failed, or TENBIN_OK with everything released. */
void tb_running_starve(tb_running *r, tb_side *a, int64_t allocations, tenbin_status (*attempt)(tb_running *r, tb_side *a));

/* A function of its inputs, and calls on a generator. b is the twin's side. */
void tb_execute_tensors(tb_running *r, tb_side *a, tb_side *b, uint32_t checks);
void tb_execute_sequence(tb_running *r, tb_side *a, tb_side *b, uint32_t checks);

#endif
