/* The registry: the loader of plugins with all its checks.
 *
 * SPDX-License-Identifier: MIT */
#include "registry.h"

#include "descriptor.h"
#include "object.h"
#include "printable.h"

#include <dlfcn.h>
#include <fenv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Says what is wrong. */
__attribute__((format(printf, 2, 3))) static bool wrong(char *message, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(message, TB_REGISTRY_MESSAGE, format, list);
  va_end(list);
  return false;
}

static bool check_text(const char *whose, const char *what, const char *text, size_t size, char *message) {
  char printable[TB_KERNEL_SUMMARY];
  if (!text)
    return wrong(message, "%s has no %s", whose, what);
  return tb_printable(printable, size, text) ||
         wrong(message, "%s has a %s that takes more than %zu bytes to print: %.40s..", whose, what, size - 1, printable);
}

static bool check_op(const char *whose, const char *op, char *message) {
  char known[200] = "", printable[32];
  if (!op)
    return wrong(message, "%s names no operator", whose);
  if (tb_operator_find(op))
    return true;
  for (int i = 0; tb_operator_at(i); i++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? " and " : "",
             tb_operator_name(tb_operator_at(i)));
  tb_printable(printable, sizeof printable, op);
  return wrong(message, "%s is for the operator '%s', which is unknown; there are %s", whose, printable, known);
}

static bool check_name(const tenbin_plugin *p, int32_t index, char *message) {
  const char *name = p->kernel[index]->name;
  char whose[40];
  snprintf(whose, sizeof whose, "kernel %d of its table", index);
  if (!check_text(whose, "name", name, TB_KERNEL_NAME, message))
    return false;
  if (!good_name(name))
    return wrong(message, "%s has a name that is not [a-z0-9_]+", whose);
  for (int32_t i = 0; i < index; i++)
    if (strcmp(p->kernel[i]->name, name) == 0)
      return wrong(message, "two kernels of its table, %d and %d, are named %s", i, index, name);
  return true;
}

static bool check_kernel(const tenbin_plugin *p, int32_t index, char *message) {
  const tenbin_kernel *k = p->kernel[index];
  char whose[TB_KERNEL_NAME + 20];
  if (!k)
    return wrong(message, "kernel %d of its table is NULL", index);
  if (!TB_HAS(k, release))
    return wrong(message, "kernel %d of its table has a struct_size too small for this abi", index);
  if (!check_name(p, index, message))
    return false;
  snprintf(whose, sizeof whose, "its kernel %s", k->name);
  if (!check_op(whose, k->op, message) || !check_text(whose, "summary", k->summary, TB_KERNEL_SUMMARY, message))
    return false;
  if (k->alignment == 0 || (k->alignment & (k->alignment - 1)) || k->alignment > 4096)
    return wrong(message, "%s has an alignment that is not a power of two up to 4096", whose);
  if (!k->supports || !k->prepare || !k->run || !k->release)
    return wrong(message, "%s lacks one of supports, prepare, run, release", whose);
  return true;
}

static bool check_table(const tenbin_plugin *p, char *message) {
  if (!p)
    return wrong(message, TENBIN_PLUGIN_SYMBOL "() returned NULL");
  if (p->abi != TENBIN_ABI)
    return wrong(message, "its abi number is %d, and this tenbin's is %d: compile it against this tenbin's kernel.h", p->abi,
                 TENBIN_ABI);
  if (!TB_HAS(p, kernel))
    return wrong(message, "its table's struct_size is too small for this abi");
  if (!check_text("its table", "name", p->name, TB_PLUGIN_NAME, message) ||
      !check_text("its table", "version", p->version, TB_PLUGIN_VERSION, message))
    return false;
  if (p->kernels < 1 || p->kernels > TB_KERNELS_MAX)
    return wrong(message, "its table holds %d kernels; 1 to %d are expected", p->kernels, TB_KERNELS_MAX);
  if (!p->kernel)
    return wrong(message, "its table's array of kernels is NULL");
  for (int32_t i = 0; i < p->kernels; i++)
    if (!check_kernel(p, i, message))
      return false;
  return true;
}

void tb_registry_describe(const tenbin_kernel *k, tb_kernel_info *out) {
  const char *library = TB_HAS(k, library) && k->library ? k->library() : NULL;
  tb_printable(out->name, sizeof out->name, k->name);
  tb_printable(out->op, sizeof out->op, k->op);
  tb_printable(out->summary, sizeof out->summary, k->summary);
  tb_printable(out->library, sizeof out->library, library ? library : "");
}

void tb_registry_why(const tenbin_answer *answer, char out[TB_WHY]) {
  char why[sizeof answer->why + 1] = "";
  memcpy(why, answer->why, sizeof answer->why); /* which may lack its zero */
  tb_printable(out, TB_WHY, *why ? why : "the kernel gives no reason");
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

/* dlmopen, with the arithmetic as it was before. */
static void *open_object(const char *path, Lmid_t space, bool *changed) {
  fenv_t before, after;
  feclearexcept(FE_ALL_EXCEPT); /* dlopen's own arithmetic may raise flags, which are nobody's concern */
  fegetenv(&before);
  void *handle = dlmopen(space, path, RTLD_NOW | RTLD_LOCAL);
  feclearexcept(FE_ALL_EXCEPT);
  fegetenv(&after);
  *changed = !same_arithmetic(&before, &after);
  if (*changed)
    fesetenv(&before);
  return handle;
}

static const tenbin_plugin *load_object(const char *path, Lmid_t space, bool *changed, char *message) {
  char why[120];
  /* dlmopen waits for ever for what a pipe may bring, and dies of a file that is cut. */
  void *handle = tb_object_shared(path, why, sizeof why) ? open_object(path, space, changed) : NULL;
  tenbin_plugin_function table;
  if (!handle) {
    const char *error = dlerror();
    wrong(message, "cannot be loaded: %s", error ? error : why);
    return NULL;
  }
  *(void **)&table = dlsym(handle, TENBIN_PLUGIN_SYMBOL);
  if (!table) {
    wrong(message, "is no tenbin plugin: it exports no symbol " TENBIN_PLUGIN_SYMBOL);
    return NULL;
  }
  const tenbin_plugin *plugin = table();
  bool ok = check_table(plugin, message);
  if (ok && TB_HAS(plugin, init) && plugin->init && plugin->init() != TENBIN_OK)
    ok = wrong(message, "its init failed");
  return ok ? plugin : NULL;
}

void tb_registry_message(const char *path, const char *text, char out[TB_REGISTRY_MESSAGE]) {
  enum { PATH = 200 };
  char whole[TB_REGISTRY_MESSAGE + PATH];
  const size_t length = strlen(path), cut = length > PATH ? length - PATH : 0;
  snprintf(whole, sizeof whole, "%s%s: %s", cut ? ".." : "", path + cut, text);
  tb_printable(out, TB_REGISTRY_MESSAGE, whole);
}

static const tenbin_plugin *load(const char *path, Lmid_t space, char message[TB_REGISTRY_MESSAGE],
                                 char warning[TB_REGISTRY_MESSAGE]) {
  char text[TB_REGISTRY_MESSAGE] = "no memory", *local;
  bool changed = false;
  *warning = 0;
  /* dlopen searches the library path for a name without a slash. */
  const bool named = asprintf(&local, "%s%s", strchr(path, '/') ? "" : "./", path) >= 0;
  const tenbin_plugin *plugin = named ? load_object(local, space, &changed, text) : NULL;
  if (named)
    free(local);
  if (!plugin)
    tb_registry_message(path, text, message);
  if (changed)
    tb_registry_message(
        path, "loading it changed the floating-point environment, as -Ofast and -ffast-math do; tenbin restored it", warning);
  return plugin;
}

const tenbin_plugin *tb_registry_load(const char *path, char message[TB_REGISTRY_MESSAGE], char warning[TB_REGISTRY_MESSAGE]) {
  return load(path, LM_ID_BASE, message, warning);
}

const tenbin_plugin *tb_registry_load_apart(const char *path, char message[TB_REGISTRY_MESSAGE],
                                            char warning[TB_REGISTRY_MESSAGE]) {
  return load(path, LM_ID_NEWLM, message, warning);
}
