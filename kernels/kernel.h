/* tenbin: the interface a kernel fills in. The only header a plugin needs; it includes nothing of tenbin's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TENBIN_KERNEL_H
#define TENBIN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel is one table of functions, tenbin_kernel, for one operator. The life of a problem:
 *
 *     supports -> prepare -> workspace -> run, run, run ... -> release
 *
 * tenbin, the host, owns all data, memory and threads: it places and guards them, counts them, and makes
 * allocations fail.
 *
 * Memory      Tensors and workspace belong to the host. They are aligned to tenbin_kernel.alignment, tensors also to their
 *             elements' size, and no further, and lie as close to an inaccessible page as that allows. Inputs are read-only.
 *             Outputs and workspace arrive with arbitrary content; run writes every element of every wanted output and nothing
 *             else, between the elements of a strided one neither. Plan memory comes from tenbin_host.alloc, may be used from
 *             prepare to release, and is freed by release.
 * Constants   Inputs marked constant are given to prepare, are the same at every run, and stay alive and unchanged until
 *             release: keep the pointer, or pack a copy.
 * Threads     run uses at most tenbin_problem.threads, the caller's included, by tenbin_host.parallel. A library that
 *             insists on threads of its own is given that number. Two plans are independent: their functions may be called
 *             from different threads. One plan runs once at a time unless the kernel is TENBIN_REENTRANT.
 * Arithmetic  run is entered and left in the default floating-point environment: round to nearest, subnormals kept.
 * Standards   No exit, no signal handlers, no closed streams. Printing is harmless: it is kept and quoted on a failure.
 * Growth      tenbin_desc, tenbin_tensor and the enumerators' values are frozen. Every other struct begins with its size as
 *             its writer knew it, and grows only at its end: a reader takes what lies beyond as zero. */
#define TENBIN_ABI 1

typedef enum tenbin_status {
  TENBIN_OK = 0,
  TENBIN_OUT_OF_MEMORY = 1, /* tenbin_host.alloc gave NULL */
  TENBIN_UNSUPPORTED = 2,   /* refused after all */
  TENBIN_FAILED = 3         /* anything else, such as a library's error */
} tenbin_status;

typedef enum tenbin_dtype {
  TENBIN_NONE = 0, /* an absent tensor */
  TENBIN_F32 = 1,
  TENBIN_F64 = 2,
  TENBIN_F16 = 3,
  TENBIN_BF16 = 4,
  TENBIN_S8 = 5,
  TENBIN_U8 = 6,
  TENBIN_S32 = 7,
  TENBIN_S64 = 8
} tenbin_dtype;

#define TENBIN_RANK_MAX 6

/* Shape and layout. Sizes and strides stand in PyTorch's order of dimensions (N, C, H, W) and count elements, so that NHWC, a
 * pitch between rows and unbatched (rank 3) are sizes and strides, not modes. A size of 0 makes an empty tensor. */
typedef struct tenbin_desc {
  int32_t dtype; /* enum tenbin_dtype; TENBIN_NONE: absent, such as no bias */
  int32_t rank;
  int64_t size[TENBIN_RANK_MAX];
  int64_t stride[TENBIN_RANK_MAX];
} tenbin_desc;

typedef struct tenbin_tensor {
  tenbin_desc desc;
  void *data; /* element (0, 0, ...); NULL if and only if absent */
} tenbin_tensor;

/* Operators, the fixed roles of their tensors, their attributes (tenbin_problem.attr) and arguments (tenbin_call.args):
 *
 *   op                 inputs                               outputs   attr            args
 *   conv_transpose2d   x, weight (C_in, C_out/g, kH, kW),   y         tenbin_conv2d   none
 *                      bias or absent
 *   normal             none                                 y         tenbin_normal   tenbin_normal_args
 *   max_pool2d         x                                    y,        tenbin_pool2d   none
 *                                                           indices
 *
 * indices is s64, of y's shape, and counts within a plane of x: row * width + column. An output that is not wanted is absent.
 *
 * Only valid problems arrive: shapes agree by PyTorch's rules, output sizes are given, products fit 64 bits. */
enum { TENBIN_X = 0, TENBIN_WEIGHT = 1, TENBIN_BIAS = 2 };
enum { TENBIN_Y = 0, TENBIN_INDICES = 1 };

typedef struct tenbin_conv2d { /* index 0 is height, 1 is width; kernel_size is in the weight's desc */
  size_t struct_size;
  int64_t stride[2], padding[2], output_padding[2], dilation[2];
  int64_t groups;
} tenbin_conv2d;

/* A window of y's row q holds the rows q*stride - padding + k*dilation of x, k = 0 .. kernel_size - 1, that x has; of columns
 * likewise. ceil_mode is in y's desc already. */
typedef struct tenbin_pool2d { /* index 0 is height, 1 is width */
  size_t struct_size;
  int64_t kernel_size[2], stride[2], padding[2], dilation[2];
  int32_t ceil_mode; /* 0 or 1 */
} tenbin_pool2d;

/* The random streams of PyTorch 2.13.0:
 *   torch-cpu-avx2     what it draws on every x86-64 processor with AVX2, those with AVX-512 included
 *   torch-cpu-default  what it draws elsewhere, and with ATEN_CPU_CAPABILITY=default
 *   torch-cuda:M       what it draws on a GPU of M multiprocessors of 2048 threads; torch-cuda:MxT of T threads
 * and `any`: independent normal numbers, determined by the seed. */
typedef struct tenbin_normal {
  size_t struct_size;
  const char *stream;
} tenbin_normal;

typedef struct tenbin_normal_args {
  size_t struct_size;
  double mean, std; /* std >= 0 */
} tenbin_normal_args;

/* What tenbin_problem.allow may hold: arithmetic less exact than the dtype's own. */
#define TENBIN_ALLOW_TF32 1u
#define TENBIN_ALLOW_BF16 2u
#define TENBIN_ALLOW_F16 4u

/* Alive from supports to release. */
typedef struct tenbin_problem {
  size_t struct_size;
  const char *op;
  const char *text; /* the canonical descriptor, one line: enough to rebuild everything else */
  const void *attr;
  int32_t inputs, outputs;
  const tenbin_desc *input;  /* [inputs] */
  const tenbin_desc *output; /* [outputs]; for normal, of rank 1, with as many elements as the largest call will ask for */
  uint32_t constant;         /* bit i: input i is constant */
  uint32_t wanted;           /* bit i: output i is wanted */
  uint32_t allow;            /* TENBIN_ALLOW_...; 0: the dtype's own arithmetic */
  int32_t threads;           /* at least 1 */
} tenbin_problem;

/* What a kernel promises of a problem; it is judged by that, and the report says which. */
typedef enum tenbin_claim {
  TENBIN_EXACT = 1,         /* the definition, in any order of summation: on integer data the bits are determined; where
                             * nothing is rounded, as in max_pool2d, on all data */
  TENBIN_BOUNDED = 2,       /* within gamma_n * (sum |x||w| + |b|) of the exact result (Higham, section 3.1) */
  TENBIN_STREAM = 3,        /* the numbers of the stream named in tenbin_normal.stream, to the bit */
  TENBIN_DISTRIBUTION = 4,  /* the distribution only: the answer to stream `any` */
  TENBIN_STREAM_ROUNDED = 5 /* the numbers of that stream in other arithmetic, |dz| <= 6e-7 * r (of f64: 1.8e-15 * max(1, r))
                             * with z before scaling by std and r the radius of the Box-Muller pair that it belongs to */
} tenbin_claim;

typedef struct tenbin_answer {
  size_t struct_size;
  int32_t claim; /* enum tenbin_claim */
  char why[160]; /* for TENBIN_UNSUPPORTED, the reason in one line */
} tenbin_answer;

/* The host's services, from prepare to release; any thread may call them. */
typedef struct tenbin_host {
  size_t struct_size;
  void *self; /* first argument of each */
  /* At least `bytes` bytes of arbitrary content at a multiple of `alignment` (a power of two), or NULL. bytes may be 0. */
  void *(*alloc)(void *self, size_t bytes, size_t alignment);
  void (*free)(void *self, void *memory); /* NULL is allowed */
  /* Calls body(arg, i, worker) for i = 0 .. n-1, on up to tenbin_problem.threads threads at once, and returns when all have
   * returned. worker < threads is never shared by two calls that overlap: an index for scratch. Not to be nested. */
  void (*parallel)(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg);
} tenbin_host;

typedef struct tenbin_plan tenbin_plan;           /* the kernel's own */
typedef struct tenbin_generator tenbin_generator; /* the kernel's own */

typedef struct tenbin_call {
  size_t struct_size;
  const void *args;
  tenbin_generator *generator; /* of operators that draw numbers; advanced by run */
  const tenbin_tensor *input;  /* [tenbin_problem.inputs], constants included */
  const tenbin_tensor *output; /* [tenbin_problem.outputs]; those of normal may have another shape and strides at every call */
  void *workspace;             /* as many bytes as workspace() said, aligned to tenbin_kernel.alignment */
} tenbin_call;

/* For operators that draw numbers: an object apart from the plan, which outlives none of its host's memory. The state of a
 * stream of PyTorch is what torch.Generator.get_state gives: 5,056 bytes on the CPU, 16 (seed, offset) on CUDA. */
typedef struct tenbin_generator_functions {
  size_t struct_size;
  tenbin_status (*open)(uint64_t seed, const tenbin_host *host, tenbin_generator **generator);
  tenbin_status (*seed)(tenbin_generator *generator, uint64_t seed); /* as if newly opened */
  tenbin_status (*clone)(const tenbin_generator *from, tenbin_generator **generator);
  size_t (*state_size)(const tenbin_generator *generator); /* bytes */
  tenbin_status (*save)(const tenbin_generator *generator, void *state);
  tenbin_status (*restore)(tenbin_generator *generator, const void *state, size_t bytes); /* unchanged on an error */
  void (*close)(tenbin_generator *generator);
} tenbin_generator_functions;

#define TENBIN_REENTRANT 1u /* one plan may run on several threads at once, each with a workspace of its own */

typedef struct tenbin_kernel {
  size_t struct_size;
  const char *name;    /* [a-z0-9_]+, up to 63 bytes, unique within a plugin */
  const char *op;      /* of the table above */
  const char *summary; /* one line, up to 159 bytes */
  size_t alignment;    /* bytes, a power of two, of tensors and workspace */
  uint32_t flags;
  /* TENBIN_OK with answer->claim, or TENBIN_UNSUPPORTED with answer->why: counted as unsupported, never as passed. */
  tenbin_status (*supports)(const tenbin_problem *problem, tenbin_answer *answer);
  /* All that can be done once. constant[i] is absent where input i is not constant. Reported, not part of the timed run.
   * On an error, such as TENBIN_OUT_OF_MEMORY whenever alloc gives NULL, everything allocated has been freed and *plan is
   * untouched. */
  tenbin_status (*prepare)(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                           tenbin_plan **plan);
  size_t (*workspace)(const tenbin_plan *plan); /* bytes of scratch for one run; the function may be NULL: none */
  tenbin_status (*run)(const tenbin_plan *plan, const tenbin_call *call); /* what is timed; allocates nothing */
  void (*release)(tenbin_plan *plan);
  const tenbin_generator_functions *generator; /* NULL: the operator draws no numbers */
  /* The library it stands on, its version and the code path in use, such as "OpenBLAS 0.3.21 Haswell"; NULL: none. */
  const char *(*library)(void);
} tenbin_kernel;

typedef struct tenbin_plugin {
  size_t struct_size;
  int32_t abi;                        /* TENBIN_ABI */
  const char *name, *version;         /* up to 63 and 31 bytes */
  int32_t kernels;                    /* 1 to 256 */
  const tenbin_kernel *const *kernel; /* [kernels] */
  tenbin_status (*init)(void);        /* called once after loading; may be NULL */
} tenbin_plugin;

/* The one symbol that a plugin exports. Static data; never NULL. */
typedef const tenbin_plugin *(*tenbin_plugin_function)(void);
#define TENBIN_PLUGIN_SYMBOL "tenbin_plugin_table"
#if defined(__GNUC__)
#define TENBIN_EXPORT __attribute__((visibility("default")))
#else
#define TENBIN_EXPORT
#endif
TENBIN_EXPORT const tenbin_plugin *tenbin_plugin_table(void);

#ifdef __cplusplus
}
#endif
#endif
