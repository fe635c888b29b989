/* What the tests of the normal generators share: a host, a tensor with its gaps, and calls on a generator.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TEST_NORMAL_H
#define TB_TEST_NORMAL_H

#include "pool.h"
#include "registry.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  (void)self;
  return posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes + 1) == 0 ? memory : NULL;
}

static void host_free(void *self, void *memory) {
  (void)self;
  free(memory);
}

/* self: a tb_pool. */
static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  tb_pool_run(self, n, body, arg);
}

/* Whether a kernel supports 1,000 numbers of the stream, on this processor and with the present TENBIN_ISA. */
static inline tenbin_status ask(const tenbin_kernel *kernel, const char *stream, int32_t dtype, tenbin_answer *answer) {
  const tenbin_normal normal = {sizeof normal, stream};
  const tenbin_desc y = {dtype, 1, {1000}, {1}};
  const tenbin_problem problem = {.struct_size = sizeof problem,
                                  .op = "normal",
                                  .text = "",
                                  .attr = &normal,
                                  .outputs = 1,
                                  .output = &y,
                                  .wanted = 1,
                                  .threads = 1};
  *answer = (tenbin_answer){.struct_size = sizeof *answer};
  return kernel->supports(&problem, answer);
}

/* Whether it does so to the bit. */
static inline bool draws(const tenbin_kernel *kernel, const char *stream) {
  tenbin_answer answer;
  return strcmp(kernel->op, "normal") == 0 && ask(kernel, stream, TENBIN_F32, &answer) == TENBIN_OK &&
         answer.claim == TENBIN_STREAM;
}

/* A kernel that is prepared for one problem, with a generator. */
struct drawer {
  const tenbin_kernel *kernel;
  tenbin_host host;
  tenbin_normal normal;
  tenbin_desc desc;
  tenbin_problem problem;
  tenbin_plan *plan;
  tenbin_generator *generator;
  double mean, std;
};

/* For calls of `stream` in that dtype, with mean 0 and std 1. isa: TENBIN_ISA. */
static void drawer_open(struct drawer *d, const char *kernel, const char *stream, int32_t dtype, uint64_t seed, const char *isa,
                        tb_pool *pool, int32_t threads) {
  setenv("TENBIN_ISA", isa, 1);
  d->kernel = tb_registry_find(tenbin_plugin_table(), kernel);
  d->host = (tenbin_host){sizeof d->host, pool, host_alloc, host_free, host_parallel};
  d->normal = (tenbin_normal){sizeof d->normal, stream};
  d->desc = (tenbin_desc){dtype, 1, {INT64_C(1) << 40}, {1}};
  d->problem = (tenbin_problem){.struct_size = sizeof d->problem,
                                .op = "normal",
                                .text = "",
                                .attr = &d->normal,
                                .outputs = 1,
                                .output = &d->desc,
                                .wanted = 1,
                                .threads = threads};
  d->mean = 0;
  d->std = 1;
  d->kernel->prepare(&d->problem, NULL, &d->host, &d->plan);
  d->kernel->generator->open(seed, &d->host, &d->generator);
}

static void drawer_close(struct drawer *d) {
  d->kernel->generator->close(d->generator);
  d->kernel->release(d->plan);
}

static inline tenbin_status drawer_fill(struct drawer *d, const tenbin_desc *desc, void *y) {
  const tenbin_normal_args args = {sizeof args, d->mean, d->std};
  const tenbin_tensor output = {*desc, y};
  return d->kernel->run(d->plan, &(tenbin_call){sizeof(tenbin_call), &args, d->generator, NULL, &output, NULL});
}

/* n numbers, side by side. */
static inline tenbin_status drawer_draw(struct drawer *d, int64_t n, void *y) {
  const tenbin_desc desc = {d->desc.dtype, 1, {n}, {1}};
  return drawer_fill(d, &desc, y);
}

static inline size_t dtype_bytes(int32_t dtype) {
  return dtype == TENBIN_F64 ? 8 : dtype == TENBIN_F32 ? 4 : 2;
}

#endif
