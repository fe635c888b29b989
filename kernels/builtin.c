/* The registry: the built-in table.
 *
 * SPDX-License-Identifier: MIT */
#include "registry.h"

#define KERNEL(name) extern const tenbin_kernel tenbin_kernel_##name;
#include "kernels.inc"
#undef KERNEL

static const tenbin_kernel *const builtin[] = {
#define KERNEL(name) &tenbin_kernel_##name,
#include "kernels.inc"
#undef KERNEL
};

const tenbin_plugin *tb_registry_builtin(void) {
  static const tenbin_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi = TENBIN_ABI,
                                       .name = "tenbin",
                                       .version = TENBIN_VERSION,
                                       .kernels = (int32_t)(sizeof builtin / sizeof *builtin),
                                       .kernel = builtin};
  return &plugin;
}
