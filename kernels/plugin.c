/* The built-in kernels, as a plugin: in the worker, and as tenbin-kernels.so, to be kept and compared with a later build.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#define KERNEL(name) extern const tenbin_kernel tenbin_kernel_##name;
#include "kernels.inc"
#undef KERNEL

static const tenbin_kernel *const builtin[] = {
#define KERNEL(name) &tenbin_kernel_##name,
#include "kernels.inc"
#undef KERNEL
};

const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi = TENBIN_ABI,
                                       .name = "tenbin",
                                       .version = TENBIN_VERSION,
                                       .kernels = (int32_t)(sizeof builtin / sizeof *builtin),
                                       .kernel = builtin};
  return &plugin;
}
