/* What the kernels of normal's zoo share: release, a row's generator functions, and the table; to be included after the other
 * functions. FIELDS(id) is as in table.h; WORKSPACE(id) is ENTRY_WORKSPACE(id), or nothing.
 *
 * SPDX-License-Identifier: MIT */
static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

#define OP "normal"
#define SUMMARY "a generator of the zoo"
#define FUNCTIONS(id)                                                                                                          \
  ENTRY(id, tenbin_status, open_generator, (uint64_t value, const tenbin_host *host, tenbin_generator **out),                  \
        (value, host, out))                                                                                                    \
  ENTRY(id, tenbin_status, seed, (tenbin_generator * g, uint64_t value), (g, value))                                           \
  ENTRY(id, tenbin_status, clone, (const tenbin_generator *from, tenbin_generator **out), (from, out))                         \
  ENTRY(id, size_t, state_size, (const tenbin_generator *g), (g))                                                              \
  ENTRY(id, tenbin_status, save, (const tenbin_generator *g, void *state), (g, state))                                         \
  ENTRY(id, tenbin_status, restore, (tenbin_generator * g, const void *state, size_t bytes), (g, state, bytes))                \
  ENTRY_VOID(id, close_generator, (tenbin_generator * g), (g))                                                                 \
  WORKSPACE(id)                                                                                                                \
  static const tenbin_generator_functions id##_generator = {.struct_size = sizeof(tenbin_generator_functions),                 \
                                                            .open = id##_open_generator,                                       \
                                                            .seed = id##_seed,                                                 \
                                                            .clone = id##_clone,                                               \
                                                            .state_size = id##_state_size,                                     \
                                                            .save = id##_save,                                                 \
                                                            .restore = id##_restore,                                           \
                                                            .close = id##_close_generator};
#include "table.h"
