/* One of the two placements of a case: a plan and its buffers, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PLACEMENT_H
#define TB_PLACEMENT_H

#include "execute.h"

/* One plan, its problem, its set of buffers, and where everything lies in them. */
typedef struct tb_placement {
  tb_problem p;
  tb_kernel_view view; /* of p, for the kernel */
  tb_edge edge;
  uint16_t poison;
  tb_buffer *slot;  /* from TB_SLOT_INPUT and TB_SLOT_OUTPUT on */
  tb_buffer *apart; /* for strided outputs */
  tenbin_tensor input[TB_TENSORS];
  tenbin_tensor output[TB_TENSORS]; /* where the kernel writes: in its slot, or if it is strided, in apart */
  tb_buffer *written[TB_TENSORS];   /* the buffer of that, and its offset there */
  size_t offset[TB_TENSORS];
  void *dense[TB_TENSORS]; /* in the slot: the output in row-major order; NULL where it is absent */
  size_t kept[TB_TENSORS]; /* the offset of that */
  tenbin_plan *plan;
} tb_placement;

/* What the runs of a case share. */
typedef struct tb_run_context {
  tb_execution *e;
  const tenbin_kernel *kernel;
  const tb_allowance *allowance; /* of plan memory and workspace */
  tb_report *report;             /* its outcome is TB_PENDING until the case has ended */
  tb_outcome outcome;
  tb_worker_stage failed; /* the stage in which it did */
} tb_run_context;

/* Sets the outcome, unless something has gone wrong before: the first is the one to report. Returns false. */
__attribute__((format(printf, 3, 4))) bool tb_run_fail(tb_run_context *r, tb_outcome what, const char *format, ...);
bool tb_run_no_memory(tb_run_context *r);

/* Checks what a function of the kernel returned, and the state in which it left the processor. False: it failed, and that is
 * reported. */
bool tb_run_status(tb_run_context *r, tenbin_status status);

/* What has happened becomes the report's outcome. */
void tb_run_end(tb_run_context *r);

/* Whether a kernel may have so many bytes of workspace; else that is reported. */
bool tb_run_workspace(tb_run_context *r, size_t bytes);

/* Bytes that a tensor is aligned to: the kernel's alignment, and its elements' size. */
size_t tb_placement_alignment(const tb_run_context *r, const tenbin_desc *desc);

/* Sets the problem. False: the case is invalid. */
bool tb_placement_make(tb_placement *placement, const tb_case *c);

/* The inputs that prepare is given; the others are absent. */
void tb_placement_constants(const tb_placement *placement, tenbin_tensor constant[TB_TENSORS]);

bool tb_placement_prepare(tb_run_context *r, tb_placement *placement);
void tb_placement_release(tb_run_context *r, tb_placement *placement);

/* Runs the plan into these outputs. */
bool tb_placement_run(tb_run_context *r, const tb_placement *placement, const tenbin_tensor *output, const void *args,
                      tenbin_generator *generator);

/* Whether the margins of `bytes` bytes at `offset` of a buffer still hold the pattern; else that is reported. */
bool tb_margins_clean(tb_run_context *r, const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern);

/* Copies the elements of a strided output at `offset` of a buffer, which held the pattern before the run, to `dense`, and
 * restores the pattern. False: something between the elements has changed, which is reported. */
bool tb_run_gather(tb_run_context *r, const tb_buffer *b, size_t offset, const tenbin_desc *desc, uint16_t pattern,
                   void *dense);

/* The numbers of threads that a case of one thread is run with as well: the least ones; 4, from which on a scratch or a table
 * of fixed size may be too small; and 7, a prime, which is more than many cases have planes, rows or channels. A kernel has to
 * be right with more threads than there are processors, too. */
enum { TB_MORE_THREADS = 4 };
extern const int tb_more_threads[TB_MORE_THREADS];

/* Whether a case of one thread has left no thread behind; else that is reported. */
bool tb_run_threads_clean(tb_run_context *r);

/* Makes the problem again, for another number of threads. */
bool tb_placement_threads(tb_run_context *r, tb_placement *placement, int threads);

/* Calls attempt up to sixteen times: the first, the second, .. of its `allocations` calls of host.alloc fails. The kernel has
 * to return an error, and to free what it had allocated. attempt returns the kernel's status, and releases everything if that
 * is TENBIN_OK. */
void tb_run_inject_failures(tb_run_context *r, tb_placement *a, int64_t allocations,
                            tenbin_status (*attempt)(tb_run_context *r, tb_placement *a));

/* Runs a case of a function of its inputs, and a case of calls on a generator. b is the twin's placement. */
void tb_execute_tensors(tb_run_context *r, tb_placement *a, tb_placement *b, uint32_t checks);
void tb_execute_sequence(tb_run_context *r, tb_placement *a, tb_placement *b, uint32_t checks);

#endif
