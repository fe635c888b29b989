/* The footprint and the picture of wrong answers that are made from right ones.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "footprint.h"
#include "picture.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct answer {
  tb_problem p;
  double *x, *w, *b, *got, *want;
  bool *unwritten;
  int64_t n;
};

/* One element, and its indices. */
struct element {
  int64_t n, o, q, p, i;
};

static double *array(int64_t count) {
  double *memory = calloc((size_t)count + 1, sizeof *memory);
  if (!memory)
    abort();
  return memory;
}

static void make(struct answer *a, const char *line) {
  tb_case c;
  tb_error e;
  char message[TB_MESSAGE_MAX];
  if (!tb_case_parse(line, &c, &e) || !tb_problem_make(&c, &a->p, message))
    abort();
  double **data[] = {&a->x, &a->w, &a->b};
  for (int role = 0; role < 3; role++) {
    *data[role] = NULL;
    if (a->p.input[role].dtype == TENBIN_NONE)
      continue;
    *data[role] = array(tb_desc_elements(&a->p.input[role]));
    tb_fill_f64(&a->p, role, a->p.c.seed, *data[role]);
  }
  a->n = tb_desc_elements(&a->p.output[TENBIN_Y]);
  a->want = array(a->n);
  a->got = array(a->n);
  a->unwritten = calloc((size_t)a->n + 1, sizeof *a->unwritten);
  if (!a->unwritten)
    abort();
  tb_conv_gather(&a->p, a->x, a->w, a->b, a->want);
  memcpy(a->got, a->want, (size_t)a->n * sizeof *a->got);
}

static void drop(struct answer *a) {
  free(a->x);
  free(a->w);
  free(a->b);
  free(a->got);
  free(a->want);
  free(a->unwritten);
}

static struct element at(const struct answer *a, int64_t i) {
  const int64_t h = tb_conv2d(&a->p)->out[0], w = tb_conv2d(&a->p)->out[1], c = tb_conv2d(&a->p)->out_channels;
  return (struct element){i / w / h / c, i / w / h % c, i / w % h, i % w, i};
}

static double want_at(const struct answer *a, struct element e, int64_t q, int64_t p) {
  return q < 0 || q >= tb_conv2d(&a->p)->out[0] || p < 0 || p >= tb_conv2d(&a->p)->out[1]
             ? -99
             : a->want[e.i + (q - e.q) * tb_conv2d(&a->p)->out[1] + p - e.p];
}

static int64_t taps(const struct answer *a, struct element e) {
  return tb_conv_taps(&a->p, 0, e.q) * tb_conv_taps(&a->p, 1, e.p);
}

/* What the taps of a kernel row, or one of them, add to all elements; column -1: any. */
static double *kernel_part(const struct answer *a, int64_t row, int64_t column) {
  const int64_t taps = tb_desc_elements(&a->p.input[TENBIN_WEIGHT]), width = tb_conv2d(&a->p)->kernel[1],
                height = tb_conv2d(&a->p)->kernel[0];
  double *w = array(taps), *y = array(a->n);
  if (!a->w)
    abort();
  for (int64_t i = 0; i < taps; i++)
    w[i] = i / width % height == row && (column < 0 || i % width == column) ? a->w[i] : 0;
  tb_conv_gather(&a->p, a->x, w, NULL, y);
  free(w);
  return y;
}

#define A "conv_transpose2d n2 c4:6 in4x3 k3x2 s2x3 p1x0 op1x2 g2 bias fill=wide-x seed=1"
#define B "conv_transpose2d n1 c3:5 in5x5 k3 s2 p1 fill=wide-w seed=2"
#define C "conv_transpose2d n3 c6:6 in3x5 k3x2 s3x4 p0x1 d1x3 g3 bias fill=wide-x seed=3"
#define D "conv_transpose2d n2 c1:3 in3x4 k2x1 s3x2 op1x0 bias fill=wide-x seed=4"
#define E "conv_transpose2d n1 c1:2 in5x5 k3 bias fill=wide-x seed=5"
#define F "conv_transpose2d n1 c2:12 in2x2 k2 g2 fill=wide-x seed=6"
#define H (tb_conv2d(&a.p)->out[0])
#define W (tb_conv2d(&a.p)->out[1])
#define RIGHT (a.got[e.i])
#define BIAS (a.b[e.o])

/* The case; the elements that are wrong, or unwritten; their values (unwritten: `never`); and the first sentences expected. */
#define TESTS(T)                                                                                                               \
  T(A, e.p == W - 1, 5, "the wrong elements are exactly the last column", NULL)                                                \
  T(A, e.q == H - 1, 0, "the wrong elements are exactly the last row (the row that output_padding adds)",                      \
    "each wrong element is 0")                                                                                                 \
  T(A, e.p >= W - 2, 0, "the wrong elements are exactly the columns that output_padding adds", NULL)                           \
  T(A, e.q == H - 1 || e.p >= W - 2, 0, "the wrong elements are exactly the rows and columns that output_padding adds", NULL)  \
  T(A, e.p == W - 1, NEVER, "the unwritten elements are exactly the last column", NULL)                                        \
  T(A, e.n > 0, 0, "the wrong elements are exactly the images after the first", NULL)                                          \
  T(A, e.o >= 3, 0, "the wrong elements are exactly group 1", NULL)                                                            \
  T(C, e.o >= 2, 0, "the wrong elements are exactly the groups after the first", NULL)                                         \
  T(A, e.o >= 4, 0, "the wrong elements are exactly the channels after the last multiple of 4", NULL)                          \
  T(B, e.o >= 4, NEVER, "the unwritten elements are exactly the channels after the last multiple of 4", NULL)                  \
  T(A, e.o >= 4 && e.q == 0, 0, "the wrong elements are exactly the first row, of the channels after the last multiple of 4",  \
    NULL)                                                                                                                      \
  T(A, e.o == 5 && e.n == 1, 0,                                                                                                \
    "the wrong elements are exactly the last channel, of the images after the first (the last image)", NULL)                   \
  T(A, e.o == 1 || e.o == 2, 0, "the wrong elements are exactly channels 1 and 2", NULL)                                       \
  T(B, e.q % 2 == 1, 0, "the wrong elements are exactly the rows with row mod 2 = 1", NULL)                                    \
  T(B, e.q % 2 == 0 && e.p % 2 == 1, 0,                                                                                        \
    "the wrong elements are exactly the rows with row mod 2 = 0 (the rows that exactly one tap reaches), of the columns with " \
    "column mod 2 = 1",                                                                                                        \
    NULL)                                                                                                                      \
  T(B, e.q == 0 || e.p == 0 || e.q == H - 1 || e.p == W - 1, 0, "the wrong elements are exactly the border of width 1", NULL)  \
  T(D, taps(&a, e) == 0, NEVER, "the unwritten elements are exactly the elements that no tap reaches", NULL)                   \
  T(D, taps(&a, e) > 0, BIAS,                                                                                                  \
    "the wrong elements are exactly the rows that a tap reaches (the rows that exactly one tap reaches), of the columns",      \
    "each wrong element is the bias alone")                                                                                    \
  T(E, tb_conv_source(&a.p, 0, e.q, 2) >= 0, RIGHT - 1, "the wrong elements are exactly the rows that kernel row 2 reaches",   \
    "each wrong element is off by -1")                                                                                         \
  T(E, e.q > 1 && e.p == 3, want_at(&a, e, e.q, e.p - 2), "the wrong elements are exactly",                                    \
    "each wrong element is the right one 2 columns to the left")                                                               \
  T(E, e.q == 0 && e.p != 2, RIGHT - (double)e.i - 1, "all wrong elements are among the first row", NULL)                      \
  T(A, true, RIGHT - BIAS, "all elements are wrong", "each wrong element lacks the bias")                                      \
  T(A, true, RIGHT + BIAS, "all elements are wrong", "each wrong element has the bias 2 times")                                \
  T(E, taps(&a, e) != 1, RIGHT + (double)(taps(&a, e) - 1) * BIAS,                                                             \
    "the wrong elements are exactly the elements in which taps meet",                                                          \
    "each wrong element has the bias once for each tap that reaches it")                                                       \
  T(A, e.o >= 3, RIGHT - BIAS + a.b[e.o % 3], "the wrong elements are exactly group 1",                                        \
    "each wrong element has the first group's bias instead of its channel's")                                                  \
  T(B, true, want_at(&a, e, e.q - 1, e.p), NULL, "each wrong element that has such a neighbour is the right one 1 row above")  \
  T(B, true, want_at(&a, e, e.q + 2, e.p - 1), NULL,                                                                           \
    "each wrong element that has such a neighbour is the right one 2 rows below and 1 column to the left")                     \
  T(B, true, want_at(&a, e, e.p, e.q), NULL, "each wrong element is the right one of the plane transposed")                    \
  T(B, true, want_at(&a, e, H - 1 - e.q, e.p), NULL, "each wrong element is the right one of the plane upside down")           \
  T(E, true, a.want[(e.i + H * W) % a.n], NULL,                                                                                \
    "each wrong element that has such a neighbour is the right one 1 channel before")                                          \
  T(A, e.n > 0, a.want[e.i - H * W * 6], "the wrong elements are exactly",                                                     \
    "each wrong element is the right one of the first image")                                                                  \
  T(A, true, a.want[e.i + (e.o % 2 * 3 + e.o / 2 - e.o) * H * W], "the wrong elements are exactly channels 1, 2, 3 and 4",     \
    "each wrong element is the right one of another channel: the groups' channels are written in turn")                        \
  T(B, true, -RIGHT, NULL, "each wrong element has the wrong sign")                                                            \
  T(B, true, NAN, NULL, "each wrong element is NaN")                                                                           \
  T(B, true, RIGHT - row0[e.i], "the wrong elements are exactly", "each wrong element lacks the products of kernel row 0")     \
  T(B, e.q > 0, row0[e.i], NULL, "each wrong element has the products of kernel row 0 alone")                                  \
  T(F, e.o % 6 >= 4, 1, "the wrong elements are exactly the channels of each group after the last multiple of 4", NULL)        \
  T(D, taps(&a, e) > 0 && e.q < 2, 1,                                                                                          \
    "the wrong elements are exactly the first 2 rows (the rows that the first input row reaches), of the columns that a tap",  \
    NULL)                                                                                                                      \
  T(D, taps(&a, e) > 0 && (e.q == 0 || e.p == 0), 1,                                                                           \
    "the wrong elements are exactly the first row and the first column, where a tap reaches", NULL)                            \
  T(E, true, RIGHT - last_tap[e.i], "the wrong elements are exactly",                                                          \
    "each wrong element lacks the products of the kernel's last tap")                                                          \
  T(B, true, RIGHT * (1 + 1e-3), "all elements are wrong", "each wrong element is nearly right: off by at most ")              \
  T(B, e.i == 17, 3, "one element alone is wrong: image 0, channel 0, row 1, column 8", NULL)                                  \
  T(B, e.p >= 8, 0, "the wrong elements are exactly the last column (the columns after the last multiple of 4 and 8)", NULL)   \
  T(B, e.i % 7 == 0 && e.q < 3, RIGHT + (double)(e.i * e.i), "all wrong elements are among the first 3 rows", NULL)
#define NEVER (never = true, 0)

static bool begins(const tb_footprint_result *r, const char *expected) {
  bool any = !expected;
  for (int i = 0; i < r->sentences.count; i++)
    any = any || strncmp(r->sentences.text[i], expected, strlen(expected)) == 0;
  return any;
}

static void judge(const struct answer *a, const char *set, const char *value, const char *name) {
  tb_footprint_result r;
  tb_footprint(&a->p, a->got, a->want, a->unwritten, &r);
  if (!check(r.wrong > 0 && begins(&r, set) && begins(&r, value), "%s: %s%s%s", name, set ? set : "", set && value ? "; " : "",
             value ? value : ""))
    for (int i = 0; i < r.sentences.count; i++)
      tb_tap_comment(&test_tap, "got: %s", r.sentences.text[i]);
}

#define RUN(line, where, value, its_place, its_value)                                                                          \
  {                                                                                                                            \
    struct answer a;                                                                                                           \
    make(&a, line);                                                                                                            \
    double *row0 = kernel_part(&a, 0, -1),                                                                                     \
           *last_tap = kernel_part(&a, tb_conv2d(&a.p)->kernel[0] - 1, tb_conv2d(&a.p)->kernel[1] - 1);                        \
    for (int64_t i = 0; i < a.n; i++) {                                                                                        \
      const struct element e = at(&a, i);                                                                                      \
      bool never = false;                                                                                                      \
      (void)e;                                                                                                                 \
      if (!(where))                                                                                                            \
        continue;                                                                                                              \
      a.got[i] = value;                                                                                                        \
      a.unwritten[i] = never;                                                                                                  \
    }                                                                                                                          \
    judge(&a, its_place, its_value, #where);                                                                                   \
    free(row0);                                                                                                                \
    free(last_tap);                                                                                                            \
    drop(&a);                                                                                                                  \
  }

static void nothing_wrong(void) {
  struct answer a;
  tb_footprint_result r;
  char text[2000];
  make(&a, A);
  tb_footprint(&a.p, a.got, a.want, NULL, &r);
  tb_picture(&a.p, a.got, a.want, NULL, false, text, sizeof text);
  check(r.wrong == 0 && r.unwritten == 0 && r.sentences.count == 0 && !*text, "of a right answer nothing is said or drawn");
  drop(&a);
}

static void picture(void) {
  struct answer a;
  char text[4000], expected[400];
  make(&a, "conv_transpose2d n1 c1:2 in3x4 k2 s2 fill=wide-x seed=0");
  a.got[48 + 8 * 1 + 2] = 12345;
  a.unwritten[48 + 8 * 5 + 7] = true;
  snprintf(
      expected, sizeof expected,
      "image 0, channel 1: one of 1 planes with wrong elements, of 2\n   column 01234567\n  row   0 ........\n  row   1 "
      "..x.....\n  row   2 ........\n  row   3 ........\n  row   4 ........\n  row   5 .......?\n  y[0,1,1,2] is 12345, right "
      "is %.9g\n  y[0,1,5,7] is not written, right is %.9g\n",
      a.want[48 + 10], a.want[48 + 47]);
  tb_picture(&a.p, a.got, a.want, a.unwritten, false, text, sizeof text);
  if (!check(strcmp(text, expected) == 0, "a picture"))
    tb_tap_comment(&test_tap, "%s", text);
  tb_picture(&a.p, a.got, a.want, a.unwritten, true, text, sizeof text);
  check(strstr(text, "\xc2\xb7\xc2\xb7\xc3\x97\xc2\xb7") != NULL, "in Unicode");
  drop(&a);
}

/* Of a large plane: its lines, and their length. */
static void large_picture(void) {
  struct answer a;
  char text[4000];
  int lines = 0, longest = 0, length = 0;
  make(&a, "conv_transpose2d n1 c1:1 in40x90 k2 s2 fill=wide-x seed=0");
  for (int64_t i = a.n / 2; i < a.n; i++)
    a.got[i] = -1;
  tb_picture(&a.p, a.got, a.want, NULL, false, text, sizeof text);
  for (const char *c = text; *c; c++) {
    length = *c == '\n' ? 0 : length + 1;
    longest = length > longest ? length : longest;
    lines += *c == '\n';
  }
  check(lines <= 12 && longest <= 79 && strchr(text, 'x') && strchr(text, '.'), "a window of a large plane");
  drop(&a);
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  TESTS(RUN)
  nothing_wrong();
  picture();
  large_picture();
  return finish();
}
