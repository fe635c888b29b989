/* What is true of normal, and its judge: numbers as they are stored, the reference by published numbers, wrong streams.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "judge.h"
#include "normal_reference.h"
#include "torch_state.h"
#include "verdict.h"

#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void make(const char *line, tb_problem *p) {
  tb_case c;
  tb_error e;
  char message[TB_MESSAGE_MAX];
  if (!tb_case_parse(line, &c, &e) || !tb_problem_make(&c, p, message))
    abort();
}

/* All 16-bit patterns, and roundings of all that lies between them. */
static void halves(int32_t dtype, const char *name) {
  bool back = true, middle = true;
  for (uint32_t bits = 0; bits < 0x10000; bits++) {
    const uint16_t stored = (uint16_t)bits;
    uint16_t again, up = (uint16_t)(bits + 1), rounded;
    const double value = tb_number(dtype, &stored, 0), next = tb_number(dtype, &up, 0);
    tb_number_set(dtype, &again, 0, value);
    back = back && (isnan(value) ? tb_number_bits(dtype, &stored, 0) == tb_number_nan(dtype) && again >> 15 == stored >> 15
                                 : again == stored);
    if (!isfinite(value) || !isfinite(next) || bits == 0x7fff || bits == 0xffff)
      continue;
    tb_number_set(dtype, &rounded, 0, value + (next - value) / 2);
    middle = middle && rounded == (bits & 1 ? up : stored); /* ties to even */
    tb_number_set(dtype, &rounded, 0, value + (next - value) * 0.51);
    middle = middle && rounded == up;
    middle = middle && fabs(next - value) == tb_number_ulp(dtype, fabs(value) < fabs(next) ? value : next);
  }
  check(back, "%s: every number is read and written", name);
  check(middle, "%s: between two numbers the nearer one is taken, and the even one in the middle", name);
}

#ifdef __FLT16_MAX__
__extension__ typedef _Float16 half;

static void compiler(void) {
  bool equal = true;
  for (uint32_t bits = 0; bits < 0xffffff00; bits += 0x101) {
    float value;
    uint16_t ours;
    memcpy(&value, &bits, sizeof value);
    const half theirs = (half)value;
    tb_number_set(TENBIN_F16, &ours, 0, (double)value);
    equal = equal && (isnan(value) ? ours == (signbit(value) ? 0xfe00 : 0x7e00) : memcmp(&ours, &theirs, sizeof ours) == 0);
  }
  check(equal, "f16: 2^24 floats are rounded as the compiler rounds them");
}
#endif

/* Numbers that others have printed, and the precision that they printed. */
static const struct {
  const char *line;
  int64_t index;
  double value, precision;
} published[] = {
    {"normal seed=0 calls=3", 0, 1.5409960746765137, 0}, /* PyTorch's documentation of reproducibility, and everybody's notes */
    {"normal seed=0 calls=3", 1, -0.293428897857666, 0},
    {"normal seed=0 calls=3", 2, -2.1787893772125244, 0},
    {"normal seed=0 calls=16", 0, -1.1258398294448853, 0},
    {"normal seed=0 calls=16", 1, -1.152360200881958, 0},
    {"normal seed=0 calls=16", 2, -0.2505785822868347, 0},
    {"normal seed=0 calls=17", 1, -1.6959312, 5e-8},
    {"normal f64 seed=0 calls=16", 0, -2.310411800234176, 0},
    {"normal f64 seed=0 calls=16", 1, -0.3732508612577643, 0},
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 0, 0.1940, 5e-5}, /* pytorch/pytorch#158398 */
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 1, 2.1614, 5e-5},
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 2, -0.1721, 5e-5},
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 2045, 1.4540, 5e-5},
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 2046, -2.7733, 5e-5},
    {"normal stream=torch-cuda:28x1536 seed=42 calls=1x64x2048", 2047, -0.8932, 5e-5},
    {"normal stream=torch-cuda:132 seed=1 calls=9483264", 0, -0.2963, 5e-5}, /* pytorch/pytorch#143086: H100 */
    {"normal stream=torch-cuda:132 seed=1 calls=9483264", 9483261, -0.6970, 5e-5},
    {"normal stream=torch-cuda:132 seed=1 calls=9483264", 9483263, 0.3267, 5e-5},
    {"normal stream=torch-cuda:108 seed=1 calls=9483264", 9483261, 0.1549, 5e-5}, /* A100 */
    {"normal stream=torch-cuda:108 seed=1 calls=9483264", 9483263, -0.1656, 5e-5},
};

static void reference(void) {
  static tb_problem p;
  double *value = NULL, *bound = NULL;
  const char *line = "";
  for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
    if (strcmp(line, published[i].line) != 0) {
      line = published[i].line;
      make(line, &p);
      value = realloc(value, (size_t)p.kept * sizeof *value);
      bound = realloc(bound, (size_t)p.kept * sizeof *bound);
      if (!value || !bound || !tb_normal_reference(&p, value, bound))
        abort();
    }
    const int64_t k = published[i].index;
    const double off = fabs(value[k] - published[i].value);
    check(off <= published[i].precision + bound[k] && bound[k] < 1e-5, "%s: number %lld is %.17g", line, (long long)k,
          published[i].value);
  }
  free(value);
  free(bound);
}

/* Chunk 12345 of the injection, computed from its numbers alone. */
static void injected(void) {
  static tb_problem p;
  double value[608], bound[608];
  unsigned char state[TB_STATE_BYTES];
  tb_inject_state(7, 12345, state);
  check(memcmp(state, "\7\0\0\0\0\0\0\0\x70\2\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 24) == 0,
        "an injected state has 624 words to come");
  make("normal seed=0 calls=inject,608 repeat=2", &p);
  double *all = malloc((size_t)p.kept * 2 * sizeof *all);
  if (!all || !tb_normal_reference(&p, all, all + p.kept))
    abort();
  memcpy(value, all + 608, sizeof value);
  memcpy(bound, all + p.kept + 608, sizeof bound);
  bool equal = true;
  for (int m = 0; m < 304; m++) {
    const uint32_t k = 304 + (uint32_t)m, angle = 10368889u * k & 0xffffff;
    const double r = sqrt(-2 * log(1 - k * 0x1p-24)), t = 6.283185307179586 * (angle * 0x1p-24);
    const int at = m / 8 * 16 + m % 8;
    equal = equal && fabs(value[at] - r * cos(t)) < 1e-9 && fabs(value[at + 8] - r * sin(t)) < 1e-9;
  }
  check(equal, "an injected chunk holds the radii and angles of its number");
  free(all);
}

struct answer {
  tb_problem p;
  tb_golden_case g;
  tb_report r;
  float y[2][64];
  unsigned char states[4 * TB_STATE_BYTES];
};

/* PyTorch drew with the C library of this process, whatever it calls itself. */
static void drawn_here(tb_golden_case *g) {
  static XXH128_hash_t digest[TB_LIBM_FUNCTIONS];
  static bool known;
  for (tb_libm f = 0; !known && f < TB_LIBM_FUNCTIONS; f++)
    digest[f] = tb_libm_digest(f, tb_libm_of_process(f));
  known = true;
  g->libc = "glibc 0.0";
  memcpy(g->libm, digest, sizeof digest);
}

/* The right answer, with the reference's numbers in the part of PyTorch's. */
static void right(struct answer *a, const char *line) {
  double value[64], bound[64];
  memset(a, 0, sizeof *a);
  make(line, &a->p);
  if (a->p.kept > 64 || !tb_normal_reference(&a->p, value, bound))
    abort();
  for (int i = 0; i < a->p.kept; i++)
    a->y[0][i] = a->y[1][i] = (float)value[i];
  a->r = (tb_report){.outcome = TB_RAN, .claim = TENBIN_STREAM, .state_bytes = TB_STATE_BYTES};
  a->g = (tb_golden_case){.kind = TB_GOLDEN_STREAM, .points = a->p.kept, .states = tb_normal_of(&a->p.c)->calls};
  drawn_here(&a->g);
  for (int i = 0; i < a->g.states; i++) {
    a->states[i * TB_STATE_BYTES] = (unsigned char)(i + 1);
    a->g.state[i] = XXH3_128bits(a->states + i * TB_STATE_BYTES, TB_STATE_BYTES);
  }
}

static void expect(struct answer *a, const float *golden, tb_verdict verdict, const char *says, const char *name) {
  tb_judgement j;
  float want[64];
  memcpy(want, golden ? golden : a->y[0], sizeof want);
  a->g.numbers = want;
  a->g.digest = tb_digest_numbers(TENBIN_F32, want, a->g.points);
  tb_judge(&a->p, &a->g, &a->r, &(tb_answers){{a->y[0]}, {a->y[1]}, a->states, a->p.kept}, &j);
  if (!check(j.verdict == verdict && (strstr(j.reason, says) || strstr(j.note, says)), "%s: %s", name,
             tb_verdict_name(verdict)))
    tb_tap_comment(&test_tap, "got %s: %s%s", tb_verdict_name(j.verdict), j.reason, j.note);
}

/* The right answer to a call that leaves a number waiting, which then is off by some ulp. */
static void waits(struct answer *a, int ulp) {
  unsigned char *const waiting = a->states + offsetof(tb_torch_state, normal_y);
  double number = 1.5;
  right(a, "normal seed=1 calls=15");
  memcpy(waiting, &number, sizeof number);
  a->g.state[0] = XXH3_128bits(a->states, TB_STATE_BYTES);
  a->g.waiting[0] = number;
  number += ulp * DBL_EPSILON;
  memcpy(waiting, &number, sizeof number);
}

static void streams(void) {
  static struct answer a;
  static float want[64];
  const char *line = "normal seed=1 calls=16,17,reseed,31 mean=1 std=0.5";
  right(&a, line);
  memcpy(want, a.y[0], sizeof want);
  expect(&a, want, TB_V_PASSED, "", "PyTorch's numbers");
  a.y[0][40] = nextafterf(a.y[0][40], 9);
  expect(&a, want, TB_V_FAILED, "1 of 64 elements differ: the same stream in other rounding", "a number off by one ulp");
  a.r.claim = TENBIN_STREAM_ROUNDED;
  expect(&a, want, TB_V_PASSED, "same stream in other rounding", "the same under a claim of other rounding");
  a.y[0][40] += 1e-5f;
  expect(&a, want, TB_V_FAILED, "1 of 64 elements differ", "a number off by 1e-5 under that claim");
  right(&a, line);
  a.y[0][0] = NAN;
  expect(&a, want, TB_V_FAILED, "1 of 64 elements differ", "NaN");
  right(&a, line);
  a.r.claim = TENBIN_DISTRIBUTION;
  expect(&a, want, TB_V_FAILED, "claims no stream", "a claim of the distribution where a stream is asked for");
  right(&a, line);
  a.states[TB_STATE_BYTES + 4000] ^= 1;
  expect(&a, want, TB_V_FAILED, "state is not PyTorch's after item 2 of calls=", "another state after the second call");
  right(&a, line);
  a.states[2 * TB_STATE_BYTES + 5] ^= 1;
  expect(&a, want, TB_V_FAILED, "after the reseeding, item 3 of calls=", "another state after the reseeding");
  right(&a, line);
  a.r.state_bytes = 2504;
  expect(&a, want, TB_V_FAILED, "a saved state has 2504 bytes", "a state of another size");
  right(&a, line);
  a.r.again_differs = 1;
  a.y[1][3] = 0;
  expect(&a, want, TB_V_NONDETERMINISTIC, "1 of 64 elements differ", "other numbers the second time");
  right(&a, line);
  a.r.handed_differs = 1;
  a.y[1][20] = 0;
  expect(&a, want, TB_V_FAILED, "cloned, or saved and restored", "other numbers from a restored generator");
  right(&a, line);
  memset(&a.y[0][5], 0xc5, 4);
  memcpy(&a.y[0][5], (const uint16_t[]){TB_POISON_END, TB_POISON_END}, 4);
  expect(&a, want, TB_V_FAILED, "1 of them never written", "a number that was never written");
  right(&a, "normal seed=1 calls=15 mean=1 std=0.5");
  memcpy(want, a.y[0], sizeof want);
  a.y[0][7] = nextafterf(a.y[0][7], 9);
  a.g.libm[TB_LIBM_LOG1P].low64 ^= 1;
  expect(&a, want, TB_V_PASSED, "within the bound of another C library", "a scalar path's ulp on another C library");
  a.states[4000] ^= 1;
  expect(&a, want, TB_V_FAILED, "state is not PyTorch's after item 1 of calls=", "a wrong state with it");
  waits(&a, 1);
  a.g.libm[TB_LIBM_SINCOS].high64 ^= 1;
  expect(&a, NULL, TB_V_PASSED, "within the bound of another C library", "the waiting number's ulp on another C library");
  waits(&a, 200);
  a.g.libm[TB_LIBM_SINCOS].high64 ^= 1;
  expect(&a, NULL, TB_V_FAILED, "state is not PyTorch's", "a waiting number beyond the bound");
  waits(&a, 1);
  a.g.libm[TB_LIBM_SINCOS].high64 ^= 1;
  a.states[4000] ^= 1;
  expect(&a, NULL, TB_V_FAILED, "state is not PyTorch's", "another word with the waiting number's ulp");
  waits(&a, 1);
  expect(&a, NULL, TB_V_FAILED, "state is not PyTorch's", "the waiting number's ulp on the same C library");
}

/* XXH3-128 of the arguments themselves, as golden/export/normal/libm.py has them: pairs of one and 0. */
static const char *const arguments[TB_LIBM_FUNCTIONS] = {
    [TB_LIBM_LOG] = "05cfb5b45080964146c5369a884a549c",     [TB_LIBM_LOG1P] = "c003085efd9b78feff6ad3e5dd5e606b",
    [TB_LIBM_SINCOS] = "8340ca446ddbcc0f7b787c2365a6308a",  [TB_LIBM_LOGF] = "f653931bc334543e1655045b9bb4bd34",
    [TB_LIBM_SINCOSF] = "24ca81c6370c88f3cc53f5f3c8c66bd9",
};

static struct {
  tb_libm_call *call;
  int at, result; /* which of the 2^20 answers is an ulp off, and which of its numbers */
  int calls;
} nudged;

static void identity(double x, double y[2]) {
  y[0] = x;
}

static void nudge(double x, double y[2]) {
  nudged.call(x, y);
  if (nudged.calls++ == nudged.at)
    y[nudged.result] = nextafter(y[nudged.result], 9);
}

/* The digest of a function's answers sees each bit of each of them. */
static void measured(void) {
  for (tb_libm f = 0; f < TB_LIBM_FUNCTIONS; f++) {
    const bool two = f == TB_LIBM_SINCOS || f == TB_LIBM_SINCOSF;
    char text[33];
    const XXH128_hash_t own = tb_libm_digest(f, tb_libm_of_process(f));
    bool same = XXH128_isEqual(own, tb_libm_digest(f, tb_libm_of_process(f)));
    tb_digest_print(tb_libm_digest(f, identity), text);
    check(strcmp(text, arguments[f]) == 0, "%s is asked for the arguments of golden/export/normal/libm.py", tb_libm_name(f));
    for (int result = 0; result <= two; result++)
      for (int at = 1; at < 1 << 20; at += 524287) { /* the second and the last but one among them */
        nudged.call = tb_libm_of_process(f);
        nudged.at = at;
        nudged.result = result;
        nudged.calls = 0;
        same = same && !XXH128_isEqual(own, tb_libm_digest(f, nudge));
      }
    check(same, "%s: one answer that is an ulp off distinguishes a library", tb_libm_name(f));
  }
}

enum {
  LOG = 1 << TB_LIBM_LOG,
  LOG1P = 1 << TB_LIBM_LOG1P,
  SINCOS = 1 << TB_LIBM_SINCOS,
  LOGF = 1 << TB_LIBM_LOGF,
  SINCOSF = 1 << TB_LIBM_SINCOSF
};

/* Cases, and the functions whose bits are in their numbers. */
static const struct {
  const char *line;
  unsigned functions;
} libraries[] = {
    {"normal seed=1 calls=32", 0},
    {"normal seed=1 calls=15", LOG1P | SINCOS},
    {"normal seed=1 calls=5x8/1x5", LOG1P | SINCOS},
    {"normal seed=1 calls=17,3", LOG1P | SINCOS},
    {"normal f64 seed=1 calls=32", LOG | SINCOS},
    {"normal f64 seed=1 calls=15", LOG1P | SINCOS},
    {"normal f64 seed=1 calls=5x8/1x5", LOG1P | SINCOS},
    {"normal f64 seed=1 calls=17,reseed,3", LOG | LOG1P | SINCOS},
    {"normal stream=torch-cpu-default seed=1 calls=32", LOGF | SINCOSF},
    {"normal stream=torch-cpu-default seed=1 calls=15", LOG1P | SINCOS},
    {"normal stream=torch-cpu-default seed=1 calls=17,3", LOGF | SINCOSF | LOG1P | SINCOS},
    {"normal f64 stream=torch-cpu-default seed=1 calls=32", LOG | SINCOS},
};

/* Judges y[2], which is an ulp off, where PyTorch's library answered otherwise to these functions; and marks it for a
 * diagnosis, with y[5], which is far off. */
static tb_judgement off_by_ulp(const char *line, unsigned other, bool marked[64]) {
  static tb_problem p;
  double value[64], bound[64], want[64], y[64], mark_want[64];
  unsigned char states[4 * TB_STATE_BYTES] = {0};
  tb_judgement j;
  make(line, &p);
  if (p.kept > 64 || !tb_normal_reference(&p, value, bound))
    abort();
  const double ulp = tb_number_ulp(p.c.dtype, value[2]);
  for (int i = 0; i < p.kept; i++) {
    tb_number_set(p.c.dtype, want, i, value[i]);
    tb_number_set(p.c.dtype, y, i, value[i] + (i == 2 ? ulp : 0));
  }
  tb_golden_case g = {.kind = TB_GOLDEN_STREAM, .points = p.kept, .numbers = want, .states = tb_normal_of(&p.c)->calls};
  g.digest = tb_digest_numbers(p.c.dtype, want, p.kept);
  for (int i = 0; i < g.states; i++)
    g.state[i] = XXH3_128bits(states, TB_STATE_BYTES);
  drawn_here(&g);
  for (int f = 0; f < TB_LIBM_FUNCTIONS; f++)
    g.libm[f].low64 ^= other >> f & 1;
  const tb_report r = {.outcome = TB_RAN, .claim = TENBIN_STREAM, .state_bytes = TB_STATE_BYTES};
  tb_judge(&p, &g, &r, &(tb_answers){{y}, {y}, states, p.kept}, &j);
  tb_number_set(p.c.dtype, y, 5, value[5] + 1);
  if (!tb_stream_mark(&p, &g, r.claim, y, mark_want, marked))
    abort();
  return j;
}

/* The bound of another C library is for those cases only whose functions give other bits here. */
static void other_libraries(void) {
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    const unsigned all = (1u << TB_LIBM_FUNCTIONS) - 1, needs = libraries[i].functions;
    const char *line = libraries[i].line;
    bool marked[64];
    tb_judgement j = off_by_ulp(line, all & ~needs, marked);
    check(j.verdict == TB_V_FAILED && strstr(j.reason, "same stream in other rounding") && marked[2] && marked[5],
          "%s: an ulp is wrong where the library's functions are PyTorch's", line);
    bool granted = true;
    for (tb_libm f = 0; f < TB_LIBM_FUNCTIONS; f++)
      if (needs & 1u << f) {
        char says[60];
        snprintf(says, sizeof says, "other bits here for %s than glibc 0.0", tb_libm_name(f));
        j = off_by_ulp(line, 1u << f, marked);
        granted = granted && j.verdict == TB_V_PASSED && strstr(j.note, says) && !marked[2] && marked[5];
      }
    if (needs)
      check(granted, "%s: it is right where one of the functions gives other bits, and that one is named", line);
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  halves(TENBIN_F16, "f16");
  halves(TENBIN_BF16, "bf16");
#ifdef __FLT16_MAX__
  compiler();
#endif
  reference();
  injected();
  streams();
  measured();
  other_libraries();
  return finish();
}
