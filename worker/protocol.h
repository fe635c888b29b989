/* What tenbin and tenbin-worker exchange.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROTOCOL_H
#define TB_PROTOCOL_H

#include "problem.h"
#include "registry.h"
#include "stage.h"

#include <stdint.h>
#include <xxhash.h>

/* The worker, `tenbin-worker [PLUGIN.so]`, loads its kernels (the built-in ones where no plugin is named), and sends a
 * tb_hello. Then it takes each tb_request, and sends a tb_reply. A request is to judge: the worker runs its records, which lie
 * in shared memory, in order. Or it is to time: the worker does what an order says, with the kernel and the case of one record,
 * which stay the same as long as it lives. Whatever ends it in the middle, its parent finds the records that were finished, and
 * in `current` the one that was not; a signal handler has written there what it knows.
 *
 * A kernel may write wherever the worker may. So the parent has texts, sizes and digests of its own, copies a report once, and
 * checks it before it is used (worker/collect.c). What only the worker can know it has to believe: faults, margins, what a
 * kernel's functions returned, whether a case that was run again had the same bits, and times that are no longer than what the
 * request took. */
enum {
  TB_FD_REQUEST = 3, /* the worker reads */
  TB_FD_REPORT = 4,  /* the worker writes */
  /* Memory files: */
  TB_FD_CONTROL = 5, /* the block of records, and times */
  TB_FD_INPUTS =
      6, /* the inputs, a range each. Where a kernel is timed, the parent has filled it and sealed it against writes */
  TB_FD_OUTPUTS = 7 /* the outputs, a range each, and the answers of a request */
};

/* Ranges of the files of inputs and outputs. There are two sets of tensors, a case's and its twin's, each with a placement of
 * its own: inputs, outputs, and then the twin's, which begin at TB_SLOT_START. A kernel is timed on the first set, at the
 * beginning of each range. Of a sequence, the first output has the numbers that are kept, and TB_SLOT_STATES the generator's
 * states. */
enum {
  TB_SLOT_INPUT = 0,
  TB_SLOT_OUTPUT = TB_TENSORS,
  TB_SLOT_STATES = 2 * TB_TENSORS - 1,
  TB_SLOT_START = 2 * TB_TENSORS,
  TB_SLOTS = 4 * TB_TENSORS
};
#define TB_SLOT_BYTES (INT64_C(1) << 38)

static inline bool tb_slot_is_output(int slot) {
  return slot % TB_SLOT_START >= TB_SLOT_OUTPUT;
}

/* After the ranges of the outputs lie the answers of a request, one after the other, for the parent to digest: of a function
 * all outputs of the case and then those of its twin, dense, each at a multiple of TB_ANSWER_STEP. The record that fills
 * TB_ANSWERS_FULL bytes ends the request, and so does a sequence, whose answer is in its slots. */
#define TB_ANSWERS_OFFSET (TB_SLOTS * TB_SLOT_BYTES)
#define TB_ANSWERS_FULL (INT64_C(1) << 24)
#define TB_ANSWER_STEP 64
#define TB_INPUTS_BYTES (TB_SLOTS * TB_SLOT_BYTES)
#define TB_OUTPUTS_BYTES (TB_ANSWERS_OFFSET + TB_SLOT_BYTES)

static inline int64_t tb_answer_room(int64_t bytes) {
  return (bytes + TB_ANSWER_STEP - 1) / TB_ANSWER_STEP * TB_ANSWER_STEP;
}

/* The most that a generator's state takes: PyTorch's largest has 5,056 bytes. */
#define TB_STATE_MOST (INT64_C(1) << 20)

/* What outputs hold before a run, again and again: in every floating-point format a NaN with a payload that no arithmetic
 * makes. */
#define TB_POISON_END 0xffc5u
#define TB_POISON_START 0x7fdau

typedef struct tb_hello {
  int32_t kernels; /* 0: it cannot be loaded, and message says why */
  char message[TB_REGISTRY_MESSAGE];
  char warning[TB_REGISTRY_MESSAGE]; /* what loading it did to the process; may be empty */
  tb_kernel_info kernel[TB_KERNELS_MAX];
} tb_hello;

typedef enum tb_outcome {
  TB_PENDING,       /* not run, or it ended the process without a word */
  TB_RAN,           /* all runs returned TENBIN_OK */
  TB_UNSUPPORTED,   /* why in detail */
  TB_ERROR,         /* a function of the kernel did what the interface forbids, or returned an error */
  TB_SIGNAL,        /* a fault at an address that belongs to no buffer */
  TB_GUARD,         /* a fault in a guard page, a write to an input, or a changed margin */
  TB_MISALIGNED,    /* a fault of an instruction that needs an aligned address */
  TB_TIME,          /* over the limit on processor time, or on the clock */
  TB_EXITED,        /* the process ended */
  TB_NO_MEMORY,     /* the suite has none for the case, whatever the kernel is */
  TB_ENDED_OUTSIDE, /* something else than the kernel has ended the process */
  TB_FAULT          /* tenbin asked for what is no case; the kernel has not seen it */
} tb_outcome;

/* What is written for each case comes first: parent and worker run on two cores, and each line of memory that one writes and
 * the other reads costs as much as the smallest cases do. */
typedef struct tb_report {
  int32_t outcome;                            /* enum tb_outcome */
  int32_t claim;                              /* enum tenbin_claim */
  int32_t again_differs;                      /* the case run again has other bits; they are where the twin's were */
  int32_t handed_differs;                     /* likewise, when the generator is cloned, saved and restored between the calls */
  int32_t threads_differ;                     /* 0, or with how many threads it has other bits; likewise */
  int32_t threads_nan;                        /* these hold a NaN where the first answer has none */
  int32_t ended;                              /* the worker ends in this record: its signal handler says so */
  int64_t answer;                             /* of a function: where its answers begin, bytes from TB_ANSWERS_OFFSET */
  int64_t end[TB_TENSORS], start[TB_TENSORS]; /* where each output lies in its two ranges, bytes from the range's beginning */
  XXH128_hash_t again; /* of the bits that a function had when it was run again, if they are others; else 0. Of a sequence:
                        * of the numbers that were drawn again, if they were */
  int64_t leaked, leaked_bytes; /* host memory that release did not free */
  int64_t left_processes;       /* that the kernel has started, and that were alive after the case */
  int64_t run_allocations;      /* calls of host.alloc during run */
  int64_t state_bytes;          /* of a sequence: of one state of the generator; in TB_SLOT_STATES lies one after each item */
  /* Of a case that did not run, and of one that did empty: */
  char stage[40]; /* tb_stage_name */
  char detail[240];
  /* The parent's own, of a case that ran: */
  int64_t bytes[TB_TENSORS]; /* of each output; 0 where it is absent */
  XXH128_hash_t digest[2]; /* of the case's answer and of its twin's: tb_digest_answer. Of a sequence: of its numbers; and 0 */
  XXH128_hash_t states;    /* tb_digest_digests of the states' digests */
  int32_t all_zero;        /* every element of every output is zero */
} tb_report;

/* Whether a kernel has left something behind. */
static inline bool tb_report_left(const tb_report *r) {
  return r->leaked || r->left_processes;
}

/* One case of a block. */
typedef struct tb_record {
  tb_report report;
  char text[TB_TEXT_MAX]; /* the canonical descriptor */
} tb_record;

#define TB_BLOCK_MAX 1024

typedef struct tb_block {
  _Atomic int32_t current; /* the record that is being run */
  volatile int32_t stage;  /* enum tb_worker_stage: where it is */
  tb_record record[TB_BLOCK_MAX];
} tb_block;

/* What a worker that times is to do. The first order has to be TB_STEP_PREPARE. */
typedef enum tb_step {
  TB_STEP_NONE,
  TB_STEP_PREPARE, /* ask supports, and prepare a few times; the last plan stays. Times: of each */
  TB_STEP_WARM_UP, /* run until the time of a run is known. Times: of the shortest, and of that with its eviction */
  TB_STEP_RUN,     /* run `runs` times. Times: of all; of single calls, of each */
  TB_STEP_RELEASE  /* release the plan, and close the generator. Times: none */
} tb_step;

typedef struct tb_order {
  int32_t step;         /* enum tb_step */
  int32_t single;       /* the clock is read before and after each call */
  int32_t cold;         /* likewise, and the call's memory is evicted before */
  int32_t with_prepare; /* a call is prepare, run and release */
  int32_t warm;         /* one call before the first, not timed */
  int32_t runs;         /* at most TB_CALLS_MOST single calls */
  double limit;         /* seconds of processor time */
} tb_order;

#define TB_CALLS_MOST 100000
#define TB_PREPARES_MOST 9

/* In the control file, seconds. */
typedef struct tb_times {
  int32_t count;
  double seconds[TB_CALLS_MOST];
} tb_times;

#define TB_TIMES_OFFSET (INT64_C(1) << 24)
#define TB_CONTROL_BYTES (TB_TIMES_OFFSET + (int64_t)sizeof(tb_times))
_Static_assert(sizeof(tb_block) <= TB_TIMES_OFFSET, "the block of records ends before the times");

#define TB_CHECK_INPUT 1u       /* run a new plan on other input first */
#define TB_CHECK_THREADS 2u     /* run with 2, 3, 4 and 7 threads as well */
#define TB_CHECK_ALLOCATIONS 4u /* prepare with each of its allocations failing in turn */
#define TB_RUN_SECOND 8u        /* none of these; the case and its twin change their turns and their ends */

typedef struct tb_request {
  char kernel[TB_KERNEL_NAME];
  int32_t from, to; /* records */
  uint32_t checks;  /* TB_CHECK_... */
  uint32_t serial;  /* the client's */
  tb_order order;   /* TB_STEP_NONE: to judge; else of one record */
} tb_request;

typedef struct tb_reply {
  uint32_t serial; /* of the request */
  int32_t done;    /* the record after the last that was run; the request's first: ask for them one by one */
} tb_reply;

/* Of plan memory and workspace that a kernel may have at once. */
#define TB_PLAN_MOST ((size_t)4 << 30)

/* That a kernel has started and that are alive, where a request takes so long that somebody looks. */
#define TB_PROCESSES_MOST 64

/* To a file, and so to standard output. */
#define TB_WRITTEN_MOST (64 << 20)

#define TB_RUNS 10 /* of a case that is judged, at most: its own, its twin's, again, with other input, with more threads */

#ifndef TB_LIMITS
#define TB_LIMITS 1
#endif

/* Limits of one record, in seconds: processor time of at most 50 ns a multiply-add and run (a scatter in plain C under the
 * address sanitizer needs 10), 250 ns a number of normal, and what preparing and judging cost, all of it times TB_LIMITS, which
 * the build with the thread sanitizer sets; the clock allows for a loaded machine, and for kernels that sleep. work:
 * tb_case_work. */
static inline double tb_cpu_limit(int64_t work, int64_t runs) {
  return TB_LIMITS * (3 + (double)runs * 50e-9 * (double)work);
}

static inline double tb_clock_limit(double cpu) {
  return 8 + 5 * (cpu - 2);
}

static inline double tb_request_limit(const tb_request *request, int64_t work) {
  return request->order.step == TB_STEP_NONE ? tb_cpu_limit(work, TB_RUNS) : request->order.limit;
}

#endif
