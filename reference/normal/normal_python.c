/* PyTorch's line of a case of normal.
 *
 * SPDX-License-Identifier: MIT */
#include "normal_python.h"

#include "dtype.h"

#include <inttypes.h>
#include <string.h>

static void sizes(tb_text *t, const int64_t *v, int rank) {
  for (int i = 0; i < rank; i++)
    tb_text_add(t, "%s%" PRId64, i ? ", " : "", v[i]);
}

/* A call of normal, and how many blanks are before it. */
static void pytorch_call(tb_text *t, const tb_case *c, const tb_call *call, const char *indent) {
  const tenbin_normal_args a = tb_call_args(tb_normal_of(c), call);
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
  tb_text_add(t, ", dtype=torch.%s)", tb_dtype_torch(c->dtype));
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
static void pytorch_wrong(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs) {
  if (wrongs == 0 || p->kept != p->drawn) {
    tb_text_add(t, "print(*numbers[:16], sep='\\n')\n");
    return;
  }
  tb_text_add(t, "print(*(numbers[i] for i in (");
  for (int i = 0; i < wrongs; i++)
    tb_text_add(t, "%" PRId64 ", ", wrong[i]);
  tb_text_add(t, ")), sep='\\n')\n");
}

/* With ATEN_CPU_CAPABILITY as the stream needs it. The state that inject restores is made by golden/export/normal/draw.py,
 * which lies in the repository. */
void tb_normal_python(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs) {
  const tb_case *c = &p->c;
  const tb_normal *n = tb_normal_of(c);
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
  pytorch_wrong(t, p, wrong, wrongs);
}
