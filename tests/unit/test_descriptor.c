/* The descriptor: parsing and printing are inverses, and every mistake is named at its place.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "descriptor.h"

#include "test.h"

#include <string.h>

/* Canonical lines: printing what was parsed gives the same text. */
static const char *const canonical[] = {
    "conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 d1x2 g2 bias fill=wide-x seed=7",
    "conv_transpose2d c1:1 in1x1 k1 fill=wide-x seed=0",
    "conv_transpose2d n0 c16:33 in50x100 k3x5 s2x1 p4x2 fill=real seed=18446744073709551615",
    "conv_transpose2d n1 c4:4 in5x5 k3 p-1 op-2x0 d0 fill=wide-w seed=1 set=x@3:nan,w@0:-inf,b@1:0.1 threads=2",
    "conv_transpose2d x=[1,4,5,5] w=[4,4,3,3] stride=[2,2,2] fill=wide-x seed=0",
    "conv_transpose2d x=[5,5] w=[4,4] b=[] padding=[] output_padding=[1] dilation=[2] g-3 fill=wide-x seed=0",
    "conv_transpose2d x=[1,5,5,5] w=[4,4,3,3] b=[3] g3 fill=wide-x seed=0",
    "max_pool2d n2 c3 in9x8 k3x2 s2x1 p1x0 d1x2 ceil indices bf16 nhwc fill=wide seed=7",
    "max_pool2d c1 in2x2 k2 f16 fill=ties seed=0 set=x@0:-nan,x@1:nan,x@2:3e+02,x@3:-0",
    "max_pool2d c1 in2x2 k2 s64 fill=ties seed=0 set=x@0:300,x@1:-9223372036854775808,x@2:9223372036854775807,x@3:1000",
    "max_pool2d c1 in2x2 k2 s8 fill=ties seed=0 set=x@0:100,x@1:-100,x@2:300,x@3:0.5",
    "normal seed=42 calls=3,17,reseed,1 std=0.02",
    "normal stream=torch-cpu-default seed=0 calls=0 mean=-1.5e-10 std=0.1",
    "normal seed=1 calls=1 mean=nan std=inf",
    "normal bf16 stream=torch-cuda:132 seed=1 calls=100x1x28x28",
    "normal f64 stream=any seed=1 seeds=100 calls=1@3.25:0.1,1@0:0.02 repeat=10 threads=2",
    "normal f16 seed=0 calls=20000/2,2x3x4/1x8x2@-1:inf,inject,608 repeat=55189",
    "normal stream=torch-cuda:82x1536 seed=0 calls=1",
};

static const struct {
  const char *text, *printed;
} equal[] = {
    {"  conv_transpose2d in4x4  k3x3 c2:4 f32 nchw n1\ts2x2 ", "conv_transpose2d n1 c2:4 in4x4 k3 s2 fill=wide-x seed=0"},
    {"conv_transpose2d c2:4 in4 k3 s1 p0 op0 d1 g1", "conv_transpose2d c2:4 in4x4 k3 fill=wide-x seed=0"},
    {"conv_transpose2d x=[2,4,3] w=[2,4,3,3] stride=[1,1]", "conv_transpose2d c2:4 in4x3 k3 fill=wide-x seed=0"},
    {"conv_transpose2d x=[1,2,4,3] w=[2,4,3,3] b=[4] padding=[1,1]",
     "conv_transpose2d n1 c2:4 in4x3 k3 p1 bias fill=wide-x seed=0"},
    {"max_pool2d nchw in9x8 c3 k2 f32 s2 p0 d1", "max_pool2d c3 in9x8 k2 fill=ties seed=0"},
    {"max_pool2d x=[2,3,9,8] kernel_size=[3,2] nhwc", "max_pool2d n2 c3 in9x8 k3x2 nhwc fill=ties seed=0"},
    {"max_pool2d c1 in2 k2 set=x@0:300,x@1:9007199254740993",
     "max_pool2d c1 in2x2 k2 fill=ties seed=0 set=x@0:3e+02,x@1:9007199254740992"},
    {"max_pool2d c1 in2 k2 s32 set=x@0:1e2,x@1:-0,x@2:7.0",
     "max_pool2d c1 in2x2 k2 s32 fill=ties seed=0 set=x@0:100,x@1:0,x@2:7"},
    {"normal f32 calls=1 seed=-1 mean=0 std=1.0", "normal seed=18446744073709551615 calls=1"},
    {"normal seed=-9223372036854775808 calls=1 mean=-.5e+1 std=007", "normal seed=9223372036854775808 calls=1 mean=-5 std=7"},
    {"normal seed=18446744073709551615 calls=1 std=5e-324", "normal seed=18446744073709551615 calls=1 std=5e-324"},
    {"normal seed=0 calls=2x3/3x1,5/1,0 seeds=1 repeat=1 stream=torch-cpu-avx2", "normal seed=0 calls=2x3,5,0"},
};

static const struct {
  const char *text;
  size_t column, length;
  const char *says;
} wrong[] = {
    {"", 0, 1, "begins with its operator"},
    {"conv2d c1:1", 0, 6, "begins with its operator"},
    {"conv_transpose2d c4:6 in4x3 k3x2 s2y1", 35, 2, "'x' is expected"},
    {"conv_transpose2d c4:6 in4x3 k3x2 quick", 33, 5, "unknown token"},
    {"conv_transpose2d c4:6 in4x3 k3x2 k3", 33, 2, "given twice"},
    {"conv_transpose2d c4 in4x3 k3", 19, 1, "':' is expected"},
    {"conv_transpose2d c4:6x in4x3 k3", 21, 1, "nothing is expected"},
    {"conv_transpose2d in4x3 k3", 24, 1, "channels are missing"},
    {"conv_transpose2d c4:6 k3", 23, 1, "input size is missing"},
    {"conv_transpose2d c4:6 in4", 24, 1, "kernel_size is missing"},
    {"conv_transpose2d c4:6 in4 k3 s99999999999999999999", 30, 20, "does not fit 64 bits"},
    {"conv_transpose2d c4:6 in4 k3 g4", 29, 2, "out_channels must be divisible by groups"},
    {"conv_transpose2d c5:6 in4 k3 g3", 29, 2, "in_channels must be divisible by groups"},
    {"conv_transpose2d c4:6 in4 k3 g0", 29, 2, "groups must be a positive integer"},
    {"conv_transpose2d c4:6 in4 k3 x=[1,2]", 29, 7, "do not mix"},
    {"conv_transpose2d x=[1,4,5,5]", 27, 1, "both needed"},
    {"conv_transpose2d x=1,2 w=[1]", 19, 3, "a list without blanks"},
    {"conv_transpose2d x=[1,] w=[1]", 22, 1, "whole number"},
    {"conv_transpose2d x=[1,2,3,4,5,6,7,8,9] w=[1]", 36, 2, "at most 8"},
    {"conv_transpose2d c1:1 in1 k1 fill=ones", 34, 4, "wide-x, wide-w or real"},
    {"conv_transpose2d c1:1 in1 k1 seed=1.5", 34, 3, "whole number"},
    {"conv_transpose2d c1:1 in1 k1 seed=18446744073709551616", 34, 20, "2^64-1"},
    {"conv_transpose2d c1:1 in1 k1 set=y@1:2", 33, 5, "ROLE@INDEX:VALUE"},
    {"conv_transpose2d c1:1 in1 k1 set=x@0:abc", 37, 3, "nan, inf or -inf"},
    {"conv_transpose2d c1:1 in1 k1 threads=0", 37, 1, "1 to 1024"},
    {"conv_transpose2d c1:1 in1 k1 n-1", 30, 2, "from 0"},
    {"conv_transpose2d c1:1 in-1 k1", 24, 2, "not negative"},
    {"conv_transpose2d c-1:1 in1 k1", 18, 4, "not negative"},
    {"conv_transpose2d x=[1,-4,5,5] w=[1]", 19, 10, "not negative"},
    {"normal seed=1", 12, 1, "calls are missing"},
    {"normal seed=1 calls=1,,2", 22, 1, "SHAPE"},
    {"normal seed=1 calls=1,often", 22, 5, "SHAPE"},
    {"normal seed=1 calls=2x", 22, 1, "SHAPE"},
    {"normal seed=1 calls=2x-3", 22, 2, "sizes are not negative"},
    {"normal seed=1 calls=8x5/1", 23, 2, "2 sizes, and 1 strides"},
    {"normal seed=1 calls=8x5/1x0", 26, 1, "strides are positive"},
    {"normal seed=1 calls=1x1x1x1x1x1", 20, 11, "at most 5 dimensions"},
    {"normal seed=1 calls=3@0.5", 21, 4, "SHAPE@MEAN:STD"},
    {"normal seed=1 calls=3@0.5:wide", 26, 4, "std"},
    {"normal seed=1 calls=1 repeat=0", 29, 1, "1 to 10^9"},
    {"normal seed=1 calls=1 seeds=1.5", 28, 3, "1 to 10^9"},
    {"normal seed=1 calls=1 f64 f16", 26, 3, "dtype is given twice"},
    {"normal seed=1 calls=1 stream=torch-mps", 29, 9, "torch-cuda:M"},
    {"normal seed=1 calls=1 stream=torch-cuda:0", 29, 12, "torch-cuda:M"},
    {"normal seed=1 calls=1 stream=torch-cuda:4x100", 29, 16, "torch-cuda:M"},
    {"conv_transpose2d c1:1 in1 k1 bf16", 29, 4, "f32 so far"},
    {"max_pool2d n1 c1 in4 k1 nhwc nchw", 29, 4, "layout is given twice"},
    {"max_pool2d n1 c1 in4 k1 nchw nchw", 29, 4, "layout is given twice"},
    {"max_pool2d c1 in4 k1 nhwc", 21, 4, "nhwc takes a batch"},
    {"max_pool2d x=[1,4,4] kernel_size=[1] nhwc", 37, 4, "nhwc takes a batch"},
    {"conv_transpose2d c1:1 in1 k1 nhwc", 29, 4, "unknown token"},
    {"normal seed=1 calls=1 nchw", 22, 4, "unknown token"},
    {"normal seed=1 calls=1 k3", 22, 2, "unknown token"},
    {"normal seed=1 calls=1 std=", 26, 1, "number"},
    {"normal seed=1 calls=1 std=+1", 26, 2, "decimal number"},
    {"normal seed=1 calls=1 std=0x1p3", 26, 5, "decimal number"},
    {"normal seed=1 calls=1 std=1e999", 26, 5, "fits a double"},
    {"normal seed=1 calls=1 std=1e-999", 26, 6, "fits a double"},
    {"normal seed=1 calls=1 std=infinity", 26, 8, "inf"},
    {"normal seed=1 calls=1 std=nan(1)", 26, 6, "nan"},
    {"normal seed=1 calls=1 std=.", 26, 1, "decimal number"},
    {"normal seed=1 calls=1 std=1e", 26, 2, "decimal number"},
    {"normal seed=1 calls=1 std=1.5.5", 26, 5, "decimal number"},
    {"normal seed=-9223372036854775809 calls=1", 12, 20, "2^64-1"},
    {"normal seed=+3 calls=1", 12, 2, "whole number"},
    {"normal seed=3x calls=1", 12, 2, "whole number"},
    {"normal seed=- calls=1", 12, 1, "whole number"},
    {"conv_transpose2d c1:1 in1 k+1", 27, 2, "whole number"},
    {"conv_transpose2d c1:1 in1 k1 s-9223372036854775809", 30, 20, "does not fit 64 bits"},
};

/* A case whose canonical line has no room would become another case: it is refused. */
static void long_cases(void) {
  static const char call[] = "1000000x1x1x1x1/1x1x1x1x1000000@-1.2345678901234567e-300:1e300";
  static char line[20000];
  tb_case c, again;
  tb_error e;
  char text[TB_TEXT_MAX], second[TB_TEXT_MAX];
  int taken = 0;
  bool ok = true;
  for (int calls = 1; calls <= TB_CALLS_MAX; calls++) {
    strcat(strcat(line, calls == 1 ? "normal calls=" : ","), call);
    if (!tb_case_parse(line, &c, &e)) {
      ok = ok && strstr(e.text, "too long") != NULL;
      continue;
    }
    taken = calls;
    tb_case_print(&c, text);
    ok = ok && tb_case_parse(text, &again, &e) && tb_normal_of(&again)->calls == calls;
    tb_case_print(&again, second);
    ok = ok && strcmp(text, second) == 0;
  }
  check(ok && taken > 20 && taken < TB_CALLS_MAX, "a case is taken as long as its canonical line has room: %d calls", taken);
}

int main(void) {
  tb_case c;
  tb_error e;
  char text[TB_TEXT_MAX], shown[1000];
  tb_tap_start(&test_tap, stdout);
  for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++) {
    bool ok = tb_case_parse(canonical[i], &c, &e);
    if (ok)
      tb_case_print(&c, text);
    check(ok && strcmp(text, canonical[i]) == 0, "prints what it parsed: %s", canonical[i]);
  }
  for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
    bool ok = tb_case_parse(equal[i].text, &c, &e);
    if (ok)
      tb_case_print(&c, text);
    check(ok && strcmp(text, equal[i].printed) == 0, "'%s' is '%s'", equal[i].text, equal[i].printed);
  }
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    memset(&c, 0x55, sizeof c);
    const tb_case before = c;
    bool ok = tb_case_parse(wrong[i].text, &c, &e);
    if (!check(!ok && memcmp(&c, &before, sizeof c) == 0 && e.column == wrong[i].column && e.length == wrong[i].length &&
                   strstr(e.text, wrong[i].says),
               "refused at column %zu: %s", wrong[i].column, wrong[i].text))
      tb_tap_comment(&test_tap, "%s at %zu+%zu: %s", ok ? "accepted" : "refused", e.column, e.length, e.text);
  }
  long_cases();
  tb_case_parse("conv_transpose2d c4:6 in4x3 k3x2 s2y1", &c, &e);
  tb_error_show(&e, "a.cases:3", "conv_transpose2d c4:6 in4x3 k3x2 s2y1", shown, sizeof shown);
  check(strcmp(shown, "a.cases:3, column 36: stride: 'x' is expected here, as in 3x2 (height before width)\n"
                      "  conv_transpose2d c4:6 in4x3 k3x2 s2y1\n"
                      "                                     ^~") == 0,
        "an error shows the line and a caret under the token");
  return finish();
}
