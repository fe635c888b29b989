/* What tenbin's interface costs: kernels that stand on a library, beside the library called directly, in pairs. See
 * bench/FIDELITY.md.
 *
 *     fidelity [LAYER..]           times layers of conformance/cases/conv_transpose2d/layers.cases that have no groups and no
 * bias fidelity --check [LAYER..]   compares the two sides' numbers, and times nothing
 *
 * Exit codes: 0; 1: a kernel is slower, or its numbers are others; 2 usage; 3: cannot run; 4: too noisy to decide.
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"
#include "clock.h"
#include "direct.h"
#include "machine.h"
#include "quantile.h"
#include "registry.h"
#include "rng.h"
#include "tensors.h"
#include "timing_host.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS 101
#define SIDE 2e-3 /* seconds of runs, at least one, on each side of a pair */
#define BOUND 1.05

enum { DIRECT, OURS, SIDES };

static const direct *const directs[] = {
    &direct_gemm,
#ifdef TENBIN_WITH_ONEDNN
    &direct_plain,
    &direct_blocked,
#endif
};
enum { DIRECTS = sizeof directs / sizeof *directs };

struct subject {
  tb_problem problem;
  tb_kernel_view view;
  tb_tensors tensors;
  const direct *direct;
  void *state; /* of direct */
  const tenbin_kernel *kernel;
  tb_pool *pool;
  tb_timing_host host;
  tenbin_plan *plan;
  void *workspace;
  tenbin_call call;
};

static void run(struct subject *p, int side) {
  if (side == DIRECT) {
    p->direct->run(p->state);
  } else if (p->kernel->run(p->plan, &p->call) != TENBIN_OK) {
    fprintf(stderr, "fidelity: %s: run failed\n", p->kernel->name);
    exit(3);
  }
}

/* Both sides on one problem and in one set of tensors, the kernel's as in tenbin bench. */
static bool open_both(struct subject *p, tb_case c, tb_conv_fill fill, const direct *d) {
  char message[TB_MESSAGE_MAX];
  tenbin_answer answer = {.struct_size = sizeof answer};
  c.fill = (int)fill;
  c.threads = 1;
  p->direct = d;
  p->kernel = tb_registry_find(tenbin_plugin_table(), d->kernel);
  if (!tb_problem_make(&c, &p->problem, message) || !tb_tensors_make(&p->problem, NULL, &p->tensors) ||
      !(p->pool = tb_pool_create(1)))
    return false;
  tb_problem_view(&p->problem, &p->view);
  tb_timing_host_open(&p->host, p->pool, false);
  if (p->kernel->supports(&p->view.problem, &answer) != TENBIN_OK ||
      p->kernel->prepare(&p->view.problem, p->tensors.constant, &p->host.services, &p->plan) != TENBIN_OK)
    return false;
  const size_t bytes = p->kernel->workspace ? p->kernel->workspace(p->plan) : 0;
  if (bytes > 0 && !(p->workspace = tb_pages_alloc(bytes)))
    return false;
  p->call = (tenbin_call){
      .struct_size = sizeof p->call, .input = p->tensors.input, .output = p->tensors.output, .workspace = p->workspace};
  p->state = d->make(&p->problem, p->tensors.input[TENBIN_X].data, p->tensors.input[TENBIN_WEIGHT].data,
                     p->tensors.output[TENBIN_Y].data);
  return true;
}

static void close_both(struct subject *p) {
  if (p->state)
    p->direct->free(p->state);
  if (p->plan)
    p->kernel->release(p->plan);
  if (p->pool)
    tb_timing_host_close(&p->host);
  tb_pool_destroy(p->pool);
  tb_pages_free(p->workspace);
  tb_tensors_free(&p->tensors);
}

/* On integers, whose sums are exact in any order. */
static bool same_numbers(struct subject *p) {
  float *y = p->tensors.output[TENBIN_Y].data;
  const size_t bytes = tb_desc_bytes(&p->problem.output[TENBIN_Y]), n = bytes / sizeof *y;
  float *kept = malloc(bytes);
  bool same = kept != NULL;
  memset(y, 0xff, bytes);
  run(p, OURS);
  if (kept)
    memcpy(kept, y, bytes);
  memset(y, 0xff, bytes);
  run(p, DIRECT);
  for (size_t i = 0; i < n && same; i++)
    same = kept[i] == y[i];
  free(kept);
  return same;
}

static double seconds(struct subject *p, int side, int runs, bool warm) {
  if (warm)
    run(p, side);
  const double from = tb_now();
  for (int i = 0; i < runs; i++)
    run(p, side);
  return (tb_now() - from) / runs;
}

struct result {
  double median[SIDES], ratio, low, high; /* ours to direct's, and an interval of its median */
};

/* Ranks k and n - 1 - k, from 0, of the narrowest interval of order statistics that holds the median of n independent values
 * with probability 0.95, whatever their distribution. */
static int interval_rank(int n) {
  double term = exp2(-n), below = term; /* below: P(Binomial(n, 1/2) <= k) */
  int k = 0;
  for (; 2 * (below + term * (n - k) / (k + 1)) <= 0.05; k++) {
    term *= (double)(n - k) / (k + 1);
    below += term;
  }
  return k;
}

static struct result time_pairs(struct subject *p, uint64_t *random) {
  double time[SIDES][PAIRS], ratio[PAIRS];
  const double direct = seconds(p, DIRECT, 1, true), ours = seconds(p, OURS, 1, true), least = direct < ours ? direct : ours;
  const int runs = least < SIDE ? (int)(SIDE / least + 0.5) : 1;
  for (int i = 0; i < PAIRS; i++) {
    const int first = tb_rng_bit(random);
    for (int s = 0; s < SIDES; s++)
      time[s ^ first][i] = seconds(p, s ^ first, runs, least < TB_WARM_BELOW);
    ratio[i] = log(time[OURS][i] / time[DIRECT][i]);
  }
  const int k = interval_rank(PAIRS);
  tb_sort(ratio, PAIRS);
  return (struct result){{tb_median(time[DIRECT], PAIRS), tb_median(time[OURS], PAIRS)},
                         exp(tb_quantile(ratio, PAIRS, 0.5)),
                         exp(ratio[k]),
                         exp(ratio[PAIRS - 1 - k])};
}

static int print(const char *layer, const char *kernel, const struct result *r) {
  const bool not_slower = r->high <= BOUND, slower = r->low > BOUND;
  const char *verdict = r->high < 1 / BOUND ? "faster" : "within 5 %";
  if (!not_slower)
    verdict = slower ? "slower" : "undecided";
  printf("%-14s %-15s %12.1f %12.1f %9.3f  %.3f to %.3f   %s\n", layer, kernel, 1e6 * r->median[DIRECT], 1e6 * r->median[OURS],
         r->ratio, r->low, r->high, verdict);
  fflush(stdout);
  return slower ? 1 : not_slower ? 0 : 4;
}

/* One kernel on one layer. */
static int judge(const char *layer, const tb_case *c, const direct *d, bool only_check, uint64_t *random) {
  static struct subject p;
  p = (struct subject){0};
  int status = open_both(&p, *c, TB_WIDE_X, d) ? 0 : 3;
  const bool same = status == 0 && same_numbers(&p);
  close_both(&p);
  if (status == 0 && only_check) {
    check(same, "%s: %s gives the numbers of its library called directly", layer, d->kernel);
  } else if (status == 0 && !same) {
    fprintf(stderr, "fidelity: %s: %s gives other numbers than its library called directly\n", layer, d->kernel);
    status = 1;
  } else if (status == 0) {
    p = (struct subject){0};
    status = open_both(&p, *c, TB_REAL, d) ? 0 : 3;
    if (status == 0) {
      const struct result r = time_pairs(&p, random);
      status = print(layer, d->kernel, &r);
    }
    close_both(&p);
  }
  if (status == 3)
    fprintf(stderr, "fidelity: %s: %s cannot be prepared\n", layer, d->kernel);
  return status;
}

static void print_head(void) {
  tb_machine machine;
  tb_machine_read(&machine);
  printf("%s, %d cores; one thread; medians of %d pairs\n", machine.cpu, machine.cores, PAIRS);
  for (int i = 0; i < DIRECTS; i++)
    printf("%s: %s\n", directs[i]->kernel, tb_registry_find(tenbin_plugin_table(), directs[i]->kernel)->library());
  printf("\n%-14s %-15s %12s %12s %9s  %-14s   %s\n", "layer", "kernel", "direct us", "ours us", "ratio", "95 % interval",
         "verdict");
}

static const tb_case *find(const tb_case_file *file, const char *layer) {
  for (int i = 0; i < file->lines; i++)
    if (file->line[i].layer && strcmp(file->line[i].layer, layer) == 0 && tb_conv_of(&file->line[i].c)->groups == 1 &&
        !tb_conv_of(&file->line[i].c)->bias)
      return &file->line[i].c;
  return NULL;
}

static int judge_layers(const tb_case_file *file, char **layer, int layers, bool only_check) {
  uint64_t random = 1;
  int worst = 0;
  for (int l = 0; l < layers; l++) {
    const tb_case *c = find(file, layer[l]);
    if (!c) {
      fprintf(stderr, "fidelity: %s has no layer %s without groups and bias\n", file->path, layer[l]);
      return 2;
    }
    for (int i = 0; i < DIRECTS; i++) {
      const int status = judge(layer[l], c, directs[i], only_check, &random);
      if (status == 1 || status == 3)
        worst = worst == 3 ? 3 : status;
      else if (worst == 0)
        worst = status;
    }
  }
  return worst;
}

int main(int argc, char **argv) {
  static char *usual[] = {"dcgan5_n1", "dcgan4_n1", "cyclegan1"};
  char message[8192];
  const bool only_check = argc > 1 && strcmp(argv[1], "--check") == 0;
  const int first = only_check ? 2 : 1;
  if (argc > first && argv[first][0] == '-') {
    fprintf(stderr, "usage: fidelity [--check] [LAYER..]\n");
    return 2;
  }
  tb_case_file *file = tb_cases_committed("conv_transpose2d/layers", message, sizeof message);
  if (!file) {
    fprintf(stderr, "fidelity: %s\n", message);
    return 3;
  }
  if (only_check)
    tb_tap_start(&test_tap, stdout);
  else
    print_head();
  const int status = judge_layers(file, argc > first ? argv + first : usual, argc > first ? argc - first : 3, only_check);
  tb_cases_free(file);
  return only_check && finish() != 0 ? 1 : status;
}
