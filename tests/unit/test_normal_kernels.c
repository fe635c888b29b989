/* The kernels of PyTorch's CPU streams: equal bits on every path that the processor has, PyTorch's order of elements.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "dtype.h"
#include "isa.h"

#include "normal.h"
#include "rng.h"
#include "test.h"

#include <math.h>

static const struct type {
  int32_t dtype;
  const char *name;
} types[] = {{TENBIN_F32, "f32"}, {TENBIN_F64, "f64"}, {TENBIN_F16, "f16"}, {TENBIN_BF16, "bf16"}};
enum { TYPES = 4, PATHS_MAX = 16, SPACE = 1 << 16 };

/* A kernel with one instruction set: a plan for each dtype, and one generator for all of them. */
struct path {
  char name[64];
  struct drawer d[TYPES];
  char y[SPACE];
};

static void path_open(struct path *p, const char *kernel, const char *stream, const char *isa) {
  for (int i = 0; i < TYPES; i++) {
    drawer_open(&p->d[i], kernel, stream, types[i].dtype, 0, isa, NULL, 1);
    if (i > 0) {
      p->d[i].kernel->generator->close(p->d[i].generator);
      p->d[i].generator = p->d[0].generator;
    }
  }
  snprintf(p->name, sizeof p->name, "%s, TENBIN_ISA=%s", kernel, isa);
}

static void path_close(struct path *p) {
  for (int i = 1; i < TYPES; i++)
    p->d[i].kernel->release(p->d[i].plan);
  drawer_close(&p->d[0]);
}

static void seed(struct path *p, uint64_t value) {
  p->d[0].kernel->generator->seed(p->d[0].generator, value);
}

/* All paths that the processor has, box_muller's portable one first. */
static int open_paths(struct path *path) {
  static const char *const isa[] = {"portable", "avx2", "avx512"};
  const tenbin_plugin *builtin = tenbin_plugin_table();
  int paths = 0;
  for (int i = 0; i < 3; i++) {
    setenv("TENBIN_ISA", isa[i], 1);
    if (tb_isa_choose() != (tb_isa)i) {
      tb_tap_comment(&test_tap, "the processor has no %s", isa[i]);
      continue;
    }
    for (int k = 0; k < builtin->kernels && paths < PATHS_MAX; k++)
      if (draws(builtin->kernel[k], "torch-cpu-avx2"))
        path_open(&path[paths++], builtin->kernel[k]->name, "torch-cpu-avx2", isa[i]);
  }
  return paths;
}

/* Below n. */
static int64_t pick(uint64_t *state, uint64_t n) {
  return (int64_t)(tb_rng(state) % n);
}

/* Any words, any position, and a number that waits or none. */
static void random_state(uint64_t *random, unsigned char state[TB_STATE_BYTES]) {
  uint64_t *word = (uint64_t *)(void *)state;
  const int64_t next = pick(random, 625), left = pick(random, next < 624 ? (uint64_t)(625 - next) : 1) + 1;
  const double waiting = 0.75;
  tb_inject_state(1, 0, state);
  for (int i = 0; i < 624; i++)
    word[3 + i] = tb_rng(random) >> 32;
  word[1] = (uint64_t)(left < 624 ? left : 624) | UINT64_C(1) << 32;
  word[2] = (uint64_t)next;
  memcpy(&word[628], &waiting, sizeof waiting);
  word[630] = tb_rng(random) & 1;
}

static const double parameters[][2] = {{0, 1},     {3.25, 0.1},   {0, 0.02}, {-1e-3, 1e4},  {0.1, 0},
                                       {-0.0, 1},  {0, INFINITY}, {NAN, 1},  {INFINITY, 1}, {1e39, 1e38},
                                       {0, 1e-40}, {0, 1e-6},     {0, 1e5},  {0, 1e39},     {NAN, INFINITY}};

/* One call on every path: the same dtype, size, stride and distance from an aligned address. The gaps between
 * the elements and around them are also compared. */
static bool same_call(struct path *path, int paths, uint64_t *random) {
  const int type = (int)pick(random, TYPES);
  const int64_t n = pick(random, 8) ? pick(random, 101) : pick(random, 5000), shift = pick(random, 64);
  const int64_t stride = pick(random, 8) ? 1 : n < 1000 ? 1 + pick(random, 3) : 1;
  const double *parameter = parameters[pick(random, 2) ? 0 : pick(random, sizeof parameters / sizeof *parameters)];
  const tenbin_desc desc = {types[type].dtype, 1, {n}, {stride}};
  bool same = true;
  for (int i = 0; i < paths; i++) {
    struct path *p = &path[i];
    memset(p->y, 0x5a, SPACE);
    p->d[type].mean = parameter[0];
    p->d[type].std = parameter[1];
    drawer_fill(&p->d[type], &desc, p->y + (size_t)shift * dtype_bytes(types[type].dtype));
    same = same && memcmp(p->y, path[0].y, SPACE) == 0;
  }
  return same;
}

static void sequences(struct path *path, int paths) {
  enum { ROUNDS = 300, CALLS = 12 };
  static unsigned char state[TB_STATE_BYTES], saved[2][TB_STATE_BYTES];
  uint64_t random = 1;
  bool numbers = true, states = true;
  for (int round = 0; round < ROUNDS; round++) {
    random_state(&random, state);
    for (int i = 0; i < paths; i++)
      states = path[i].d[0].kernel->generator->restore(path[i].d[0].generator, state, sizeof state) == TENBIN_OK && states;
    for (int call = 0; call < CALLS; call++)
      numbers = same_call(path, paths, &random) && numbers;
    for (int i = 0; i < paths; i++) {
      path[i].d[0].kernel->generator->save(path[i].d[0].generator, saved[i > 0]);
      states = states && (i == 0 || memcmp(saved[0], saved[1], sizeof saved[0]) == 0);
    }
  }
  check(numbers, "%d paths: equal bits in %d calls of any dtype, size, stride, address, mean and std", paths, ROUNDS * CALLS);
  check(states, "%d paths: equal states after them", paths);
}

/* All 2^24 radii and all 2^24 angles, 304 of each at a time. */
static void injection(struct path *path, int paths) {
  enum { CHUNKS = 55189, NUMBERS = 608 };
  unsigned char state[TB_STATE_BYTES];
  const size_t bytes = NUMBERS * sizeof(float);
  int64_t equal[PATHS_MAX] = {0};
  for (int i = 0; i < paths; i++) {
    path[i].d[0].mean = 0;
    path[i].d[0].std = 1;
  }
  for (int64_t chunk = 0; chunk < CHUNKS; chunk++) {
    tb_inject_state(0, chunk, state);
    for (int i = 0; i < paths; i++) {
      path[i].d[0].kernel->generator->restore(path[i].d[0].generator, state, sizeof state);
      drawer_draw(&path[i].d[0], NUMBERS, path[i].y);
      equal[i] += memcmp(path[i].y, path[0].y, bytes) == 0;
    }
  }
  for (int i = 1; i < paths; i++)
    check(equal[i] == CHUNKS, "%s: all 2^24 radii and angles give the bits of %s", path[i].name, path[0].name);
}

/* Layouts that PyTorch does not fill by blocks: the numbers come one by one, in the order of memory. */
static const struct {
  const char *what;
  tenbin_desc desc;
} layouts[] = {
    {"fewer than 16", {TENBIN_F32, 1, {15}, {1}}},
    {"one number", {TENBIN_F32, 0, {0}, {0}}},
    {"x[::2]", {TENBIN_F32, 1, {40}, {2}}},
    {"x.t()", {TENBIN_F32, 2, {5, 8}, {1, 5}}},
    {"x[:, ::2]", {TENBIN_F32, 2, {6, 5}, {10, 2}}},
    {"channels_last", {TENBIN_F32, 4, {2, 3, 4, 5}, {60, 1, 15, 3}}},
    {"x.permute(2, 0, 1)", {TENBIN_F32, 3, {5, 3, 4}, {1, 20, 5}}},
    {"x.permute(2, 0, 1)[1::2, :, ::2]", {TENBIN_F32, 3, {4, 5, 3}, {2, 63, 18}}},
    {"dimensions of one element between", {TENBIN_F32, 5, {4, 1, 5, 1, 3}, {1, 2, 4, 60, 20}}},
    {"six dimensions", {TENBIN_F32, 6, {2, 3, 2, 2, 2, 3}, {24, 48, 2, 12, 1, 4}}},
};

/* The offsets of a tensor's elements. */
static void mark(const tenbin_desc *d, bool *marked) {
  int64_t n = 1;
  for (int i = 0; i < d->rank; i++)
    n *= d->size[i];
  for (int64_t k = 0; k < n; k++) {
    int64_t rest = k, offset = 0;
    for (int i = d->rank - 1; i >= 0; i--) {
      offset += rest % d->size[i] * d->stride[i];
      rest /= d->size[i];
    }
    marked[offset] = true;
  }
}

static void order(struct path *p) {
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    static const tenbin_desc strided = {TENBIN_F32, 1, {1000}, {2}};
    float *y = (float *)(void *)p->y, want[2000];
    bool marked[2000] = {false}, right = true;
    const float poison = -77;
    p->d[0].mean = 0;
    p->d[0].std = 1;
    seed(p, i);
    drawer_fill(&p->d[0], &strided, want);
    seed(p, i);
    for (int k = 0; k < 2000; k++)
      y[k] = poison;
    drawer_fill(&p->d[0], &layouts[i].desc, y);
    mark(&layouts[i].desc, marked);
    for (int k = 0, drawn = 0; k < 2000; k++)
      right = right && y[k] == (marked[k] ? want[2 * drawn++] : poison);
    check(right, "%s: %s: in the order of memory, and nothing between", p->name, layouts[i].what);
  }
}

/* Layouts that PyTorch takes for contiguous: they hold what one dimension of as many elements holds. */
static void contiguous(struct path *p) {
  static const tenbin_desc dense = {TENBIN_F32, 1, {60}, {1}}, same[] = {
                                                                   {TENBIN_F32, 3, {3, 4, 5}, {20, 5, 1}},
                                                                   {TENBIN_F32, 5, {1, 12, 1, 5, 1}, {7, 5, 1, 1, 9}},
                                                               };
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    float y[60], want[60];
    seed(p, 1);
    drawer_fill(&p->d[0], &dense, want);
    seed(p, 1);
    drawer_fill(&p->d[0], &same[i], y);
    check(memcmp(y, want, sizeof y) == 0, "%s: %d dense dimensions are filled as one", p->name, (int)same[i].rank);
  }
}

/* torch-cpu-default has other logarithms, sines and cosines in f32, and another rounding of what comes one by one. */
static void default_stream(void) {
  enum { N = 60000 };
  static struct path avx2, other;
  static double y[2][N];
  static const double bound = 3.5e-6; /* 6e-7 of the largest radius */
  path_open(&avx2, "box_muller", "torch-cpu-avx2", "");
  path_open(&other, "box_muller", "torch-cpu-default", "");
  for (int by_blocks = 0; by_blocks < 2; by_blocks++)
    for (int t = 0; t < 2; t++)
      for (int scaled = 0; scaled < 2; scaled++) {
        const tenbin_desc desc = {types[t].dtype, 1, {N / 2}, {by_blocks ? 1 : 2}};
        struct path *p[2] = {&avx2, &other};
        for (int i = 0; i < 2; i++) {
          p[i]->d[t].mean = scaled ? 3.25 : 0;
          p[i]->d[t].std = scaled ? 0.1 : 1;
          seed(p[i], 5);
          drawer_fill(&p[i]->d[t], &desc, y[i]);
        }
        int differ = 0;
        bool near = true;
        for (int64_t k = 0; k < N / 2; k++) {
          const double a = tb_number(desc.dtype, y[0], k * desc.stride[0]), b = tb_number(desc.dtype, y[1], k * desc.stride[0]);
          differ += a != b;
          near = near && fabs(a - b) <= bound;
        }
        const bool equal = by_blocks ? t == 1 : t == 0 || !scaled;
        check(near && (differ == 0) == equal, "box_muller: torch-cpu-default has %s numbers, %s %s%s",
              equal ? "the same" : "other, near", types[t].name, by_blocks ? "by blocks" : "one by one",
              scaled ? ", scaled" : "");
      }
  path_close(&avx2);
  path_close(&other);
}

static void claims(void) {
  const tenbin_plugin *builtin = tenbin_plugin_table();
  const tenbin_kernel *plain = tb_registry_find(builtin, "box_muller"), *simd = tb_registry_find(builtin, "box_muller_simd");
  tenbin_answer answer;
  check(ask(plain, "any", TENBIN_F32, &answer) == TENBIN_OK && answer.claim == TENBIN_DISTRIBUTION,
        "box_muller: claims the distribution of stream any");
  check(ask(plain, "torch-cpu-default", TENBIN_F64, &answer) == TENBIN_OK && answer.claim == TENBIN_STREAM,
        "box_muller: claims torch-cpu-default");
  check(ask(plain, "torch-cuda:80", TENBIN_F32, &answer) == TENBIN_UNSUPPORTED && strstr(answer.why, "torch-cuda:80"),
        "box_muller: refuses torch-cuda:80, and says why");
  check(ask(plain, "torch-cpu-avx2", TENBIN_S8, &answer) == TENBIN_UNSUPPORTED && answer.why[0],
        "box_muller: refuses s8, and says why");
  check(ask(simd, "torch-cpu-default", TENBIN_F32, &answer) == TENBIN_UNSUPPORTED && answer.why[0],
        "box_muller_simd: refuses torch-cpu-default, and says why");
  setenv("TENBIN_ISA", "portable", 1);
  check(ask(simd, "torch-cpu-avx2", TENBIN_F32, &answer) == TENBIN_UNSUPPORTED && strstr(answer.why, "AVX2"),
        "box_muller_simd: is unsupported without AVX2");
  check(tb_isa_choose() == TB_ISA_PORTABLE, "TENBIN_ISA=portable lowers the choice");
  unsetenv("TENBIN_ISA");
  const tb_isa best = tb_isa_choose();
  setenv("TENBIN_ISA", "avx10", 1);
  check(tb_isa_choose() == best, "TENBIN_ISA with an unknown name changes nothing");
}

int main(void) {
  static struct path path[PATHS_MAX];
  tb_tap_start(&test_tap, stdout);
  const int paths = open_paths(path);
  for (int i = 0; i < paths; i++) {
    tb_tap_comment(&test_tap, "%s", path[i].name);
    order(&path[i]);
    contiguous(&path[i]);
  }
  if (paths > 1) {
    sequences(path, paths);
    injection(path, paths);
  } else {
    tb_tap_point(&test_tap, true, "equal bits on all paths", "SKIP the processor has one path");
  }
  for (int i = 0; i < paths; i++)
    path_close(&path[i]);
  unsetenv("TENBIN_ISA");
  default_stream();
  claims();
  return finish();
}
