/* The generator of the kernels that count: a seed, and how far the counter has come.
 *
 * SPDX-License-Identifier: MIT */
#include "philox_generator.h"

#include <string.h>

#define STATE_BYTES 16

static tenbin_status reseed(tenbin_generator *g, uint64_t seed) {
  g->seed = seed;
  g->offset = 0;
  return TENBIN_OK;
}

static tenbin_status open_generator(uint64_t seed, const tenbin_host *host, tenbin_generator **out) {
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  g->host = host;
  *out = g;
  return reseed(g, seed);
}

static tenbin_status clone(const tenbin_generator *from, tenbin_generator **out) {
  const tenbin_status status = open_generator(from->seed, from->host, out);
  if (status == TENBIN_OK)
    (*out)->offset = from->offset;
  return status;
}

static size_t state_size(const tenbin_generator *g) {
  (void)g;
  return STATE_BYTES;
}

static tenbin_status save(const tenbin_generator *g, void *state) {
  memcpy(state, &g->seed, 8);
  memcpy((char *)state + 8, &g->offset, 8);
  return TENBIN_OK;
}

/* What CUDAGeneratorImpl::set_state refuses (aten/src/ATen/cuda/CUDAGeneratorImpl.cpp), and a seed without an offset, which it
 * takes for the sake of old files. */
static tenbin_status restore(tenbin_generator *g, const void *state, size_t bytes) {
  uint64_t offset;
  if (bytes != STATE_BYTES)
    return TENBIN_FAILED;
  memcpy(&offset, (const char *)state + 8, 8);
  if (offset % 4 != 0)
    return TENBIN_FAILED;
  memcpy(&g->seed, state, 8);
  g->offset = offset;
  return TENBIN_OK;
}

static void close_generator(tenbin_generator *g) {
  g->host->free(g->host->self, g);
}

const tenbin_generator_functions tb_philox_generator = {
    .struct_size = sizeof tb_philox_generator,
    .open = open_generator,
    .seed = reseed,
    .clone = clone,
    .state_size = state_size,
    .save = save,
    .restore = restore,
    .close = close_generator,
};
