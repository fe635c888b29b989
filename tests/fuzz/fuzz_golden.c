/* A file of golden data: the container, and every case in it.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "fuzz.h"
#include "golden_case.h"
#include "memory.h"
#include "problem.h"

#include <stdio.h>
#include <string.h>

static volatile uint64_t sum;

/* Reads all that an answer points to. */
static void touch(const void *data, size_t bytes) {
  for (size_t i = 0; data && i < bytes; i++)
    sum = sum + ((const unsigned char *)data)[i];
}

static void touch_stream(const tb_golden_case *g) {
  tb_case c;
  tb_error error;
  fuzz_require(tb_case_parse(g->text, &c, &error), "a stream without a case");
  const size_t each = tb_dtype_bytes(c.dtype);
  touch(g->numbers, (size_t)g->points * each);
  touch(g->head, (size_t)g->ends * each);
  touch(g->tail, (size_t)g->ends * each);
  touch(g->cells, 4096 * sizeof *g->cells);
  touch(g->tails, 3 * sizeof *g->tails);
  touch(g->hermite, 4 * sizeof *g->hermite);
  touch(g->extremes, 2 * sizeof *g->extremes);
  fuzz_require(g->states <= TB_CALLS_MAX && g->libc, "more states than a case has calls, or no library");
}

static void touch_answer(const tb_golden_case *g) {
  static tb_problem p;
  fuzz_require(tb_problem_parse(g->text, &p), "an answer without a problem");
  for (int i = 0; i < p.outputs; i++)
    touch(g->output[i], (size_t)tb_desc_elements(&p.output[i]) * tb_dtype_bytes(p.output[i].dtype));
  for (int64_t i = 0; g->kind == TB_GOLDEN_REAL && i < g->points; i++)
    fuzz_require(g->index[i] >= 0 && g->index[i] < tb_desc_elements(&p.output[0]), "%s: y[%lld]", g->text,
                 (long long)g->index[i]);
  touch(g->value, (size_t)g->points * sizeof *g->value);
}

static bool look_at(const tb_safetensors *file, int number) {
  char key[40];
  tb_golden_case g;
  snprintf(key, sizeof key, "case.%d", number);
  const char *text = tb_safetensors_metadata(file, key);
  json_t *json = text ? json_loads(text, 0, NULL) : NULL;
  const char *wrong = json ? tb_golden_case_read(file, number, json, &g) : "is no case";
  if (!wrong && g.kind == TB_GOLDEN_STREAM)
    touch_stream(&g);
  else if (!wrong && g.kind != TB_GOLDEN_REJECTED)
    touch_answer(&g);
  json_decref(json);
  return !wrong;
}

static bool read_container(const uint8_t *bytes, size_t size) {
  tb_safetensors file;
  char why[300];
  bool any = false;
  if (!tb_safetensors_parse(bytes, size, &file, why, sizeof why))
    return false;
  for (int i = 0; i < 8; i++)
    any = look_at(&file, i) || any;
  tb_safetensors_close(&file);
  return any;
}

/* As it is, and with the length of the header that it has: up to the last brace. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const uint8_t *brace = memrchr(bytes, '}', size);
  bool taken = read_container(bytes, size);
  if (!taken && brace && brace - bytes >= 8) {
    uint8_t *copy = tb_need(malloc(size));
    const size_t length = (size_t)(brace - bytes) - 7;
    memcpy(copy, bytes, size);
    for (int i = 0; i < 8; i++)
      copy[i] = (uint8_t)((uint64_t)length >> 8 * i);
    taken = read_container(copy, size);
    free(copy);
  }
  fuzz_taken += taken;
  return 0;
}
