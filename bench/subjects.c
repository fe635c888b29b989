/* Which kernels are timed: built-in ones by name, plugins by file.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPERATOR "conv_transpose2d"

static bool timed(const tenbin_kernel *kernel) {
  return strcmp(kernel->op, OPERATOR) == 0;
}

/* Adds a kernel that is not yet there. The program cannot go on without memory. */
static void add(tb_subjects *s, const tenbin_kernel *kernel, const char *file) {
  for (int i = 0; i < s->count; i++)
    if (s->item[i].kernel == kernel)
      return;
  s->item = realloc(s->item, (size_t)(s->count + 1) * sizeof *s->item);
  if (!s->item)
    abort();
  tb_subject *subject = &s->item[s->count++];
  *subject = (tb_subject){.kernel = kernel, .library = ""};
  if (asprintf(&subject->label, "%s%s%s", file ? file : "", file ? ":" : "", kernel->name) < 0)
    abort();
  if (TB_HAS(kernel, library) && kernel->library && kernel->library())
    subject->library = kernel->library();
}

/* The names of a plugin's kernels that can be timed, in an array to be freed. */
static const char **names_of(const tenbin_plugin *plugin, int *names) {
  const char **name = calloc((size_t)plugin->kernels + 1, sizeof *name);
  if (!name)
    abort();
  *names = 0;
  for (int32_t i = 0; i < plugin->kernels; i++)
    if (timed(plugin->kernel[i]))
      name[(*names)++] = plugin->kernel[i]->name;
  return name;
}

static int unknown_kernel(const tenbin_plugin *plugin, const char *word, const char *where) {
  int names;
  const char **name = names_of(plugin, &names);
  const char *nearest = tb_nearest(word, name, names);
  fprintf(stderr, "tenbin bench: --kernel: %s has no kernel '%s'", where, word);
  if (nearest)
    fprintf(stderr, "; did you mean %s?", nearest);
  fprintf(stderr, "%s known are", nearest ? "" : ";");
  for (int i = 0; i < names; i++)
    fprintf(stderr, " %s", name[i]);
  fputc('\n', stderr);
  free(name);
  return TB_USAGE;
}

static int add_named(tb_subjects *s, const tenbin_plugin *plugin, const char *name, const char *file) {
  const tenbin_kernel *kernel = tb_registry_find(plugin, name);
  if (!kernel)
    return unknown_kernel(plugin, name, file ? file : "tenbin");
  if (!timed(kernel))
    return tb_complain(TB_USAGE, "--kernel: %s is a kernel of %s; timed are those of " OPERATOR, name, kernel->op);
  add(s, kernel, file);
  return TB_OK;
}

static int add_all(tb_subjects *s, const tenbin_plugin *plugin, const char *file) {
  bool any = false;
  for (int32_t i = 0; i < plugin->kernels; i++)
    if (timed(plugin->kernel[i])) {
      add(s, plugin->kernel[i], file);
      any = true;
    }
  return any ? TB_OK : tb_complain(TB_USAGE, "%s has no kernel of " OPERATOR, file ? file : "tenbin");
}

/* FILE.so or FILE.so:NAME; a file whose own name holds a colon is taken as it is. */
static int add_plugin(tb_subjects *s, const char *argument) {
  char *file = strdup(argument), *name = NULL;
  if (!file)
    abort();
  if (access(file, F_OK) != 0 && (name = strrchr(file, ':')) && !strchr(name, '/'))
    *name++ = 0;
  else
    name = NULL;
  char message[TB_REGISTRY_MESSAGE], warning[TB_REGISTRY_MESSAGE];
  int status = TB_CANNOT_RUN;
  if (access(file, R_OK) != 0) {
    tb_complain(TB_CANNOT_RUN, "%s: %s", file, strerror(errno));
  } else {
    const tenbin_plugin *plugin = tb_registry_load(file, message, warning);
    if (*warning)
      tb_complain(TB_OK, "warning: %s", warning);
    if (!plugin)
      tb_complain(TB_CANNOT_RUN, "%s", message);
    else
      status = name ? add_named(s, plugin, name, file) : add_all(s, plugin, file);
  }
  free(file);
  return status;
}

int tb_subjects_select(const tb_options *options, tb_subjects *out) {
  const tenbin_plugin *builtin = tb_registry_builtin();
  int status = TB_OK;
  *out = (tb_subjects){0};
  for (int i = 0; i < options->kernels && status == TB_OK; i++) {
    const char *k = options->kernel[i];
    const bool plugin = strchr(k, '/') || strstr(k, ".so");
    status = plugin ? add_plugin(out, k) : add_named(out, builtin, k, NULL);
  }
  if (options->kernels == 0)
    status = add_all(out, builtin, NULL);
  for (int i = 0; i < options->plugins && status == TB_OK; i++) {
    const char *p = options->plugin[i];
    const bool plugin = strchr(p, '/') || strstr(p, ".so");
    if (plugin)
      status = add_plugin(out, p);
    else
      status = tb_complain(TB_USAGE,
                           "'%s' is no plugin, FILE.so[:NAME]; for a kernel or layer write --kernel or --layer before it", p);
  }
  return status;
}

void tb_subjects_free(tb_subjects *subjects) {
  for (int i = 0; i < subjects->count; i++)
    free(subjects->item[i].label);
  free(subjects->item);
}
