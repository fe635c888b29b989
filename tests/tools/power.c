/* power: what the battery says of a generator, seed by seed: to calibrate it, and to see what it detects.
 *
 *     power [OPTION..] KERNEL           a built-in kernel, or FILE.so:NAME
 *       --dtype f32|f64|f16|bf16        --numbers N   of one seed
 *       --mean M --std D                --calls P     numbers in each call; 0: one call makes them all
 *       --seeds K --first S             --all         every statistic, not only the least p
 *
 * prints a line of TAB-separated fields for each seed: seed, numbers, NaN or infinities, where numbers come again or -1, the
 * family's p-value, the statistic with the least p and that p, the decision of the first stage; with --all then name, value and
 * p of each statistic. The stream is `any`. Exit code 0, 2 for a wrong call, 3 where the kernel cannot do it.
 *
 * SPDX-License-Identifier: MIT */
#include "distribution.h"
#include "dtype.h"
#include "problem.h"
#include "registry.h"
#include "selection.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 1 << 16 };

typedef struct options {
  tb_law law;
  int64_t numbers;
  uint64_t seeds, first;
  bool all;
} options;

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  (void)self;
  return posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes > 0 ? bytes : 1) == 0 ? memory
                                                                                                                      : NULL;
}

static void host_free(void *self, void *memory) {
  (void)self;
  free(memory);
}

static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  (void)self;
  for (int64_t i = 0; i < n; i++)
    body(arg, i, 0);
}

static const tenbin_host host = {sizeof host, NULL, host_alloc, host_free, host_parallel};

static const char *const dtype_name[] = {
    [TENBIN_F32] = "f32", [TENBIN_F64] = "f64", [TENBIN_F16] = "f16", [TENBIN_BF16] = "bf16"};

static void add(tb_battery *b, int32_t dtype, const void *data, int64_t n) {
  static double part[PART];
  for (int64_t i = 0; i < n; i += PART) {
    const int64_t length = n - i < PART ? n - i : PART;
    for (int64_t j = 0; j < length; j++)
      part[j] = tb_number(dtype, data, i + j);
    tb_battery_add(b, part, length);
  }
}

/* Calls of one problem on a generator of the seed. */
static bool draw(const tenbin_kernel *k, const options *o, tenbin_generator *generator, tenbin_plan *plan, tenbin_tensor *y,
                 tb_battery *b) {
  const tenbin_normal_args args = {sizeof args, o->law.mean, o->law.std};
  const size_t scratch = k->workspace ? k->workspace(plan) : 0;
  void *workspace = host_alloc(NULL, scratch, k->alignment);
  const tenbin_call call = {sizeof call, &args, generator, NULL, y, workspace};
  const int64_t size = y->desc.size[0];
  bool ok = workspace != NULL;
  for (int64_t done = 0; ok && done + size <= o->numbers; done += size) {
    ok = k->run(plan, &call) == TENBIN_OK;
    add(b, o->law.dtype, y->data, size);
  }
  free(workspace);
  return ok;
}

static bool run(const tenbin_kernel *k, const options *o, uint64_t seed, tb_battery_result *result) {
  const int64_t size = o->law.period > 0 ? o->law.period : o->numbers;
  const tenbin_normal attr = {sizeof attr, "any"};
  tenbin_tensor y = {.desc = {.dtype = o->law.dtype, .rank = 1, .size = {size}, .stride = {1}}};
  char text[200];
  snprintf(text, sizeof text, "normal %s stream=any seed=%" PRIu64 " calls=%" PRId64 " mean=%.17g std=%.17g",
           dtype_name[o->law.dtype], seed, size, o->law.mean, o->law.std);
  const tenbin_problem problem = {.struct_size = sizeof problem,
                                  .op = "normal",
                                  .text = text,
                                  .attr = &attr,
                                  .outputs = 1,
                                  .output = &y.desc,
                                  .wanted = 1,
                                  .threads = 1};
  tenbin_answer answer = {.struct_size = sizeof answer};
  if (k->supports(&problem, &answer) != TENBIN_OK) {
    fprintf(stderr, "power: %s: unsupported: %s\n", k->name, answer.why);
    return false;
  }
  tenbin_plan *plan = NULL;
  tenbin_generator *generator = NULL;
  tb_battery *b = tb_battery_open(&o->law);
  y.data = host_alloc(NULL, (size_t)size * tb_dtype_bytes(o->law.dtype), k->alignment);
  bool ok = b && y.data && k->prepare(&problem, NULL, &host, &plan) == TENBIN_OK;
  ok = ok && k->generator->open(seed, &host, &generator) == TENBIN_OK && draw(k, o, generator, plan, &y, b) &&
       tb_battery_finish(b, result);
  if (generator)
    k->generator->close(generator);
  if (plan)
    k->release(plan);
  if (b)
    tb_battery_close(b);
  free(y.data);
  if (!ok)
    fprintf(stderr, "power: %s: failed, or there is no memory\n", k->name);
  return ok;
}

static void print(const options *o, uint64_t seed, const tb_battery_result *r) {
  static const char *const decision[] = {"passed", "failed", "undecided"};
  tb_distribution d;
  int least = 0;
  for (int i = 0; i < TB_STATISTICS; i++)
    if (r->statistic[i].judged && r->statistic[i].p < r->statistic[least].p)
      least = i;
  tb_distribution_decide(r, TB_STAGE_FIRST, 0, &d);
  printf("%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%.3g\t%s\t%.3g\t%s", seed, r->n, r->nonfinite, r->repeated,
         fmin(1, TB_STATISTICS * r->statistic[least].p), r->statistic[least].name, r->statistic[least].p, decision[d.decision]);
  for (int i = 0; o->all && i < TB_STATISTICS; i++)
    printf("\t%s\t%.17g\t%.3g", r->statistic[i].name, r->statistic[i].value, r->statistic[i].p);
  printf("\n");
  fflush(stdout);
}

static bool parse(int argc, char **argv, options *o) {
  static const struct option table[] = {{"dtype", 1, NULL, 'd'}, {"numbers", 1, NULL, 'n'}, {"mean", 1, NULL, 'm'},
                                        {"std", 1, NULL, 's'},   {"calls", 1, NULL, 'c'},   {"seeds", 1, NULL, 'k'},
                                        {"first", 1, NULL, 'f'}, {"all", 0, NULL, 'a'},     {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
    switch (c) {
    case 'd':
      o->law.dtype = TENBIN_NONE;
      for (int32_t t = TENBIN_F32; t <= TENBIN_BF16; t++)
        if (strcmp(optarg, dtype_name[t]) == 0)
          o->law.dtype = t;
      break;
    case 'n':
      o->numbers = (int64_t)strtod(optarg, NULL);
      break;
    case 'm':
      o->law.mean = strtod(optarg, NULL);
      break;
    case 's':
      o->law.std = strtod(optarg, NULL);
      break;
    case 'c':
      o->law.period = strtoll(optarg, NULL, 10);
      break;
    case 'k':
      o->seeds = strtoull(optarg, NULL, 10);
      break;
    case 'f':
      o->first = strtoull(optarg, NULL, 10);
      break;
    case 'a':
      o->all = true;
      break;
    default:
      return false;
    }
  }
  return optind == argc - 1 && o->law.dtype != TENBIN_NONE && o->numbers >= 100000 && o->law.period >= 0;
}

int main(int argc, char **argv) {
  options o = {.law = {.dtype = TENBIN_F32, .std = 1}, .numbers = 1000000, .seeds = 1, .first = 1};
  char message[TB_REGISTRY_MESSAGE], warning[TB_REGISTRY_MESSAGE];
  if (!parse(argc, argv, &o)) {
    fprintf(stderr, "power: a wrong call; the head of tests/tools/power.c says how\n");
    return 2;
  }
  tb_selection chosen;
  const tenbin_plugin *plugin = !tb_select(argv[optind], &chosen, message) ? NULL
                                : *chosen.file                             ? tb_registry_load(chosen.file, message, warning)
                                                                           : tenbin_plugin_table();
  if (!plugin) {
    fprintf(stderr, "power: %s\n", message);
    return 3;
  }
  const tenbin_kernel *kernel = tb_registry_find(plugin, chosen.name);
  if (!kernel || strcmp(kernel->op, "normal") != 0 || !kernel->generator) {
    fprintf(stderr, "power: %s: there is no such kernel of normal\n", argv[optind]);
    return 3;
  }
  for (uint64_t i = 0; i < o.seeds; i++) {
    tb_battery_result result;
    if (!run(kernel, &o, o.first + i, &result))
      return 3;
    print(&o, o.first + i, &result);
  }
  return 0;
}
