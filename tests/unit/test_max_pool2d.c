/* max_pool2d: the two formulas agree with each other and with PyTorch, and the rules speak in PyTorch's words.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d.h"

#include "test.h"

static void formulas(void) {
  static struct pool_case d;
  static struct pool_tensor scattered;
  int differ = 0, empty = 0, outside = 0;
  for (int i = 0; i < CASES; i++) {
    draw_case(&d);
    fill_and_walk(&d);
    tb_max_pool2d_scatter(&d.p, numbers(&d.x, d.dtype), smallest(d.dtype), numbers(&scattered, d.dtype), scattered.indices);
    differ += !same(&d.y, &scattered, d.dtype, d.n) || !same_indices(&d.y, &scattered, d.n);
    bool any = false;
    for (int64_t k = 0; k < d.n; k++)
      any = any || tb_max_pool2d_element(&d.p, numbers(&d.x, d.dtype), k) < 0;
    outside += any;
    empty += any != (d.n > 0 && tb_max_pool2d_has_empty_window(&d.p));
  }
  check(differ == 0, "walk and scatter agree on %d of %d cases", CASES - differ, (int)CASES);
  check(empty == 0 && outside > 20, "windows without a pixel are foreseen, in %d cases", outside);
}

/* Answers of torch.nn.functional.max_pool2d(.., return_indices=True) to x of 1 x in[0] x in[1]. */
static const struct pytorch_answer {
  const char *about;
  int32_t dtype;
  int64_t in[2], kernel_size[2], stride[2], padding[2], dilation[2];
  bool ceil_mode;
  double x[16], y[16];
  int64_t out[2], indices[16];
} asked[] = {
    {"of equal maxima the first",
     TENBIN_F32,
     {3, 4},
     {2, 2},
     {1, 2},
     {0, 0},
     {1, 1},
     false,
     {1.0, 5.0, 5.0, 2.0, 5.0, 0.0, 5.0, 5.0, 1.0, 1.0, 5.0, 5.0},
     {5.0, 5.0, 5.0, 5.0},
     {2, 2},
     {1, 2, 4, 6}},
    {"of several NaNs the last",
     TENBIN_F32,
     {3, 4},
     {3, 2},
     {1, 1},
     {0, 0},
     {1, 1},
     false,
     {(double)NAN, 9.0, (double)NAN, 1.0, 2.0, (double)NAN, 3.0, (double)INFINITY, (double)NAN, 4.0, 5.0, (double)NAN},
     {(double)NAN, (double)NAN, (double)NAN},
     {1, 3},
     {8, 5, 11}},
    {"a NaN first, a number after it",
     TENBIN_F64,
     {2, 3},
     {2, 2},
     {1, 1},
     {0, 0},
     {1, 1},
     false,
     {(double)NAN, 7.0, 1.0, 8.0, 2.0, (double)NAN},
     {(double)NAN, (double)NAN},
     {1, 2},
     {0, 5}},
    {"of 0 and -0 the first",
     TENBIN_F32,
     {2, 4},
     {2, 2},
     {2, 2},
     {0, 0},
     {1, 1},
     false,
     {-0.0, 0.0, 0.0, -0.0, -0.0, -0.0, 0.0, 0.0},
     {-0.0, 0.0},
     {1, 2},
     {0, 2}},
    {"a window of -inf has the index of its first pixel",
     TENBIN_F16,
     {3, 3},
     {2, 2},
     {2, 2},
     {1, 1},
     {1, 1},
     false,
     {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY, -(double)INFINITY, -(double)INFINITY, -(double)INFINITY,
      -(double)INFINITY, -(double)INFINITY, -(double)INFINITY},
     {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY, -(double)INFINITY},
     {2, 2},
     {0, 1, 3, 4}},
    {"negative numbers beside padding",
     TENBIN_BF16,
     {2, 2},
     {3, 3},
     {1, 1},
     {1, 1},
     {1, 1},
     false,
     {-3.0, -1.0, -2.0, -4.0},
     {-1.0, -1.0, -1.0, -1.0},
     {2, 2},
     {1, 1, 1, 1}},
    {"ceil_mode adds a window",
     TENBIN_F32,
     {3, 5},
     {2, 2},
     {2, 2},
     {0, 0},
     {1, 1},
     true,
     {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0},
     {7.0, 9.0, 10.0, 12.0, 14.0, 15.0},
     {2, 3},
     {6, 8, 9, 11, 13, 14}},
    {"ceil_mode takes away a window that would begin in the padding",
     TENBIN_F32,
     {4, 3},
     {2, 1},
     {3, 2},
     {1, 0},
     {1, 1},
     true,
     {3.0, 1.0, 2.0, 6.0, 5.0, 4.0, 9.0, 7.0, 8.0, 0.0, 1.0, 2.0},
     {3.0, 2.0, 9.0, 8.0},
     {2, 2},
     {0, 2, 6, 8}},
    {"dilation, of which padding takes the first tap",
     TENBIN_F32,
     {3, 4},
     {2, 2},
     {1, 1},
     {1, 1},
     {2, 2},
     false,
     {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0},
     {6.0, 7.0, 8.0, 7.0, 10.0, 11.0, 12.0, 11.0, 6.0, 7.0, 8.0, 7.0},
     {3, 4},
     {5, 6, 7, 6, 9, 10, 11, 10, 5, 6, 7, 6}},
    {"a window without a pixel",
     TENBIN_F32,
     {1, 8},
     {2, 3},
     {2, 1},
     {1, 0},
     {2, 2},
     false,
     {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0},
     {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY, -(double)INFINITY},
     {1, 4},
     {8, 9, 10, 11}},
    {"the same of s8",
     TENBIN_S8,
     {1, 8},
     {2, 3},
     {2, 1},
     {1, 0},
     {2, 2},
     false,
     {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0},
     {-128.0, -128.0, -128.0, -128.0},
     {1, 4},
     {8, 9, 10, 11}},
    {"the same of u8",
     TENBIN_U8,
     {1, 8},
     {2, 3},
     {2, 1},
     {1, 0},
     {2, 2},
     false,
     {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0},
     {0.0, 0.0, 0.0, 0.0},
     {1, 4},
     {8, 9, 10, 11}},
    {"the smallest integers",
     TENBIN_S8,
     {2, 3},
     {2, 2},
     {1, 1},
     {0, 0},
     {1, 1},
     false,
     {-128.0, -128.0, -127.0, -128.0, -128.0, -128.0},
     {-128.0, -127.0},
     {1, 2},
     {0, 2}},
    {"a dilation of 2^31 - 1",
     TENBIN_F32,
     {2, 2},
     {1, 1},
     {1, 1},
     {0, 0},
     {2147483647, 2147483647},
     false,
     {4.0, 3.0, 2.0, 1.0},
     {4.0, 3.0, 2.0, 1.0},
     {2, 2},
     {0, 1, 2, 3}},
};

static void pytorch(void) {
  static struct pool_tensor x, walked, scattered;
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    const struct pytorch_answer *a = &asked[i];
    char message[TB_MESSAGE_MAX] = "";
    tb_list out = {0};
    const tb_max_pool2d c = {{3, {1, a->in[0], a->in[1]}},         pair(a->kernel_size[0], a->kernel_size[1]),
                             pair(a->stride[0], a->stride[1]),     pair(a->padding[0], a->padding[1]),
                             pair(a->dilation[0], a->dilation[1]), a->ceil_mode};
    const bool valid = tb_max_pool2d_check(&c, &out, message);
    const tb_max_pool2d_shape p = tb_max_pool2d_shape_of(&c, &out);
    const int64_t n = p.out[0] * p.out[1];
    bool right = valid && out.v[1] == a->out[0] && out.v[2] == a->out[1];
    for (int k = 0; k < 16; k++) {
      x.real[k] = a->x[k];
      x.whole[k] = floats(a->dtype) ? 0 : (int64_t)a->x[k];
    }
    if (right) {
      tb_max_pool2d_walk(&p, numbers(&x, a->dtype), smallest(a->dtype), numbers(&walked, a->dtype), walked.indices);
      tb_max_pool2d_scatter(&p, numbers(&x, a->dtype), smallest(a->dtype), numbers(&scattered, a->dtype), scattered.indices);
    }
    for (int64_t k = 0; k < n && right; k++)
      right = walked.indices[k] == a->indices[k] &&
              (floats(a->dtype) ? same_real(walked.real[k], a->y[k]) : walked.whole[k] == (int64_t)a->y[k]);
    right = right && same(&walked, &scattered, a->dtype, n) && same_indices(&walked, &scattered, n);
    check(right, "as PyTorch: %s%s", a->about, message);
  }
}

/* One rule each; conformance/cases/max_pool2d/rejections.cases has all, and their order. */
static void rules(void) {
  static const struct {
    tb_max_pool2d c;
    const char *message;
  } rows[] = {
      {{{4, {2, 3, 5, 6}}, {0}, {0}, {1, {0}}, {1, {1}}, false},
       "max_pool2d: kernel_size must either be a single int, or a tuple of two ints"},
      {{{2, {3, 5}}, {1, {2}}, {0}, {1, {0}}, {1, {1}}, false}, "non-empty 3D or 4D (batch mode) tensor expected for input"},
      {{{3, {3, 5, 6}}, {1, {0}}, {0}, {1, {0}}, {1, {1}}, false}, "stride should not be zero"},
      {{{3, {3, 5, 6}}, {1, {INT64_C(1) << 31}}, {3, {1, 1, 1}}, {1, {0}}, {1, {1}}, false},
       "value cannot be converted to type int without overflow"},
      {{{3, {3, 5, 6}}, {1, {3}}, {0}, {1, {2}}, {1, {1}}, false},
       "pad should be at most half of effective kernel size, but got pad=2, kernel_size=3 and dilation=1"},
      {{{3, {3, 5, 6}}, {1, {3}}, {0}, {1, {2}}, {1, {2}}, false},
       "pad should be smaller than or equal to half of kernel size, but got padW = 2, padH = 2, kW = 3, kH = 3"},
      {{{3, {3, 2, 8}}, {1, {3}}, {1, {1}}, {1, {0}}, {1, {1}}, false},
       "Given input size: (3x2x8). Calculated output size: (3x0x6). Output size is too small"},
      {{{3, {1, 5, 6}}, {1, {3}}, {1, {1}}, {1, {1}}, {2, {2147483647, 1}}, false}, "does not fit the 32 bits"},
      {{{4, {0, 3, 0, 6}}, {1, {2}}, {0}, {1, {0}}, {1, {1}}, false},
       "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:[0, 3, 0, 6]"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char message[TB_MESSAGE_MAX] = "";
    tb_list out = {.length = -1};
    const bool accepted = tb_max_pool2d_check(&rows[i].c, &out, message);
    if (!check(!accepted && out.length == -1 && strstr(message, rows[i].message), "refuses: %s", rows[i].message))
      tb_tap_comment(&test_tap, "%s", message);
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  formulas();
  pytorch();
  rules();
  return finish();
}
