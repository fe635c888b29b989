/* The registry: the loader of plugins with all its checks.
 *
 * SPDX-License-Identifier: MIT */
#include "registry.h"

#include <dlfcn.h>
#include <fenv.h>
#include <stdio.h>
#include <string.h>

const tenbin_kernel *tb_registry_find(const tenbin_plugin *plugin, const char *name) {
  for (int32_t i = 0; i < plugin->kernels; i++)
    if (strcmp(plugin->kernel[i]->name, name) == 0)
      return plugin->kernel[i];
  return NULL;
}

static bool good_name(const char *name) {
  return name && *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* What is wrong with a kernel's table, or NULL. */
static const char *fault(const tenbin_kernel *k) {
  if (!k)
    return "is NULL";
  if (!TB_HAS(k, release))
    return "has a struct_size too small for this abi";
  if (!good_name(k->name))
    return "has a name that is not [a-z0-9_]+";
  if (!k->op || !k->summary)
    return "names no operator or has no summary";
  if (k->alignment == 0 || (k->alignment & (k->alignment - 1)) || k->alignment > 4096)
    return "has an alignment that is not a power of two up to 4096";
  if (!k->supports || !k->prepare || !k->run || !k->release)
    return "lacks one of supports, prepare, run, release";
  return NULL;
}

static const char *check_table(const tenbin_plugin *p, char *buffer, size_t size) {
  if (!p)
    return TENBIN_PLUGIN_SYMBOL "() returned NULL";
  if (p->abi != TENBIN_ABI) {
    snprintf(buffer, size, "its abi number is %d, and this tenbin's is %d: compile it against this tenbin's kernel.h", p->abi,
             TENBIN_ABI);
    return buffer;
  }
  if (!TB_HAS(p, kernel))
    return "its table's struct_size is too small for this abi";
  if (!p->name || !p->version)
    return "its table has no name or no version";
  if (p->kernels < 1 || !p->kernel)
    return "its table holds no kernels";
  for (int32_t i = 0; i < p->kernels; i++) {
    const char *wrong = fault(p->kernel[i]);
    if (wrong) {
      snprintf(buffer, size, "kernel %d of its table %s", i, wrong);
      return buffer;
    }
    if (tb_registry_find(p, p->kernel[i]->name) != p->kernel[i]) {
      snprintf(buffer, size, "two kernels of its table are named %s", p->kernel[i]->name);
      return buffer;
    }
  }
  return NULL;
}

/* Whether rounding, exception masks or the treatment of subnormals differ. What else x86 keeps, the address of the last x87
 * instruction among it, is nobody's concern. */
static bool same_arithmetic(const fenv_t *a, const fenv_t *b) {
#if defined(__x86_64__) && defined(__GLIBC__)
  return a->__control_word == b->__control_word && a->__mxcsr == b->__mxcsr;
#else
  return memcmp(a, b, sizeof *a) == 0;
#endif
}

static const tenbin_plugin *load(const char *path, Lmid_t space, char message[TB_REGISTRY_MESSAGE],
                                 char warning[TB_REGISTRY_MESSAGE]) {
  char local[TB_REGISTRY_MESSAGE], buffer[200];
  fenv_t before, after;
  *warning = 0;
  /* dlopen searches the library path for a name without a slash. */
  snprintf(local, sizeof local, "%s%s", strchr(path, '/') ? "" : "./", path);
  feclearexcept(FE_ALL_EXCEPT); /* dlopen's own arithmetic may raise flags, which are nobody's concern */
  fegetenv(&before);
  void *handle = dlmopen(space, local, RTLD_NOW | RTLD_LOCAL);
  feclearexcept(FE_ALL_EXCEPT);
  fegetenv(&after);
  if (!same_arithmetic(&before, &after)) {
    fesetenv(&before);
    snprintf(warning, TB_REGISTRY_MESSAGE,
             "%s: loading it changed the floating-point environment, as -Ofast and -ffast-math do; tenbin restored it", path);
  }
  if (!handle) {
    snprintf(message, TB_REGISTRY_MESSAGE, "%s: cannot be loaded: %s", path, dlerror());
    return NULL;
  }
  tenbin_plugin_function table;
  *(void **)&table = dlsym(handle, TENBIN_PLUGIN_SYMBOL);
  if (!table) {
    snprintf(message, TB_REGISTRY_MESSAGE, "%s: is no tenbin plugin: it exports no symbol " TENBIN_PLUGIN_SYMBOL, path);
    return NULL;
  }
  const tenbin_plugin *plugin = table();
  const char *wrong = check_table(plugin, buffer, sizeof buffer);
  if (!wrong && TB_HAS(plugin, init) && plugin->init && plugin->init() != TENBIN_OK)
    wrong = "its init failed";
  if (wrong) {
    snprintf(message, TB_REGISTRY_MESSAGE, "%s: %s", path, wrong);
    return NULL;
  }
  return plugin;
}

const tenbin_plugin *tb_registry_load(const char *path, char message[TB_REGISTRY_MESSAGE], char warning[TB_REGISTRY_MESSAGE]) {
  return load(path, LM_ID_BASE, message, warning);
}

const tenbin_plugin *tb_registry_load_apart(const char *path, char message[TB_REGISTRY_MESSAGE],
                                            char warning[TB_REGISTRY_MESSAGE]) {
  return load(path, LM_ID_NEWLM, message, warning);
}
