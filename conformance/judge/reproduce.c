/* What a failing point is told with.
 *
 * SPDX-License-Identifier: MIT */
#include "reproduce.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "item 3 of calls=, repetition 2: y[5]", as far as it has to be said. */
static void number(tb_text *t, const tb_problem *p, int64_t index) {
  const tb_normal *n = &p->c.normal;
  int64_t each = 0;
  int i = 0;
  for (int k = 0; k < n->calls; k++)
    each += tb_call_kept(&n->call[k], p->c.dtype);
  if (each == 0)
    return;
  const int64_t repetition = index / each;
  for (index %= each; index >= tb_call_kept(&n->call[i], p->c.dtype); i++)
    index -= tb_call_kept(&n->call[i], p->c.dtype);
  if (n->calls > 1)
    tb_text_add(t, "item %d of calls=%s", i + 1, n->repeat * n->seeds > 1 ? ", " : ": ");
  if (n->repeat * n->seeds > 1)
    tb_text_add(t, "repetition %" PRId64 ": ", repetition + 1);
  tb_text_add(t, "y[%" PRId64 "]", index);
}

void tb_text_element(tb_text *t, const tb_problem *p, int64_t index) {
  const tenbin_desc *d = &p->output[TENBIN_Y];
  int64_t at[TENBIN_RANK_MAX];
  if (p->c.op == TB_NORMAL) {
    number(t, p, index);
    return;
  }
  for (int i = d->rank - 1; i >= 0; i--) {
    at[i] = index % d->size[i];
    index /= d->size[i];
  }
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, "%s%" PRId64, i ? ", " : "y[", at[i]);
  tb_text_add(t, "]");
}

static void shape(tb_text *t, const tenbin_desc *d) {
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, ", %" PRId64, d->size[i]);
}

static void sizes(tb_text *t, const int64_t *v, int rank) {
  for (int i = 0; i < rank; i++)
    tb_text_add(t, "%s%" PRId64, i ? ", " : "", v[i]);
}

/* A call of normal, and how many blanks are before it. */
static void pytorch_call(tb_text *t, const tb_case *c, const tb_call *call, const char *indent) {
  static const char *const dtypes[] = {
      [TENBIN_F32] = "float32", [TENBIN_F64] = "float64", [TENBIN_F16] = "float16", [TENBIN_BF16] = "bfloat16"};
  const tenbin_normal_args a = tb_call_args(&c->normal, call);
  const tenbin_desc d = tb_call_desc(call, c->dtype);
  if (call->kind == TB_RESEED)
    tb_text_add(t, "%sg.manual_seed(s)\n", indent);
  else if (call->kind == TB_INJECT)
    tb_text_add(t, "%sg.set_state(injected(s, k))\n", indent);
  if (call->kind != TB_DRAW)
    return;
  tb_text_add(t, "%sy = torch.empty(", indent);
  if (call->strided)
    tb_text_add(t, "%zu", tb_desc_bytes(&d) / tb_dtype_bytes(c->dtype));
  else
    sizes(t, call->size, call->rank);
  tb_text_add(t, ", dtype=torch.%s)", dtypes[c->dtype]);
  if (call->strided) {
    tb_text_add(t, ".as_strided((");
    sizes(t, call->size, call->rank);
    tb_text_add(t, ",), (");
    sizes(t, call->stride, call->rank);
    tb_text_add(t, ",))");
  }
  tb_text_add(t, ".normal_(float('%.17g'), float('%.17g'), generator=g); numbers += y.flatten().tolist()\n", a.mean, a.std);
}

/* The wrong numbers by their index among all, where all are kept, else the first ones. */
static void pytorch_wrong(tb_text *t, const tb_problem *p, const tb_judgement *j) {
  if (j->differences == 0 || p->kept != p->drawn) {
    tb_text_add(t, "print(*numbers[:16], sep='\\n')\n");
    return;
  }
  tb_text_add(t, "print(*(numbers[i] for i in (");
  for (int i = 0; i < j->differences; i++)
    tb_text_add(t, "%" PRId64 ", ", j->difference[i].index);
  tb_text_add(t, ")), sep='\\n')\n");
}

/* With ATEN_CPU_CAPABILITY as the stream wants it. The state that inject restores is made by golden/export/normal.py, which
 * lies in the repository. */
static void pytorch_normal(tb_text *t, const tb_problem *p, const tb_judgement *j) {
  const tb_case *c = &p->c;
  const tb_normal *n = &c->normal;
  bool injects = false;
  for (int i = 0; i < n->calls; i++)
    injects = injects || n->call[i].kind == TB_INJECT;
  tb_text_add(t, "import os%s\nos.environ['ATEN_CPU_CAPABILITY'] = '%s'\nimport torch\n", injects ? ", sys" : "",
              strcmp(n->stream, "torch-cpu-default") == 0 ? "default" : "avx2");
  if (injects)
    tb_text_add(t, "sys.path.insert(0, 'golden/export') # in tenbin's folder\nfrom normal import injected\nk = 0\n");
  tb_text_add(t, "g, numbers = torch.Generator(), []\n");
  const bool once = n->seeds == 1 && n->repeat == 1;
  if (once)
    tb_text_add(t, "s = %" PRIu64 "\ng.manual_seed(s)\n", c->seed);
  else
    tb_text_add(t,
                "for s in range(%" PRIu64 ", %" PRIu64 " + %" PRId64 "):\n  g.manual_seed(s)\n  for _ in range(%" PRId64 "):\n",
                c->seed, c->seed, n->seeds, n->repeat);
  for (int i = 0; i < n->calls; i++)
    pytorch_call(t, c, &n->call[i], once ? "" : "    ");
  if (injects && !once)
    tb_text_add(t, "    k += 1\n");
  pytorch_wrong(t, p, j);
}

static void pytorch_sets(tb_text *t, const tb_case *c) {
  for (int i = 0; i < c->sets; i++)
    tb_text_add(t, "%c.view(-1)[%" PRId64 "] = float('%g')\n", "xwb"[c->set[i].role], c -> set[i].index, c->set[i].value);
}

void tb_text_pytorch(tb_text *t, const tb_problem *p, const tb_judgement *j) {
  static const char *const names = "xwb";
  const tenbin_conv2d *a = &p->conv;
  if (p->c.op == TB_NORMAL) {
    pytorch_normal(t, p, j);
    return;
  }
  tb_text_add(t,
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
      tb_text_add(t, "%c = None\n", names[i]);
      continue;
    }
    tb_text_add(t, "%c = fill(%d, %" PRId64, names[i], i, p->range[i]);
    shape(t, &p->input[i]);
    tb_text_add(t, ")\n");
  }
  pytorch_sets(t, &p->c);
  tb_text_add(t,
              "y = torch.nn.functional.conv_transpose2d(x, w, b, stride=(%" PRId64 ", %" PRId64 "), padding=(%" PRId64
              ", %" PRId64 "),\n    output_padding=(%" PRId64 ", %" PRId64 "), groups=%" PRId64 ", dilation=(%" PRId64
              ", %" PRId64 "))\n",
              a->stride[0], a->stride[1], a->padding[0], a->padding[1], a->output_padding[0], a->output_padding[1], a->groups,
              a->dilation[0], a->dilation[1]);
  if (j->differences == 0)
    tb_text_add(t, "print(y)\n");
  for (int i = 0; i < j->differences; i++) {
    tb_text_add(t, "print(");
    tb_text_element(t, p, j->difference[i].index);
    tb_text_add(t, ".item())\n");
  }
}
