/* What a region is described by: the quantities of a problem, and their names.
 *
 * SPDX-License-Identifier: MIT */
#include "quantity.h"

#include "conv_reference.h"

#include <math.h>

#define BY(of, n, cost)                                                                                                        \
  {                                                                                                                            \
    of " is a multiple of " #n, of " is no multiple of " #n, NULL, cost, 0, {                                                  \
      0                                                                                                                        \
    }                                                                                                                          \
  }
#define BY_4_8_16(first, of, cost)                                                                                             \
  [first] = BY(of, 4, cost), [(first) + 1] = BY(of, 8, (cost) + 1), [(first) + 2] = BY(of, 16, (cost) + 2)

#define REACHED(what, n, cost)                                                                                                 \
  {                                                                                                                            \
    "a tap reaches the " what " after the last multiple of " #n, "no tap reaches the " what " after the last multiple of " #n, \
        NULL, cost, 0, {                                                                                                       \
      0                                                                                                                        \
    }                                                                                                                          \
  }
#define REACHED_4_8_16(first, what, cost)                                                                                      \
  [first] = REACHED(what, 4, cost), [(first) + 1] = REACHED(what, 8, (cost) + 1), [(first) + 2] = REACHED(what, 16, (cost) + 2)

static const tb_quantity_text texts[TB_Q_ALL] = {
    [TB_Q_KERNEL] = {"kernel_size@", NULL, NULL, 0, 10, {1, 2, 3, 4, 5, 6, 7, 8, 16, 32}},
    [TB_Q_STRIDE] = {"stride@", NULL, NULL, 0, 7, {1, 2, 3, 4, 8, 16, 32}},
    [TB_Q_PADDING] = {"padding@", NULL, NULL, 0, 6, {0, 1, 2, 3, 4, 8}},
    [TB_Q_DILATION] = {"dilation@", NULL, NULL, 0, 4, {1, 2, 3, 4}},
    [TB_Q_OUTPUT_PADDING] = {"output_padding@", NULL, NULL, 0, 4, {0, 1, 2, 3}},
    [TB_Q_INPUT] = {"input@", NULL, "input is the size of x", 6, 10, {0, 1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_OUTPUT] = {"output@", NULL, "output is the size of y", 6, 10, {0, 1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_SCALED] = {"input@*stride@", NULL, "input is the size of x", 2, 0, {0}},
    [TB_Q_EXTENT] = {"extent@", NULL, "extent = dilation*(kernel_size-1)+1", 3, 9, {1, 2, 3, 4, 5, 7, 8, 16, 32}},
    [TB_Q_GCD] = {"gcd(stride@, dilation@)", NULL, NULL, 5, 3, {1, 2, 3}},
    [TB_Q_PERIOD] = {"stride@/gcd(stride@, dilation@)", NULL, NULL, 6, 4, {1, 2, 3, 4}},
    [TB_Q_MOST_TAPS] = {"taps@", NULL, "taps: the most that meet in one row or column of the output", 5, 5, {0, 1, 2, 3, 4}},
    [TB_Q_FEWEST_TAPS] = {"fewest taps@",
                          NULL,
                          "fewest taps: the fewest that meet in one row or column of the output; 0: some hold "
                          "the bias only",
                          6,
                          4,
                          {0, 1, 2, 3}},
    [TB_Q_KERNEL_LINES] =
        {"kernel lines@", NULL, "kernel lines: those of the kernel with a tap in the output", 7, 5, {0, 1, 2, 3, 4}},
    [TB_Q_INPUT_LINES] = {"input lines@", NULL, "input lines: those that reach the output", 7, 5, {0, 1, 2, 3, 4}},
    [TB_Q_REACHED] = {"a tap reaches the output", "no tap reaches the output", NULL, 3, 0, {0}},
    [TB_Q_HOLED] = {"some # have no tap", "all # have a tap", NULL, 4, 0, {0}},
    [TB_Q_EXTRA_REACHED] = {"a tap reaches the extra #",
                            "no tap reaches the extra #",
                            "extra: what output_padding adds at the bottom and right",
                            4,
                            0,
                            {0}},
    [TB_Q_FIRST_REACHED] = {"a tap reaches the first $", "no tap reaches the first $", NULL, 5, 0, {0}},
    [TB_Q_LAST_REACHED] = {"a tap reaches the last $", "no tap reaches the last $", NULL, 5, 0, {0}},
    [TB_Q_KERNEL_CROPPED] = {"some kernel # never reach the output", "all kernel # reach the output", NULL, 6, 0, {0}},
    [TB_Q_INPUT_CROPPED] = {"some input # never reach the output", "all input # reach the output", NULL, 6, 0, {0}},
    [TB_Q_FIRST_KERNEL_LINE] =
        {"the first kernel $ has a tap in the output", "the first kernel $ has no tap in the output", NULL, 6, 0, {0}},
    [TB_Q_LAST_KERNEL_LINE] =
        {"the last kernel $ has a tap in the output", "the last kernel $ has no tap in the output", NULL, 6, 0, {0}},
    [TB_Q_FIRST_INPUT_LINE] =
        {"the first input $ reaches the output", "the first input $ does not reach the output", NULL, 6, 0, {0}},
    [TB_Q_LAST_INPUT_LINE] =
        {"the last input $ reaches the output", "the last input $ does not reach the output", NULL, 6, 0, {0}},
    REACHED_4_8_16(TB_Q_TAIL_OF_4_REACHED, "#", 7),
    [TB_Q_SAME_BY_KERNEL] = {"2*padding@ = kernel_size@-1", "2*padding@ != kernel_size@-1", NULL, 5, 0, {0}},
    [TB_Q_SAME_BY_EXTENT] =
        {"2*padding@ = extent@-1", "2*padding@ != extent@-1", "extent = dilation*(kernel_size-1)+1", 6, 0, {0}},
    [TB_Q_STRIDE_DIVIDES_KERNEL] = {"stride@ divides kernel_size@", "stride@ does not divide kernel_size@", NULL, 5, 0, {0}},
    [TB_Q_STRIDE_DIVIDES_DILATION] = {"stride@ divides dilation@", "stride@ does not divide dilation@", NULL, 5, 0, {0}},
    [TB_Q_DILATION_DIVIDES_STRIDE] = {"dilation@ divides stride@", "dilation@ does not divide stride@", NULL, 5, 0, {0}},
    [TB_Q_STRIDE_DIVIDES_PADDING] = {"stride@ divides padding@", "stride@ does not divide padding@", NULL, 5, 0, {0}},
    [TB_Q_STRIDE_DIVIDES_EXTENT] =
        {"stride@ divides extent@", "stride@ does not divide extent@", "extent = dilation*(kernel_size-1)+1", 7, 0, {0}},
    [TB_Q_STRIDE_DIVIDES_OUTPUT] =
        {"stride@ divides output@", "stride@ does not divide output@", "output is the size of y", 7, 0, {0}},
    [TB_Q_KERNEL_EVEN] = {"kernel_size@ is even", "kernel_size@ is odd", NULL, 4, 0, {0}},
    [TB_Q_EXTENT_EVEN] = {"extent@ is even", "extent@ is odd", "extent = dilation*(kernel_size-1)+1", 6, 0, {0}},
    [TB_Q_STRIDE_EVEN] = {"stride@ is even", "stride@ is odd", NULL, 4, 0, {0}},
    [TB_Q_PADDING_EVEN] = {"padding@ is even", "padding@ is odd", NULL, 4, 0, {0}},
    [TB_Q_OUTPUT_PADDING_EVEN] = {"output_padding@ is even", "output_padding@ is odd", NULL, 4, 0, {0}},
    BY_4_8_16(TB_Q_INPUT_BY_4, "input@", 7),
    BY_4_8_16(TB_Q_OUTPUT_BY_4, "output@", 7),
    [TB_Q_GROUPS] = {"groups", NULL, NULL, 0, 6, {1, 2, 3, 4, 8, 16}},
    [TB_Q_BATCH] = {"batch", NULL, "batch is N", 0, 5, {0, 1, 2, 3, 4}},
    [TB_Q_C_IN] = {"in_channels", NULL, NULL, 1, 10, {0, 1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_C_OUT] = {"out_channels", NULL, NULL, 1, 9, {1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_C_IN_PER_GROUP] = {"in_channels/groups", NULL, NULL, 2, 10, {0, 1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_C_OUT_PER_GROUP] = {"out_channels/groups", NULL, NULL, 2, 9, {1, 2, 3, 4, 7, 8, 15, 16, 32}},
    [TB_Q_MOST_TERMS] =
        {"terms", NULL, "terms: the most products that meet in one element of y", 7, 8, {0, 1, 2, 4, 8, 64, 512, 4096}},
    [TB_Q_FEWEST_TERMS] =
        {"fewest terms", NULL, "fewest terms: the fewest products that meet in one element of y", 8, 3, {0, 1, 2}},
    [TB_Q_THREADS] = {"threads", NULL, NULL, 1, 3, {1, 2, 4}},
    [TB_Q_BIAS] = {"there is a bias", "there is no bias", NULL, 0, 0, {0}},
    [TB_Q_UNBATCHED] = {"the input is unbatched", "the input is batched", NULL, 1, 0, {0}},
    [TB_Q_REAL] = {"the data is real-valued (fill=real)", "the data is integer", NULL, 4, 0, {0}},
    [TB_Q_WIDE_W] = {"the weights are wide (fill=wide-w)", "the weights are not wide", NULL, 6, 0, {0}},
    [TB_Q_X_NAN] = {"x holds a NaN", "x holds no NaN", NULL, 2, 0, {0}},
    [TB_Q_X_INFINITE] = {"x holds an infinity", "x holds no infinity", NULL, 2, 0, {0}},
    [TB_Q_WEIGHT_NAN] = {"the weight holds a NaN", "the weight holds no NaN", NULL, 2, 0, {0}},
    [TB_Q_WEIGHT_INFINITE] = {"the weight holds an infinity", "the weight holds no infinity", NULL, 2, 0, {0}},
    [TB_Q_BIAS_NOT_FINITE] = {"the bias holds a NaN or an infinity", "the bias is finite", NULL, 2, 0, {0}},
    BY_4_8_16(TB_Q_C_IN_BY_4, "in_channels", 3),
    BY_4_8_16(TB_Q_C_OUT_BY_4, "out_channels", 3),
    BY_4_8_16(TB_Q_C_OUT_PER_GROUP_BY_4, "out_channels/groups", 4),
    BY_4_8_16(TB_Q_INPUT_PIXELS_BY_4, "input_h*input_w", 9),
    BY_4_8_16(TB_Q_OUTPUT_PIXELS_BY_4, "output_h*output_w", 9),
    REACHED_4_8_16(TB_Q_PIXELS_AFTER_4_REACHED, "pixels", 9),
};

const tb_quantity_text *tb_quantity_texts(void) {
  return texts;
}

static int32_t narrow(int64_t v) {
  return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

static void by_4_8_16(int32_t *out, int64_t v) {
  for (int i = 0; i < 3; i++)
    out[i] = v % (4 << i) == 0;
}

/* Of the lines of the output. */
static void reach(const tb_problem *p, int axis, int32_t q[TB_Q_AXIS]) {
  const int64_t out = tb_conv2d(p)->out[axis];
  for (int64_t line = 0; line < out; line++) {
    const int32_t taps = narrow(tb_conv_taps(p, axis, line));
    q[TB_Q_MOST_TAPS] = taps > q[TB_Q_MOST_TAPS] ? taps : q[TB_Q_MOST_TAPS];
    q[TB_Q_FEWEST_TAPS] = line == 0 || taps < q[TB_Q_FEWEST_TAPS] ? taps : q[TB_Q_FEWEST_TAPS];
    if (taps == 0)
      continue;
    q[TB_Q_REACHED] = 1;
    q[TB_Q_FIRST_REACHED] |= line == 0;
    q[TB_Q_LAST_REACHED] |= line == out - 1;
    q[TB_Q_EXTRA_REACHED] |= line >= out - tb_conv2d(p)->conv.output_padding[axis];
    for (int i = 0; i < 3; i++)
      q[TB_Q_TAIL_OF_4_REACHED + i] |= line >= out - out % (4 << i);
  }
  q[TB_Q_HOLED] = q[TB_Q_FEWEST_TAPS] == 0;
}

/* Of the lines of the kernel, or of the input, with `each` steps to the other's `others` lines: whether the first and the last
 * of them are carried into the output, and how many are. */
static int carried(const tb_problem *p, int axis, bool of_kernel, int32_t *first, int32_t *last) {
  const int64_t lines = of_kernel ? tb_conv2d(p)->kernel[axis] : tb_conv2d(p)->in[axis],
                others = of_kernel ? tb_conv2d(p)->in[axis] : tb_conv2d(p)->kernel[axis];
  const int64_t step = of_kernel ? tb_conv2d(p)->conv.dilation[axis] : tb_conv2d(p)->conv.stride[axis];
  const int64_t other_step = of_kernel ? tb_conv2d(p)->conv.stride[axis] : tb_conv2d(p)->conv.dilation[axis];
  int n = 0;
  for (int64_t i = 0; i < lines; i++) {
    bool any = false;
    for (int64_t j = 0; j < others && !any; j++) {
      const int64_t at = i * step + j * other_step - tb_conv2d(p)->conv.padding[axis];
      any = at >= 0 && at < tb_conv2d(p)->out[axis];
    }
    n += any;
    *first |= any && i == 0;
    *last |= any && i == lines - 1;
  }
  return n;
}

void tb_axis_quantities(const tb_problem *p, int axis, int32_t q[TB_Q_AXIS]) {
  const int64_t k = tb_conv2d(p)->kernel[axis], s = tb_conv2d(p)->conv.stride[axis], d = tb_conv2d(p)->conv.dilation[axis],
                pad = tb_conv2d(p)->conv.padding[axis];
  const int64_t extent = d * (k - 1) + 1, common = tb_gcd(s, d);
  for (int i = 0; i < TB_Q_AXIS; i++)
    q[i] = 0;
  q[TB_Q_KERNEL] = narrow(k);
  q[TB_Q_STRIDE] = narrow(s);
  q[TB_Q_PADDING] = narrow(pad);
  q[TB_Q_DILATION] = narrow(d);
  q[TB_Q_OUTPUT_PADDING] = narrow(tb_conv2d(p)->conv.output_padding[axis]);
  q[TB_Q_INPUT] = narrow(tb_conv2d(p)->in[axis]);
  q[TB_Q_OUTPUT] = narrow(tb_conv2d(p)->out[axis]);
  q[TB_Q_EXTENT] = narrow(extent);
  q[TB_Q_GCD] = narrow(common);
  q[TB_Q_PERIOD] = narrow(s / common);
  q[TB_Q_SCALED] = narrow(tb_conv2d(p)->in[axis] * s);
  q[TB_Q_SAME_BY_KERNEL] = 2 * pad == k - 1;
  q[TB_Q_SAME_BY_EXTENT] = 2 * pad == extent - 1;
  reach(p, axis, q);
  q[TB_Q_KERNEL_LINES] = carried(p, axis, true, &q[TB_Q_FIRST_KERNEL_LINE], &q[TB_Q_LAST_KERNEL_LINE]);
  q[TB_Q_INPUT_LINES] = carried(p, axis, false, &q[TB_Q_FIRST_INPUT_LINE], &q[TB_Q_LAST_INPUT_LINE]);
  q[TB_Q_KERNEL_CROPPED] = q[TB_Q_KERNEL_LINES] < k;
  q[TB_Q_INPUT_CROPPED] = q[TB_Q_INPUT_LINES] < tb_conv2d(p)->in[axis];
  q[TB_Q_STRIDE_DIVIDES_KERNEL] = k % s == 0;
  q[TB_Q_STRIDE_DIVIDES_DILATION] = d % s == 0;
  q[TB_Q_DILATION_DIVIDES_STRIDE] = d > 0 && s % d == 0;
  q[TB_Q_STRIDE_DIVIDES_PADDING] = pad % s == 0;
  q[TB_Q_STRIDE_DIVIDES_EXTENT] = extent % s == 0;
  q[TB_Q_STRIDE_DIVIDES_OUTPUT] = tb_conv2d(p)->out[axis] % s == 0;
  q[TB_Q_KERNEL_EVEN] = k % 2 == 0;
  q[TB_Q_EXTENT_EVEN] = extent % 2 == 0;
  q[TB_Q_STRIDE_EVEN] = s % 2 == 0;
  q[TB_Q_PADDING_EVEN] = pad % 2 == 0;
  q[TB_Q_OUTPUT_PADDING_EVEN] = tb_conv2d(p)->conv.output_padding[axis] % 2 == 0;
  by_4_8_16(&q[TB_Q_INPUT_BY_4], tb_conv2d(p)->in[axis]);
  by_4_8_16(&q[TB_Q_OUTPUT_BY_4], tb_conv2d(p)->out[axis]);
  /* An empty batch has no rules for some of them. */
  for (int i = 0; i < TB_Q_REACHED; i++)
    if (texts[i].constants > 0)
      q[i] = q[i] < texts[i].constant[0] ? texts[i].constant[0] : q[i];
}

void tb_axis_unreached(int32_t q[TB_Q_AXIS]) {
  static const tb_quantity taps[] = {
      TB_Q_MOST_TAPS,        TB_Q_FEWEST_TAPS,     TB_Q_KERNEL_LINES,      TB_Q_INPUT_LINES,       TB_Q_REACHED,
      TB_Q_EXTRA_REACHED,    TB_Q_FIRST_REACHED,   TB_Q_LAST_REACHED,      TB_Q_FIRST_KERNEL_LINE, TB_Q_LAST_KERNEL_LINE,
      TB_Q_FIRST_INPUT_LINE, TB_Q_LAST_INPUT_LINE, TB_Q_TAIL_OF_4_REACHED, TB_Q_TAIL_OF_8_REACHED, TB_Q_TAIL_OF_16_REACHED};
  for (size_t i = 0; i < sizeof taps / sizeof *taps; i++)
    q[taps[i]] = 0;
  q[TB_Q_HOLED] = q[TB_Q_KERNEL_CROPPED] = 1;
  q[TB_Q_INPUT_CROPPED] = q[TB_Q_INPUT] > 0;
}

/* Whether a value that set= puts into an input is a NaN, or an infinity. */
static bool holds(const tb_problem *p, int role, bool nan) {
  for (int i = 0; i < p->c.sets; i++)
    if (p->c.set[i].role == role && (nan ? isnan(p->c.set[i].value) : isinf(p->c.set[i].value)))
      return true;
  return false;
}

/* Whether one of the last `pixels` pixels of the output has a tap. */
static bool pixels_reached(const tb_problem *p, int64_t pixels) {
  const int64_t plane = tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1];
  for (int64_t i = plane - pixels; i < plane; i++)
    if (tb_conv_taps(p, 0, i / tb_conv2d(p)->out[1]) > 0 && tb_conv_taps(p, 1, i % tb_conv2d(p)->out[1]) > 0)
      return true;
  return false;
}

void tb_whole_quantities(const tb_problem *p, const int32_t *const axis[2], int32_t q[TB_Q_ALL]) {
  const int64_t g = tb_conv2d(p)->conv.groups, plane = tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1];
  q[TB_Q_GROUPS] = narrow(g);
  q[TB_Q_BATCH] = narrow(tb_conv2d(p)->batch);
  q[TB_Q_C_IN] = narrow(tb_conv2d(p)->in_channels);
  q[TB_Q_C_OUT] = narrow(tb_conv2d(p)->out_channels);
  q[TB_Q_C_IN_PER_GROUP] = narrow(tb_conv2d(p)->in_channels / g);
  q[TB_Q_C_OUT_PER_GROUP] = narrow(tb_conv2d(p)->out_channels / g);
  q[TB_Q_MOST_TERMS] = narrow(tb_conv2d(p)->in_channels / g * axis[0][TB_Q_MOST_TAPS] * axis[1][TB_Q_MOST_TAPS]);
  q[TB_Q_FEWEST_TERMS] = narrow(tb_conv2d(p)->in_channels / g * axis[0][TB_Q_FEWEST_TAPS] * axis[1][TB_Q_FEWEST_TAPS]);
  q[TB_Q_THREADS] = p->c.threads;
  q[TB_Q_BIAS] = tb_conv_of(&p->c)->bias;
  q[TB_Q_UNBATCHED] = tb_conv_of(&p->c)->x.length == 3;
  q[TB_Q_REAL] = p->c.fill == TB_REAL;
  q[TB_Q_WIDE_W] = p->c.fill == TB_WIDE_W;
  q[TB_Q_X_NAN] = holds(p, TENBIN_X, true);
  q[TB_Q_X_INFINITE] = holds(p, TENBIN_X, false);
  q[TB_Q_WEIGHT_NAN] = holds(p, TENBIN_WEIGHT, true);
  q[TB_Q_WEIGHT_INFINITE] = holds(p, TENBIN_WEIGHT, false);
  q[TB_Q_BIAS_NOT_FINITE] = holds(p, TENBIN_BIAS, true) || holds(p, TENBIN_BIAS, false);
  by_4_8_16(&q[TB_Q_C_IN_BY_4], tb_conv2d(p)->in_channels);
  by_4_8_16(&q[TB_Q_C_OUT_BY_4], tb_conv2d(p)->out_channels);
  by_4_8_16(&q[TB_Q_C_OUT_PER_GROUP_BY_4], tb_conv2d(p)->out_channels / g);
  by_4_8_16(&q[TB_Q_INPUT_PIXELS_BY_4], tb_conv2d(p)->in[0] * tb_conv2d(p)->in[1]);
  by_4_8_16(&q[TB_Q_OUTPUT_PIXELS_BY_4], plane);
  for (int i = 0; i < 3; i++)
    q[TB_Q_PIXELS_AFTER_4_REACHED + i] = plane > 0 && pixels_reached(p, plane % (4 << i));
}
