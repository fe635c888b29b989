/* The built-in kernels as a plugin, so that two builds of them can be compared as any two plugins.
 *
 * SPDX-License-Identifier: MIT */
#include "registry.h"

const tenbin_plugin *tenbin_plugin_table(void) {
  return tb_registry_builtin();
}
