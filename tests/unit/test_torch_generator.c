/* The generator of PyTorch's CPU streams: known answers of MT19937, states, clones, for every kernel that draws such a stream.
 *
 * SPDX-License-Identifier: MIT */
#include "normal.h"

#include "test.h"

#define STATE 5056

/* Offsets into a state: torch.Generator.get_state, that is CPUGeneratorImplState of aten/src/ATen/CPUGeneratorImpl.cpp. */
enum {
  AT_LEFT = 8,
  AT_SEEDED = 12,
  AT_NEXT = 16,
  AT_WORDS = 24,
  AT_NORMAL_X = AT_WORDS + 624 * 8,
  AT_NORMAL_Y = AT_NORMAL_X + 8,
  AT_NORMAL_VALID = AT_NORMAL_X + 24,
  AT_FLOAT = AT_NORMAL_X + 32,
  AT_FLOAT_VALID = AT_FLOAT + 4
};

static void set(unsigned char *state, int at, int64_t value, size_t bytes) {
  memcpy(state + at, &value, bytes);
}

static uint64_t get(const unsigned char *state, int at, size_t bytes) {
  uint64_t value = 0;
  memcpy(&value, state + at, bytes);
  return value;
}

static void save(const struct drawer *d, unsigned char *state) {
  memset(state, 0x5a, STATE);
  d->kernel->generator->save(d->generator, state);
}

static bool restore(const struct drawer *d, const unsigned char *state, size_t bytes) {
  return d->kernel->generator->restore(d->generator, state, bytes) == TENBIN_OK;
}

/* 10,000 uniforms are that many draws: the last of them is the word in front of the next. */
static void ten_thousandth(const char *kernel) {
  struct drawer d;
  static float y[10000];
  static unsigned char state[STATE];
  drawer_open(&d, kernel, "torch-cpu-avx2", TENBIN_F32, 5489, "", NULL, 1);
  drawer_draw(&d, 10000, y);
  save(&d, state);
  const uint64_t next = get(state, AT_NEXT, 8), left = get(state, AT_LEFT, 4);
  uint32_t word = next - 1 < 624 ? (uint32_t)get(state, AT_WORDS + (int)(next - 1) * 8, 8) : 0;
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680;
  word ^= word << 15 & 0xefc60000;
  word ^= word >> 18;
  check(word == 4123659995 && next + left == 625, "%s: of seed 5489 the 10,000th draw is 4123659995, as of std::mt19937",
        kernel);
  drawer_close(&d);
}

static void restored(const char *kernel) {
  struct drawer a, b;
  static unsigned char state[STATE], again[STATE];
  float x[3][40];
  tenbin_generator *clone = NULL;
  drawer_open(&a, kernel, "torch-cpu-avx2", TENBIN_F32, 42, "", NULL, 1);
  drawer_open(&b, kernel, "torch-cpu-avx2", TENBIN_F32, 7, "", NULL, 1);
  drawer_draw(&a, 3, x[0]); /* leaves a sine in the cache */
  check(a.kernel->generator->state_size(a.generator) == STATE, "%s: a state has PyTorch's 5,056 bytes", kernel);
  save(&a, state);
  a.kernel->generator->clone(a.generator, &clone);
  check(restore(&b, state, STATE), "%s: a state is restored", kernel);
  save(&b, again);
  check(memcmp(state, again, STATE) == 0, "%s: what is saved is what was restored", kernel);
  drawer_draw(&a, 15, x[0]);
  drawer_draw(&b, 15, x[1]);
  check(memcmp(x[0], x[1], 15 * sizeof(float)) == 0, "%s: a restored generator goes on as the saved one", kernel);
  tenbin_generator *own = b.generator;
  b.generator = clone;
  drawer_draw(&b, 15, x[2]);
  check(memcmp(x[0], x[2], 15 * sizeof(float)) == 0, "%s: so does a clone", kernel);
  b.kernel->generator->seed(b.generator, 7);
  drawer_draw(&b, 40, x[1]);
  save(&b, again);
  b.generator = own;
  b.kernel->generator->seed(b.generator, 7);
  drawer_draw(&b, 40, x[2]);
  save(&b, state);
  check(memcmp(x[1], x[2], sizeof x[1]) == 0 && memcmp(state, again, STATE) == 0 && memcmp(x[0], x[1], 15 * sizeof(float)) != 0,
        "%s: reseeding forgets the past", kernel);
  b.kernel->generator->close(clone);
  drawer_close(&a);
  drawer_close(&b);
}

/* One field of a good state, changed. What PyTorch 2.13.0's set_state says of it; the last three would make it read past its
 * words, which it does not notice. */
static const struct {
  int at;
  int64_t value;
  size_t bytes;
  bool good;
  const char *what;
} changes[] = {
    {AT_LEFT, 0, 4, false, "no word to come before the next twist"},
    {AT_LEFT, -1, 4, false, "a negative number of words"},
    {AT_LEFT, 625, 4, false, "more words than there are"},
    {AT_SEEDED, 0, 4, false, "never seeded"},
    {AT_NEXT, 625, 8, false, "a position past the end"},
    {AT_LEFT, 1, 4, true, "a twist before all words are drawn"},
    {AT_SEEDED, 2, 4, true, "another mark for seeded"},
    {AT_NEXT, 0, 8, true, "the words from the first one on"},
    {AT_NEXT, INT64_C(1) << 32, 8, true, "a position of which 32 bits count"},
    {AT_NORMAL_VALID, 7, 4, true, "another mark for a number that waits"},
    {AT_FLOAT_VALID, 2, 1, true, "another mark for a number in f32"},
    {AT_NORMAL_X, -1, 8, true, "what PyTorch has left off using"},
    {AT_LEFT, 624, 4, false, "more words than follow the position"},
    {AT_NEXT, 624, 8, false, "words past the end"},
    {AT_NEXT, 21, 8, false, "one word past the end"},
};

static void refused(const char *kernel) {
  struct drawer d;
  static unsigned char state[STATE + 8], wrong[STATE], again[STATE];
  float y[20];
  drawer_open(&d, kernel, "torch-cpu-avx2", TENBIN_F32, 3, "", NULL, 1);
  drawer_draw(&d, 1, y);
  drawer_draw(&d, 16, y);
  save(&d, state); /* 20 words drawn */
  check(!restore(&d, state, STATE - 1) && !restore(&d, state, STATE - 8) && !restore(&d, state, STATE + 8) &&
            !restore(&d, state, 0),
        "%s: a state of another size is refused", kernel);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    restore(&d, state, STATE);
    memcpy(wrong, state, STATE);
    set(wrong, changes[i].at, changes[i].value, changes[i].bytes);
    const bool taken = restore(&d, wrong, STATE);
    save(&d, again);
    check(taken == changes[i].good && (taken || memcmp(state, again, STATE) == 0), "%s: a state is %s: %s", kernel,
          changes[i].good ? "taken" : "refused, and nothing changes", changes[i].what);
  }
  drawer_close(&d);
}

/* What PyTorch 2.13.0's get_state gives after its set_state: marks are 1, numbers that do not wait are 0. */
static void canonical(const char *kernel) {
  struct drawer d;
  static unsigned char state[STATE], again[STATE];
  float y[3];
  drawer_open(&d, kernel, "torch-cpu-avx2", TENBIN_F32, 3, "", NULL, 1);
  drawer_draw(&d, 3, y);
  save(&d, state);
  static const struct {
    int at;
    int64_t value, then;
    size_t bytes;
  } field[] = {
      {AT_SEEDED, 2, 1, 4},       {AT_WORDS, INT64_C(1) << 40 | 77, 77, 8}, {AT_NORMAL_X, -1, 0, 8},
      {AT_NORMAL_VALID, 7, 1, 4}, {AT_FLOAT, 0x40600000, 0x40600000, 4},    {AT_FLOAT_VALID, 2, 1, 1},
  };
  unsigned char given[STATE];
  memcpy(given, state, STATE);
  for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
    set(given, field[i].at, field[i].value, field[i].bytes);
    set(state, field[i].at, field[i].then, field[i].bytes);
  }
  restore(&d, given, STATE);
  save(&d, again);
  check(memcmp(state, again, STATE) == 0, "%s: a state is saved as PyTorch saves it, with the number in f32", kernel);
  set(given, AT_NORMAL_VALID, 0, 4);
  set(given, AT_FLOAT_VALID, 0, 1);
  restore(&d, given, STATE);
  save(&d, again);
  check(get(again, AT_NORMAL_Y, 8) == 0 && get(again, AT_FLOAT, 4) == 0, "%s: a number that does not wait is saved as 0",
        kernel);
  drawer_close(&d);
}

int main(void) {
  const tenbin_plugin *builtin = tenbin_plugin_table();
  tb_tap_start(&test_tap, stdout);
  for (int i = 0; i < builtin->kernels; i++) {
    if (!draws(builtin->kernel[i], "torch-cpu-avx2"))
      continue;
    const char *name = builtin->kernel[i]->name;
    ten_thousandth(name);
    restored(name);
    refused(name);
    canonical(name);
  }
  return finish();
}
