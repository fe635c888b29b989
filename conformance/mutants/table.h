/* The kernels of a source, one for each of its rows, and the table of its plugin; to be included after the functions.
 *
 *   OP, SUMMARY   of each kernel
 *   FUNCTIONS(id) the row's ways into what a kernel may lack, such as workspace
 *   FIELDS(id)    what its table has beside what each must have
 *   INIT          of the plugin; not defined: none
 *
 * SPDX-License-Identifier: MIT */
#ifndef INIT
#define INIT NULL
#endif

#define MUTANT(id, name_)                                                                                                      \
  ENTRY(id, tenbin_status, supports, (const tenbin_problem *problem, tenbin_answer *answer), (problem, answer))                \
  ENTRY(id, tenbin_status, prepare,                                                                                            \
        (const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host, tenbin_plan **plan),           \
        (problem, constant, host, plan))                                                                                       \
  ENTRY(id, tenbin_status, run, (const tenbin_plan *plan, const tenbin_call *call), (plan, call))                              \
  ENTRY_VOID(id, release, (tenbin_plan * plan), (plan))                                                                        \
  FUNCTIONS(id)                                                                                                                \
  static const tenbin_kernel id##_kernel = {.struct_size = sizeof(tenbin_kernel),                                              \
                                            .name = #name_,                                                                    \
                                            .op = OP,                                                                          \
                                            .summary = SUMMARY,                                                                \
                                            .supports = id##_supports,                                                         \
                                            .prepare = id##_prepare,                                                           \
                                            .run = id##_run,                                                                   \
                                            .release = id##_release,                                                           \
                                            FIELDS(id)};
#include ROWS
#undef MUTANT

const tenbin_plugin *tenbin_plugin_table(void) {
#define MUTANT(id, name) &id##_kernel,
  static const tenbin_kernel *const kernels[] = {
#include ROWS
  };
#undef MUTANT
  static const tenbin_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi = TENBIN_ABI,
                                       .name = "mutants",
                                       .version = "1",
                                       .kernels = MUTANTS,
                                       .kernel = kernels,
                                       .init = INIT};
  return &plugin;
}
