/* The reader of safetensors under mutation: whatever the bytes, it answers and stays within them. And the inputs of golden
 * answers.
 *
 * SPDX-License-Identifier: MIT */
#include "problem.h"
#include "safetensors.h"
#include "strides.h"
#include "suite.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static size_t container(unsigned char *out, const char *header, size_t data) {
  const size_t length = strlen(header);
  for (size_t i = 0; i < 8; i++)
    out[i] = (unsigned char)(length >> 8 * i);
  memcpy(out + 8, header, length);
  memset(out + 8 + length, 0, data);
  return 8 + length + data;
}

static const struct {
  const char *entry;
  bool good;
} entries[] = {
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}   ", true},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,24]}}   ", true},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[2,18]}}   ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,64]}}   ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}   ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}   ", false},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,16]}}   ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}} ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,-16]}} ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}} ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-16,0]}}  ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}} ", false},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}     ", false},
    {"{\"a\":[]}                                                          ", false},
    {"{}                                                                  ", false},
};

static void hostile(void) {
  _Alignas(8) static unsigned char bytes[4096];
  char why[300];
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    char header[200];
    int64_t n = 0;
    tb_safetensors file;
    /* Headers padded to a multiple of eight, as the format asks for. */
    snprintf(header, sizeof header, "%-96s", entries[i].entry);
    size_t size = container(bytes, header, 32);
    bool parsed = tb_safetensors_parse(bytes, size, &file, why, sizeof why);
    bool got = parsed && tb_safetensors_get(&file, "a", "F32", &n) != NULL;
    check(parsed && got == entries[i].good && (!got || n == 4), "%s: %s", entries[i].good ? "taken" : "refused",
          entries[i].entry);
    if (parsed)
      tb_safetensors_close(&file);
  }
}

static void mutated(void) {
  char why[300];
  uint64_t state = 7;
  int parsed = 0, rounds = 20000;
  for (int round = 0; round < rounds; round++) {
    char header[120];
    snprintf(header, sizeof header, "%-96s", entries[0].entry);
    /* On the heap and of exact size, so that a sanitizer sees a read past the end. */
    unsigned char *bytes = aligned_alloc(8, 136);
    size_t size = container(bytes, header, 32), changes = 1 + (size_t)(round % 3);
    for (size_t i = 0; i < changes; i++) {
      state = state * UINT64_C(6364136223846793005) + 1;
      bytes[(state >> 33) % (size - 32)] = (unsigned char)(state >> 56);
    }
    tb_safetensors file;
    int64_t n = 0;
    if (tb_safetensors_parse(bytes, size, &file, why, sizeof why)) {
      const float *a = tb_safetensors_get(&file, "a", "F32", &n);
      volatile float sum = 0;
      for (int64_t i = 0; a && i < n; i++)
        sum = sum + a[i];
      parsed++;
      tb_safetensors_close(&file);
    }
    free(bytes);
  }
  check(parsed > 0 && parsed < rounds, "%d headers with one to three bytes changed; %d still parse", rounds, parsed);
}

static void canonical(void) {
  const float y[] = {0.0f, -0.0f, 1.0f, __builtin_nanf(""), -__builtin_nanf("7"), __builtin_inff()};
  const uint32_t bits[] = {0, 0, 0x3f800000, 0x7fc00000, 0x7fc00000, 0x7f800000};
  bool ok = true;
  for (int i = 0; i < 6; i++)
    ok = ok && tb_canonical_bits(y[i]) == bits[i];
  check(ok, "canonical bits: one zero, one NaN");
  const tenbin_desc six = {.dtype = TENBIN_F32, .rank = 1, .size = {6}};
  uint32_t head[8] = {6, 0};
  memcpy(head + 2, bits, sizeof bits);
  check(XXH128_isEqual(tb_digest_y(&six, y), XXH3_128bits(head, sizeof head)), "a digest is that of the canonical bytes");
  const uint32_t stream[] = {0, 0x80000000, 0x3f800000, 0x7fc00000, 0x7fc00000, 0x7f800000};
  check(XXH128_isEqual(tb_digest_numbers(TENBIN_F32, y, 6), XXH3_128bits(stream, sizeof stream)),
        "a stream's digest distinguishes its two zeros");
}

/* Whether the fill makes the inputs of a golden answer, by their digests. */
static bool inputs_are(const tb_problem *p, const tb_golden_case *golden) {
  bool same = true;
  for (int i = 0; i < p->inputs; i++) {
    if (p->input[i].dtype == TENBIN_NONE)
      continue;
    const size_t bytes = tb_desc_dense_bytes(&p->input[i]);
    void *data = malloc(bytes + 1);
    if (!data)
      abort();
    p->c.op->fill(p, i, p->c.seed, data);
    same = same && XXH128_isEqual(XXH3_128bits(data, bytes), golden->inputs[i]);
    free(data);
  }
  return same;
}

/* The fill is what PyTorch was given, in all cases of each function. */
static void fills(const tb_suite *suite) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  for (int g = 0; g < suite->groups; g++) {
    const tb_suite_group *group = &suite->group[g];
    int cases = 0, same = 0;
    for (int i = 0; group->kind == TB_LISTED && i < group->listed; i++) {
      const tb_suite_case *c = &group->list[i];
      if (c->c->op->sequence || !c->golden || !tb_problem_make(c->c, &p, message))
        continue;
      cases++;
      same += inputs_are(&p, c->golden);
    }
    if (cases > 0)
      check(same == cases, "%s: the fill is PyTorch's input in all of %d cases, found in %d", group->name, cases, same);
  }
}

int main(void) {
  char message[4096];
  tb_tap_start(&test_tap, stdout);
  hostile();
  mutated();
  canonical();
  tb_suite *suite = tb_suite_open("full", (tb_shard){0, 1}, message, sizeof message);
  if (check(suite != NULL, "the committed data opens")) {
    check(tb_golden_count(suite->golden) > 500 && !tb_golden_find(suite->golden, "no such case"), "and holds %d answers",
          tb_golden_count(suite->golden));
    fills(suite);
  } else {
    tb_tap_comment(&test_tap, "%s", message);
  }
  tb_suite_close(suite);
  return finish();
}
