/* What all judges share.
 *
 * SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "dtype.h"
#include "memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tb_verdict_name(tb_verdict v) {
  static const char *const names[TB_VERDICTS] = {
      "passed",    "failed",           "unsupported", "known",     "guard",      "misaligned", "crashed",
      "timed out", "nondeterministic", "leaking",     "untrusted", "not judged", "not run"};
  return names[v];
}

void tb_conclude(tb_judgement *out, tb_verdict v, const char *format, ...) {
  va_list list;
  if (out->verdict != TB_V_PASSED)
    return;
  out->verdict = v;
  va_start(list, format);
  vsnprintf(out->reason, sizeof out->reason, format, list);
  va_end(list);
}

void tb_judge_memory(const tb_report *r, tb_judgement *out) {
  if (r->run_allocations)
    tb_conclude(out, TB_V_FAILED, "run allocated memory, %" PRId64 " times", r->run_allocations);
  if (r->leaked)
    tb_conclude(out, TB_V_LEAKING, "release left %" PRId64 " allocations of %" PRId64 " bytes", r->leaked, r->leaked_bytes);
  if (r->left_processes)
    tb_conclude(out, TB_V_LEAKING, "it left %" PRId64 " process%s behind, which tenbin ended", r->left_processes,
                r->left_processes == 1 ? "" : "es");
}

void *tb_judging_memory(int64_t count, size_t each) {
  return tb_need(malloc((size_t)(count > 0 ? count : 1) * each));
}

bool tb_unwritten(int32_t dtype, const void *y, int64_t i) {
  static const uint16_t poisons[] = {TB_POISON_END, TB_POISON_START};
  const size_t bytes = tb_dtype_bytes(dtype);
  const unsigned char *at = (const unsigned char *)y + (size_t)i * bytes;
  for (int k = 0; k < 2; k++) {
    size_t same = 0;
    while (same < bytes && at[same] == (unsigned char)(same % 2 ? poisons[k] >> 8 : poisons[k]))
      same++;
    if (bytes > 1 && same == bytes)
      return true;
  }
  return false;
}

/* Whether a byte is one of a poison's two. */
static bool is_poison(unsigned char byte, uint16_t poison) {
  return byte == (poison & 0xff) || byte == poison >> 8;
}

/* Of one byte it takes both placements: each shows its own poison. */
static bool unwritten_byte(const tb_element *e) {
  if (tb_dtype_bytes(e->dtype) != 1 || !e->other)
    return false;
  const unsigned char y = ((const unsigned char *)e->y)[e->index], other = ((const unsigned char *)e->other)[e->index];
  return (is_poison(y, TB_POISON_END) && is_poison(other, TB_POISON_START)) ||
         (is_poison(y, TB_POISON_START) && is_poison(other, TB_POISON_END));
}

static void keep(tb_judgement *out, const tb_element *e, tb_difference d) {
  d.output = e->output;
  d.index = e->index;
  d.got = tb_number(e->dtype, e->y, e->index);
  d.unwritten = tb_unwritten(e->dtype, e->y, e->index) || unwritten_byte(e);
  if (!tb_dtype_floats(e->dtype))
    d.got_whole = tb_number_whole_of(e->dtype, e->y, e->index);
  out->wrong++;
  out->unwritten += d.unwritten;
  if (out->differences < TB_DIFFERENCES)
    out->difference[out->differences++] = d;
}

void tb_differ(tb_judgement *out, const tb_element *e, double want, double bound) {
  keep(out, e, (tb_difference){.want = want, .bound = bound});
}

void tb_differ_bits(tb_judgement *out, const tb_element *e, const void *want) {
  tb_difference d = {.want = tb_number(e->dtype, want, e->index), .bound = -1};
  if (!tb_dtype_floats(e->dtype))
    d.want_whole = tb_number_whole_of(e->dtype, want, e->index);
  keep(out, e, d);
}

void tb_conclude_count(tb_judgement *o, const char *how) {
  if (o->wrong == 0)
    return;
  if (o->unwritten)
    tb_conclude(o, TB_V_FAILED, "%" PRId64 " of %" PRId64 " elements %s, %" PRId64 " of them never written", o->wrong,
                o->elements, how, o->unwritten);
  else
    tb_conclude(o, TB_V_FAILED, "%" PRId64 " of %" PRId64 " elements %s", o->wrong, o->elements, how);
}
