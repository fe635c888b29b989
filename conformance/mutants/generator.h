/* What the kernels of normal's zoo share: their tables, and the one that a plugin exports; to be included behind the functions.
 * ROW is what a kernel's row has of its own, and INIT, where it is defined, the plugin's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef INIT
#define INIT NULL
#endif

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static const tenbin_generator_functions generator = {
    .struct_size = sizeof generator,
    .open = open_generator,
    .seed = seed,
    .clone = clone,
    .state_size = state_size,
    .save = save,
    .restore = restore,
    .close = close_generator,
};

static const tenbin_kernel kernel = {
    .struct_size = sizeof kernel,
    .name = "mutant",
    .op = "normal",
    .summary = "a generator of the zoo",
    ROW,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = release,
    .generator = &generator,
};

const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_kernel *const kernels[] = {&kernel};
  static const tenbin_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi = TENBIN_ABI,
                                       .name = "mutant",
                                       .version = "1",
                                       .kernels = 1,
                                       .kernel = kernels,
                                       .init = INIT};
  return &plugin;
}
