/* What a run says.
 *
 * SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

int tb_tally_cases(const tb_tally *t) {
  int n = 0;
  for (int v = 0; v < TB_VERDICTS; v++)
    n += t->count[v];
  return n;
}

int tb_tally_failures(const tb_tally *t) {
  return tb_tally_cases(t) - t->count[TB_V_PASSED] - t->count[TB_V_UNSUPPORTED];
}

struct text {
  char *out;
  size_t used, size;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(t->out + t->used, t->size - t->used, format, list);
  va_end(list);
  if (n > 0)
    t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}

/* "y[0, 3, 2, 1]" */
static void element(struct text *t, const tb_problem *p, int64_t index) {
  const tenbin_desc *d = &p->output[TENBIN_Y];
  int64_t at[TENBIN_RANK_MAX];
  if (p->c.op == TB_NORMAL) {
    add(t, "y[%" PRId64 "]", index);
    return;
  }
  for (int i = d->rank - 1; i >= 0; i--) {
    at[i] = index % d->size[i];
    index /= d->size[i];
  }
  for (int i = 0; i < d->rank; i++)
    add(t, "%s%" PRId64, i ? ", " : "y[", at[i]);
  add(t, "]");
}

static void difference(struct text *t, const tb_problem *p, const tb_difference *d) {
  element(t, p, d->index);
  if (d->unwritten)
    add(t, ": never written, ");
  else
    add(t, ": got %a (%.9g), ", (double)d->got, (double)d->got);
  add(t, "want %a (%.9g)", d->want, d->want);
  if (d->bound >= 0)
    add(t, " within %.3g, off by %.3g", d->bound, fabs((double)d->got - d->want));
  add(t, "\n");
}

static void shape(struct text *t, const tenbin_desc *d) {
  for (int i = 0; i < d->rank; i++)
    add(t, ", %" PRId64, d->size[i]);
}

static void sizes(struct text *t, const int64_t *v, int rank) {
  for (int i = 0; i < rank; i++)
    add(t, "%s%" PRId64, i ? ", " : "", v[i]);
}

/* The state that inject restores is made by golden/normal.py, which lies in the repository. */
static void pytorch_call(struct text *t, const tb_case *c, const tb_call *call) {
  static const char *const dtypes[] = {
      [TENBIN_F32] = "float32", [TENBIN_F64] = "float64", [TENBIN_F16] = "float16", [TENBIN_BF16] = "bfloat16"};
  const tenbin_normal_args a = tb_call_args(&c->normal, call);
  const tenbin_desc d = tb_call_desc(call, c->dtype);
  if (call->kind == TB_RESEED)
    add(t, "    g.manual_seed(s)\n");
  else if (call->kind == TB_INJECT)
    add(t, "    g.set_state(injected(s, k)); k += 1 # of golden/normal.py\n");
  if (call->kind != TB_DRAW)
    return;
  add(t, "    y = torch.empty(");
  if (call->strided)
    add(t, "%zu", tb_desc_bytes(&d) / tb_dtype_bytes(c->dtype));
  else
    sizes(t, call->size, call->rank);
  add(t, ", dtype=torch.%s)", dtypes[c->dtype]);
  if (call->strided) {
    add(t, ".as_strided((");
    sizes(t, call->size, call->rank);
    add(t, ",), (");
    sizes(t, call->stride, call->rank);
    add(t, ",))");
  }
  add(t, ".normal_(float('%.17g'), float('%.17g'), generator=g); print(y.flatten()[:16].tolist())\n", a.mean, a.std);
}

/* With ATEN_CPU_CAPABILITY as the stream wants it. */
static void pytorch_normal(struct text *t, const tb_case *c) {
  const tb_normal *n = &c->normal;
  add(t, "import os\nos.environ['ATEN_CPU_CAPABILITY'] = '%s'\nimport torch\ng, k = torch.Generator(), 0\n",
      strcmp(n->stream, "torch-cpu-default") == 0 ? "default" : "avx2");
  add(t, "for s in range(%" PRIu64 ", %" PRIu64 " + %" PRId64 "):\n  g.manual_seed(s)\n  for _ in range(%" PRId64 "):\n",
      c->seed, c->seed, n->seeds, n->repeat);
  for (int i = 0; i < n->calls; i++)
    pytorch_call(t, c, &n->call[i]);
}

static void pytorch_sets(struct text *t, const tb_case *c) {
  for (int i = 0; i < c->sets; i++)
    add(t, "%c.view(-1)[%" PRId64 "] = float('%g')\n", "xwb"[c->set[i].role], c -> set[i].index, c->set[i].value);
}

/* Python that makes the case's data, runs PyTorch on it, and prints the elements that differ. */
static void report_pytorch(const tb_problem *p, const tb_judgement *j, char *out, size_t size) {
  static const char *const names = "xwb";
  struct text t = {out, 0, size};
  const tenbin_conv2d *a = &p->conv;
  if (p->c.op == TB_NORMAL) {
    pytorch_normal(&t, &p->c);
    return;
  }
  add(&t,
      "import numpy as np, torch\n"
      "np.seterr(over='ignore')\n"
      "U, G = np.uint64, np.uint64(0x9e3779b97f4a7c15)\n"
      "def mix(z):\n"
      "    z = (z ^ (z >> U(30))) * U(0xbf58476d1ce4e5b9)\n"
      "    z = (z ^ (z >> U(27))) * U(0x94d049bb133111eb)\n"
      "    return z ^ (z >> U(31))\n"
      "def fill(role, widest, *shape):\n"
      "    i = np.arange(int(np.prod(shape)), dtype=U)\n"
      "    h = mix(mix(U(%" PRIu64 ") + G * U(role + 1)) + G * i)\n"
      "    m = ((h >> U(32)) * U(widest) >> U(32)).astype(float) + 1\n"
      "    return torch.tensor(np.where(h & U(1), -m, m) * 2.0**-%d).reshape(shape)\n",
      p->c.seed, p->scale);
  for (int i = 0; i < 3; i++) {
    if (p->input[i].dtype == TENBIN_NONE) {
      add(&t, "%c = None\n", names[i]);
      continue;
    }
    add(&t, "%c = fill(%d, %" PRId64, names[i], i, p->range[i]);
    shape(&t, &p->input[i]);
    add(&t, ")\n");
  }
  pytorch_sets(&t, &p->c);
  add(&t,
      "y = torch.nn.functional.conv_transpose2d(x, w, b, stride=(%" PRId64 ", %" PRId64 "), padding=(%" PRId64 ", %" PRId64
      "),\n    output_padding=(%" PRId64 ", %" PRId64 "), groups=%" PRId64 ", dilation=(%" PRId64 ", %" PRId64 "))\n",
      a->stride[0], a->stride[1], a->padding[0], a->padding[1], a->output_padding[0], a->output_padding[1], a->groups,
      a->dilation[0], a->dilation[1]);
  if (j->differences == 0)
    add(&t, "print(y)\n");
  for (int i = 0; i < j->differences; i++) {
    add(&t, "print(");
    element(&t, p, j->difference[i].index);
    add(&t, ".item())\n");
  }
}

static bool make_problem(const char *text, tb_problem *p) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  return tb_case_parse(text, &c, &error) && tb_problem_make(&c, p, message);
}

/* The body of a YAML block for one failing case. */
static void yaml_case(tb_tap *tap, const char *select, const tb_problem *p, const tb_case_result *r) {
  const tb_judgement *j = r->judgement;
  char text[6000] = "";
  struct text t = {text, 0, sizeof text};
  tb_tap_yaml(tap, "verdict", "%s", tb_verdict_name(j->verdict));
  tb_tap_yaml(tap, "reason", "%s", j->reason);
  if (*j->against)
    tb_tap_yaml(tap, "against", "%s", j->against);
  for (int i = 0; i < j->differences; i++)
    difference(&t, p, &j->difference[i]);
  if (j->differences)
    tb_tap_yaml_text(tap, "elements", text);
  if (r->prints)
    tb_tap_yaml_text(tap, "printed", r->prints);
  tb_tap_yaml(tap, "tenbin", "tenbin check --kernel %s --case '%s'", select, p->text);
  report_pytorch(p, j, text, sizeof text);
  tb_tap_yaml_text(tap, "pytorch", text);
}

/* For people: the first few failures, in a few lines each. */
static void say(tb_tally *tally, const tb_problem *p, const tb_judgement *j) {
  enum { TOLD_MAX = 5 };
  char text[600] = "";
  struct text t = {text, 0, sizeof text};
  if (tally->told > TOLD_MAX)
    return;
  if (tally->told++ == TOLD_MAX) {
    fprintf(stderr, "%s: more failures; all of them are in the TAP stream\n", tally->kernel);
    return;
  }
  if (j->differences)
    difference(&t, p, &j->difference[0]);
  fprintf(stderr, "%s: %s: %s\n  %s\n%s%s", tally->kernel, tb_verdict_name(j->verdict), j->reason, p->text,
          *text ? "  first: " : "", text);
}

static void count(tb_tally *tally, const tb_case_result *r) {
  tally->count[r->verdict]++;
  if (!r->why)
    return;
  int i = 0;
  while (i < tally->reasons && strcmp(tally->reason[i].why, r->why) != 0)
    i++;
  if (i == tally->reasons && i < (int)(sizeof tally->reason / sizeof *tally->reason))
    snprintf(tally->reason[tally->reasons++].why, sizeof tally->reason[i].why, "%s", r->why);
  if (i < tally->reasons)
    tally->reason[i].count++;
}

static void report_case(tb_tap *tap, tb_tally *tally, const char *select, const tb_suite_case *c, const tb_case_result *r) {
  static tb_problem p;
  char directive[300];
  snprintf(directive, sizeof directive, "SKIP unsupported: %s", r->why ? r->why : "");
  tb_tap_point(tap, r->judgement == NULL, c->text, r->why ? directive : NULL);
  if (!r->judgement || !make_problem(r->text, &p))
    return;
  tb_tap_yaml_begin(tap);
  if (*c->flags)
    tb_tap_yaml(tap, "catches", "%s", c->flags);
  yaml_case(tap, select, &p, r);
  tb_tap_yaml_end(tap);
  say(tally, &p, r->judgement);
}

/* "k5 s4 p3 d3 op2 on the height, 655 tuples on the width: 640 passed, 15 unsupported" */
static bool name_block(struct text *t, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  int counts[TB_VERDICTS] = {0};
  const tb_tuple *h = &chunk->block.height;
  const char *separator = ": ";
  if (group->kind == TB_GRID)
    add(t, "k%d s%d p%d d%d op%d on the height, %d tuples on the width", h->k, h->s, h->p, h->d, h->op, chunk->cases);
  else
    add(t, "cases %d to %d", chunk->first + 1, chunk->first + chunk->cases);
  for (int i = 0; i < chunk->cases; i++)
    counts[results[i].verdict]++;
  for (int v = 0; v < TB_VERDICTS; v++)
    if (counts[v]) {
      add(t, "%s%d %s", separator, counts[v], tb_verdict_name((tb_verdict)v));
      separator = ", ";
    }
  return counts[TB_V_PASSED] + counts[TB_V_UNSUPPORTED] == chunk->cases;
}

/* A block's point: its first failing case in full, and the others by verdict and descriptor. */
static void report_block(tb_tap *tap, tb_tally *tally, const char *select, const tb_suite_group *group, const tb_chunk *chunk,
                         const tb_case_result *results) {
  static tb_problem p;
  char name[400];
  struct text t = {name, 0, sizeof name};
  bool first = true, unsupported = true;
  const bool ok = name_block(&t, group, chunk, results);
  for (int i = 0; i < chunk->cases; i++)
    unsupported = unsupported && results[i].verdict == TB_V_UNSUPPORTED;
  tb_tap_point(tap, ok, name, unsupported ? "SKIP all unsupported" : NULL);
  if (ok)
    return;
  tb_tap_yaml_begin(tap);
  for (int i = 0; i < chunk->cases; i++) {
    const tb_case_result *r = &results[i];
    if (!r->judgement || !make_problem(r->text, &p))
      continue;
    if (first) {
      yaml_case(tap, select, &p, r);
      tb_tap_yaml_list(tap, "all");
    }
    first = false;
    tb_tap_yaml_item(tap, "%s: %s: %s", tb_verdict_name(r->verdict), r->text, r->judgement->reason);
    say(tally, &p, r->judgement);
  }
  tb_tap_yaml_end(tap);
}

void tb_report_chunk(tb_tap *tap, tb_tally *tally, const char *select, const tb_suite_group *group, const tb_chunk *chunk,
                     const tb_case_result *results) {
  for (int i = 0; i < chunk->cases; i++)
    count(tally, &results[i]);
  if (group->kind != TB_LISTED) {
    report_block(tap, tally, select, group, chunk, results);
    return;
  }
  for (int i = 0; i < chunk->cases; i++)
    report_case(tap, tally, select, &group->list[chunk->first + i], &results[i]);
}

void tb_report_table(FILE *out, const tb_tally *tallies, int count) {
  int width = 6;
  for (int i = 0; i < count; i++)
    width = (int)strlen(tallies[i].kernel) > width ? (int)strlen(tallies[i].kernel) : width;
  fprintf(out, "%-*s  %7s  %7s  %11s  %7s  %9s  %s\n", width, "kernel", "cases", "passed", "unsupported", "failed", "seconds",
          "library");
  for (int i = 0; i < count; i++) {
    const tb_tally *t = &tallies[i];
    fprintf(out, "%-*s  %7d  %7d  %11d  %7d  %9.2f  %s\n", width, t->kernel, tb_tally_cases(t), t->count[TB_V_PASSED],
            t->count[TB_V_UNSUPPORTED], tb_tally_failures(t), t->seconds, *t->library ? t->library : "-");
  }
  for (int i = 0; i < count; i++)
    for (int k = 0; k < tallies[i].reasons; k++)
      fprintf(out, "%s: %d unsupported: %s\n", tallies[i].kernel, tallies[i].reason[k].count, tallies[i].reason[k].why);
  for (int i = 0; i < count; i++) {
    const char *separator = "";
    for (int v = 0; tb_tally_failures(&tallies[i]) && v < TB_VERDICTS; v++) {
      if (v == TB_V_PASSED || v == TB_V_UNSUPPORTED || tallies[i].count[v] == 0)
        continue;
      if (!*separator)
        fprintf(out, "%s: ", tallies[i].kernel);
      fprintf(out, "%s%d %s", separator, tallies[i].count[v], tb_verdict_name((tb_verdict)v));
      separator = ", ";
    }
    if (*separator)
      fprintf(out, "\n");
  }
}
