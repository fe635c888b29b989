/* Which rule a case breaks that PyTorch rejects, with the numbers put in.
 *
 * SPDX-License-Identifier: MIT */
#include "explain.h"
#include "validity.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const char *const axes[2] = {"height", "width"};

static int64_t along(const tb_list *list, int axis) {
  return list->v[list->length == 1 ? 0 : axis];
}

static void output_padding(tb_text *t, const tb_conv *c) {
  tb_text_add(t, "on each axis output_padding < stride or output_padding < dilation.");
  for (int i = 0; i < 2; i++) {
    const int64_t op = along(&c->output_padding, i), s = along(&c->stride, i), d = along(&c->dilation, i);
    if (op >= s && op >= d)
      tb_text_add(t,
                  " By %s it is %" PRId64 ", which is below neither stride %" PRId64 " nor dilation %" PRId64
                  ": these sizes differ by more than output_padding has to choose among.",
                  axes[i], op, s, d);
  }
}

static void too_small(tb_text *t, const tb_conv *c) {
  tb_text_add(t, "the output has at least one element by height and by width.");
  for (int i = 0; i < 2; i++) {
    int64_t out;
    if (tb_conv_output_size(c, i, &out) && out < 1)
      tb_text_add(t,
                  " By %s: (%" PRId64 " - 1)*%" PRId64 " - 2*%" PRId64 " + %" PRId64 "*(%" PRId64 " - 1) + %" PRId64
                  " + 1 = %" PRId64 "; padding cuts all of it.",
                  axes[i], c->x.v[c->x.length - 2 + i], along(&c->stride, i), along(&c->padding, i), along(&c->dilation, i),
                  c->w.v[2 + i], along(&c->output_padding, i), out);
  }
}

/* Rules that a list of numbers breaks by itself. */
static const struct {
  const char *message, *rule;
  size_t list;
} rules[] = {
    {"negative padding", "padding >= 0 by height and width; it is", offsetof(tb_conv, padding)},
    {"negative output_padding", "output_padding >= 0 by height and width; it is", offsetof(tb_conv, output_padding)},
    {"non-positive stride", "stride >= 1 by height and width; it is", offsetof(tb_conv, stride)},
    {"dilation should be", "dilation >= 1 by height and width; it is", offsetof(tb_conv, dilation)},
    {"kernel size should be", "kernel_size >= 1 by height and width; w, whose last two sizes it is, is", offsetof(tb_conv, w)},
    {"Only zero batch", "no size but the batch is 0; x is", offsetof(tb_conv, x)},
    {"Expected 3D", "x has 3 dimensions (C, H, W) or 4 (N, C, H, W); it is", offsetof(tb_conv, x)},
    {"weight should have", "w has 4 dimensions (C_in, C_out/groups, kH, kW); it is", offsetof(tb_conv, w)},
    {"Given groups", "C_in, the first size of w, is a multiple of groups and no less; w is", offsetof(tb_conv, w)},
    {"expected stride", "a list holds one number, or one for height and one for width; stride is", offsetof(tb_conv, stride)},
    {"expected padding", "a list holds one number, or one for height and one for width; padding is",
     offsetof(tb_conv, padding)},
    {"expected output_padding", "a list holds one number, or one for height and one for width; output_padding is",
     offsetof(tb_conv, output_padding)},
    {"expected dilation", "a list holds one number, or one for height and one for width; dilation is",
     offsetof(tb_conv, dilation)},
};

void tb_explain_rule(tb_text *t, const tb_conv *c, const char *message) {
  if (strncmp(message, "output padding must", 19) == 0)
    output_padding(t, c);
  else if (strstr(message, "Output size is too small"))
    too_small(t, c);
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (strncmp(message, rules[i].message, strlen(rules[i].message)) == 0) {
      char list[200];
      tb_list_print((const tb_list *)(const void *)((const char *)c + rules[i].list), list, sizeof list);
      tb_text_add(t, "%s %s.", rules[i].rule, list);
      return;
    }
}
