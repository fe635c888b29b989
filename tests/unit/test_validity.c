/* Shapes and validity where golden data cannot reach: sizes beyond 32 and 64 bits.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_arguments.h"
#include "problem.h"

#include "test.h"

#include <string.h>

static const struct {
  const char *text;
  int64_t height, width; /* of the output; 0: rejected */
  const char *says;
} rows[] = {
    {"conv_transpose2d n1 c1:1 in2147483648x1 k1", INT64_C(2147483648), 1, NULL},
    {"conv_transpose2d n1 c1:1 in65536x65536 k2 s2", 131072, 131072, NULL},
    {"conv_transpose2d n1 c1:1 in2x1 k1 s4611686018427387904", INT64_C(4611686018427387904) + 1, 1, NULL},
    {"conv_transpose2d n1 c1:1 in3x1 k1 s4611686018427387904", 0, 0, "the output size does not fit 64 bits"},
    {"conv_transpose2d n1 c1:1 in1x1 k3 d9223372036854775807", 0, 0, "the output size does not fit 64 bits"},
    {"conv_transpose2d n1 c1:1 in1x1 k1 p9223372036854775807", 0, 0, "the output size does not fit 64 bits"},
    {"conv_transpose2d c1:1 in2 k2 s4611686018427387904 p4611686018427387903 d4611686018427387904", 0, 0,
     "positions in the output, before padding cuts it, do not fit 64 bits"},
    {"conv_transpose2d n1 c1:1 in4294967296x4294967296 k1", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d n0 c3:6 in4x3 k2x1 s611686018427387904", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d n0 c3:6 in4611686018427387904x3 k2x1", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d n0 c1:1 in3x3 k4294967296", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d n0 c1:1 in3x3 k9 d99", 795, 795, NULL},
    {"normal calls=0x4294967296x4294967296", 0, 0, "calls: sizes that multiply to more than 2^40"},
    {"normal calls=2x4294967296x0x4294967296/1x1x1x1", 0, 0, "calls: strides reach further than 2^32 elements"},
    {"normal calls=0 seeds=1000000000 repeat=1000000000", 0, 0, "make more calls"},
    {"conv_transpose2d n3000000000 c3000000000:1 in2 k1", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d n1 c1:1 in1x1 k3037000500x3037000500", 0, 0, "the number of elements does not fit 64 bits"},
    {"conv_transpose2d x=[1,4,1,1] w=[4,9223372036854775807,1,1] g2", 0, 0, "output channels does not fit 64 bits"},
    {"conv_transpose2d n1 c20000000:1 in1 k1", 0, 0, "fill=wide-x: sums of 20000000 products are not exact in f32"},
    {"conv_transpose2d n1 c40000:1 in1 k1 fill=real", 0, 0, "fill=real: sums of 40000 products are not exact in double"},
    {"conv_transpose2d n1 c2:1 in2 k1 set=x@8:1", 0, 0, "x has 8 elements, and none of index 8"},
    {"conv_transpose2d n1 c2:1 in2 k1 set=b@0:1", 0, 0, "b has 0 elements"},
    {"max_pool2d c1 in1x2 k1x2 s8 set=x@0:300,x@1:45", 0, 0, "set: s8 has no 300"},
    {"max_pool2d c1 in1x2 k1x2 s8 set=x@0:-129", 0, 0, "set: s8 has no -129"},
    {"max_pool2d c1 in1x2 k1x2 u8 set=x@0:-1", 0, 0, "set: u8 has no -1"},
    {"max_pool2d c1 in1x2 k1x2 u8 set=x@0:1,x@1:256", 0, 0, "set: u8 has no 256"},
    {"max_pool2d c1 in1x2 k1x2 s32 set=x@0:2147483648", 0, 0, "set: s32 has no 2147483648"},
    {"max_pool2d c1 in1x2 k1x2 s32 set=x@0:1.5", 0, 0, "set: s32 has no 1.5"},
    {"max_pool2d c1 in1x2 k1x2 s32 set=x@0:nan", 0, 0, "set: s32 has no nan"},
    {"max_pool2d c1 in1x2 k1x2 s64 set=x@0:-nan", 0, 0, "set: s64 has no -nan"},
    {"max_pool2d c1 in1x2 k1x2 s64 set=x@0:-inf", 0, 0, "set: s64 has no -inf"},
    {"max_pool2d c1 in1x2 k1x2 s64 set=x@0:9223372036854775808", 0, 0, "set: s64 has no 9.223372036854776e+18"},
};

/* Every partial sum of the exact fills fits the significand: terms * |x| * |w| + |b| < 2^24, and by less than one more unit. */
static void widths(void) {
  static tb_problem p;
  char line[200], message[TB_MESSAGE_MAX];
  bool fits = true, widest = true;
  tb_case c;
  tb_error e;
  for (int channels = 1; channels < 4000; channels += 1 + channels / 7)
    for (int k = 1; k < 6; k++)
      for (int w = 0; w < 2; w++) {
        snprintf(line, sizeof line, "conv_transpose2d n1 c%d:1 in7x5 k%d s2x1 fill=%s", channels, k, w ? "wide-w" : "wide-x");
        if (!tb_case_parse(line, &c, &e) || !tb_problem_make(&c, &p, message)) {
          check(false, "%s", line);
          return;
        }
        const int64_t per = p.terms * p.range[w ? TENBIN_X : TENBIN_WEIGHT], wide = p.range[w ? TENBIN_WEIGHT : TENBIN_X];
        fits = fits && per * wide + p.range[TENBIN_BIAS] < 1 << 24;
        widest = widest && per * (wide + 1) + p.range[TENBIN_BIAS] >= 1 << 24;
      }
  check(fits, "the exact fills fit 24 bits");
  check(widest, "and could not be wider");
}

int main(void) {
  static tb_problem p;
  tb_tap_start(&test_tap, stdout);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tb_case c;
    tb_error e = {0};
    char message[TB_MESSAGE_MAX] = "";
    bool parsed = tb_case_parse(rows[i].text, &c, &e);
    bool made = parsed && tb_problem_make(&c, &p, message);
    bool ok = rows[i].height ? made && tb_conv2d(&p)->out[0] == rows[i].height && tb_conv2d(&p)->out[1] == rows[i].width
                             : parsed && !made && strstr(message, rows[i].says);
    if (!check(ok, "%s", rows[i].text))
      tb_tap_comment(&test_tap, "%s%s", e.text, message);
  }
  widths();
  return finish();
}
