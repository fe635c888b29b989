/* regions: where on the grid a kernel of conv_transpose2d is wrong, learnt from all 2,625,240 combinations.
 *
 *     regions FILE.so:NAME..
 *
 * prints how many combinations it was tried on, how many of them it gets wrong, the region's conditions, the combinations
 * that the region misclassifies, and its words, separated by TABs. A combination counts as wrong if a bit of the answer to the
 * fill wide-x differs from the reference's, or if something was written before the output or past its end. The kernel is called
 * in this process, without guards, from one thread: one that crashes ends the program. Exit code 0, 2 for a wrong call, 3 where
 * a kernel cannot do it.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "grid.h"
#include "region.h"
#include "registry.h"
#include "selection.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The grid's tensors are small: 3 * 4 * 3 elements of x in each of two images, and no plane of y above 27 x 24. */
enum { MOST = 16384, MARGIN = 128, ALIGNMENT = 64 };

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  (void)self;
  const size_t a = alignment < ALIGNMENT ? ALIGNMENT : alignment;
  void *p = aligned_alloc(a, (bytes + a) / a * a);
  if (p)
    memset(p, 0xff, bytes); /* NaN, whatever is read before it is written */
  return p;
}

static void host_free(void *self, void *p) {
  (void)self;
  free(p);
}

static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  (void)self;
  for (int64_t i = 0; i < n; i++)
    body(arg, i, 0);
}

static _Alignas(ALIGNMENT) float input[3][MOST], answer[MARGIN + MOST + MARGIN], reference[MOST];

static void make_reference(const tb_problem *p) {
  static double data[3][MOST], y[MOST];
  for (int role = 0; role < 3; role++)
    if (p->input[role].dtype != TENBIN_NONE) {
      tb_fill_f64(p, role, p->c.seed, data[role]);
      for (int64_t i = 0; i < tb_desc_elements(&p->input[role]); i++)
        input[role][i] = (float)data[role][i];
    }
  tb_conv_scatter(p, data[TENBIN_X], data[TENBIN_WEIGHT], tb_conv_of(&p->c)->bias ? data[TENBIN_BIAS] : NULL, y);
  for (int64_t i = 0; i < tb_desc_elements(&p->output[0]); i++)
    reference[i] = (float)y[i];
}

static bool equal_bits(const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (tb_canonical_bits(a[i]) != tb_canonical_bits(b[i]))
      return false;
  return true;
}

/* Whether the answer is right. A kernel that cannot be prepared or run ends the program. */
static bool right(const tenbin_kernel *kernel, const tb_problem *p) {
  static _Alignas(ALIGNMENT) unsigned char workspace[1 << 20];
  static float untouched[MARGIN];
  const int64_t n = tb_desc_elements(&p->output[0]);
  const tenbin_host host = {.struct_size = sizeof host, .alloc = host_alloc, .free = host_free, .parallel = host_parallel};
  static const tenbin_tensor none;
  tenbin_tensor in[3], constant[3], out = {p->output[0], answer + MARGIN};
  tenbin_plan *plan = NULL;
  for (int role = 0; role < 3; role++) {
    in[role] = (tenbin_tensor){p->input[role], p->input[role].dtype != TENBIN_NONE ? input[role] : NULL};
    constant[role] = role == TENBIN_X ? none : in[role];
  }
  tb_kernel_view view;
  tb_problem_view(p, &view);
  memset(answer, 0xff, sizeof untouched + (size_t)n * sizeof *answer + sizeof untouched);
  memset(untouched, 0xff, sizeof untouched);
  if (kernel->prepare(&view.problem, constant, &host, &plan) != TENBIN_OK) {
    fprintf(stderr, "regions: prepare fails\n");
    exit(3);
  }
  if (kernel->workspace && kernel->workspace(plan) > sizeof workspace) {
    fprintf(stderr, "regions: it needs too large a workspace\n");
    exit(3);
  }
  const tenbin_call call = {.struct_size = sizeof call, .input = in, .output = &out, .workspace = workspace};
  const bool ran = kernel->run(plan, &call) == TENBIN_OK;
  kernel->release(plan);
  return ran && equal_bits(answer + MARGIN, reference, n) && memcmp(answer, untouched, sizeof untouched) == 0 &&
         memcmp(answer + MARGIN + n, untouched, sizeof untouched) == 0;
}

struct subject {
  const tenbin_kernel *kernel;
  tb_region *region;
};

static void label(const struct subject *subject, int subjects, const tb_grid_block *block) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  for (int i = 0; i < block->cases; i++) {
    tb_case c;
    tb_conv_grid.get(block, i, &c);
    if (!tb_problem_make(&c, &p, message) || tb_desc_elements(&p.output[0]) > MOST)
      abort();
    make_reference(&p);
    tb_kernel_view view;
    tb_problem_view(&p, &view);
    for (int k = 0; k < subjects; k++) {
      tenbin_answer support = {.struct_size = sizeof support};
      if (subject[k].kernel->supports(&view.problem, &support) == TENBIN_OK)
        tb_region_add(subject[k].region, &p, !right(subject[k].kernel, &p));
    }
  }
}

static void print_region(const char *file, tb_region *region) {
  tb_region_result r;
  char words[1000];
  tb_region_learn(region, &r);
  tb_region_print(&r, words, sizeof words);
  printf("%s\t%" PRId64 "\t%" PRId64 "\t%d\t%" PRId64 "\t%s\n", file, r.points, r.failing, r.conditions, r.misclassified,
         words);
}

int main(int argc, char **argv) {
  enum { MANY = 16 };
  struct subject subject[MANY];
  char message[4096], warning[TB_REGISTRY_MESSAGE];
  const int subjects = argc - 1;
  if (subjects < 1 || subjects > MANY || argv[1][0] == '-') {
    fprintf(stderr, "usage: regions FILE.so:NAME.. (at most %d)\n", MANY);
    return 2;
  }
  for (int k = 0; k < subjects; k++) {
    tb_selection chosen;
    const bool named = tb_select(argv[k + 1], &chosen, message);
    const tenbin_plugin *plugin = named ? tb_registry_load(chosen.file, message, warning) : NULL;
    const tenbin_kernel *kernel = plugin ? tb_registry_find(plugin, chosen.name) : NULL;
    if (!kernel || strcmp(kernel->op, "conv_transpose2d") != 0) {
      fprintf(stderr, "regions: %s: %s\n", argv[k + 1], plugin ? "there is no such kernel of conv_transpose2d" : message);
      return 3;
    }
    subject[k] = (struct subject){kernel, tb_region_open()};
  }
  tb_suite *suite = tb_suite_open("grid", (tb_shard){0, 1}, message, sizeof message);
  if (!suite) {
    fprintf(stderr, "regions: %s\n", message);
    return 3;
  }
  for (int g = 0; g < suite->groups; g++)
    for (int i = 0; i < suite->group[g].chunks && suite->group[g].op->grid == &tb_conv_grid; i++)
      label(subject, subjects, &suite->group[g].chunk[i].block);
  tb_suite_close(suite);
  for (int k = 0; k < subjects; k++) {
    print_region(argv[k + 1], subject[k].region);
    tb_region_close(subject[k].region);
  }
  return 0;
}
