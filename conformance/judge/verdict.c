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
      "passed",  "failed",    "unsupported",      "known",   "guard",     "misaligned",
      "crashed", "timed out", "nondeterministic", "leaking", "untrusted", "not run"};
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

void tb_differ(tb_judgement *out, int output, int32_t dtype, const void *y, int64_t i, double want, double bound) {
  const bool unwritten = tb_unwritten(dtype, y, i);
  out->wrong++;
  out->unwritten += unwritten;
  if (out->differences < TB_DIFFERENCES)
    out->difference[out->differences++] = (tb_difference){output, i, tb_number(dtype, y, i), want, bound, unwritten};
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
