/* A plugin with one kernel of another: KERNEL of FROM, by the name NAME.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <dlfcn.h>
#include <string.h>

const tenbin_plugin *tenbin_plugin_table(void) {
  static tenbin_kernel kernel;
  static const tenbin_kernel *const kernels[] = {&kernel};
  static tenbin_plugin plugin;
  void *file = dlopen(FROM, RTLD_NOW | RTLD_LOCAL);
  tenbin_plugin_function table = NULL;
  if (file)
    *(void **)&table = dlsym(file, TENBIN_PLUGIN_SYMBOL);
  if (!table)
    return NULL;
  plugin = *table();
  for (int32_t i = 0; i < plugin.kernels; i++)
    if (strcmp(plugin.kernel[i]->name, KERNEL) == 0)
      kernel = *plugin.kernel[i];
  kernel.name = NAME;
  plugin.kernels = 1;
  plugin.kernel = kernels;
  return &plugin;
}
