/* The tokens of normal: calls and streams, read, printed and made smaller.
 *
 * SPDX-License-Identifier: MIT */
#include "normal_tokens.h"

#include <string.h>

static bool fail_call(const tb_scan *scan, const char *s, const char *end) {
  return tb_scan_fail(scan, s, (size_t)(end - s),
                      "calls: SHAPE, SHAPE/STRIDES, SHAPE@MEAN:STD, reseed or inject is expected here, such as 17, 8x5/1x8, "
                      "3@0:0.02");
}

/* 100x1x28x28: sizes from least up. */
static bool sizes(const tb_scan *scan, const char *s, const char *end, int64_t least, int64_t *out, int *rank) {
  const char *const from = s;
  *rank = 0;
  for (;;) {
    if (*rank == TB_CALL_RANK_MAX)
      return tb_scan_fail(scan, from, (size_t)(end - from), "calls: at most %d dimensions", TB_CALL_RANK_MAX);
    const char *const number = s;
    if (!tb_scan_number(scan, &s, end, "calls", &out[*rank]))
      return fail_call(scan, number, end);
    if (out[*rank] < least)
      return tb_scan_fail(scan, number, (size_t)(s - number), "calls: %s",
                          least ? "strides are positive" : "sizes are not negative");
    ++*rank;
    if (s == end)
      return true;
    if (*s++ != 'x')
      return fail_call(scan, s - 1, end);
  }
}

/* Row-major strides say nothing: they are taken back, so that a case has one line. */
static void forget_contiguous(tb_call *call) {
  int64_t stride = 1;
  for (int i = call->rank - 1; i >= 0; i--) {
    if (call->stride[i] != stride || __builtin_mul_overflow(stride, call->size[i] > 0 ? call->size[i] : 1, &stride))
      return;
  }
  call->strided = false;
  memset(call->stride, 0, sizeof call->stride);
}

static bool one_call(const tb_scan *scan, const char *s, const char *end, tb_call *call) {
  const char *at = memchr(s, '@', (size_t)(end - s));
  const char *shape_end = at ? at : end;
  const char *slash = memchr(s, '/', (size_t)(shape_end - s));
  *call = (tb_call){.kind = TB_DRAW, .strided = slash != NULL, .scaled = at != NULL};
  if (end - s == 6 && (memcmp(s, "reseed", 6) == 0 || memcmp(s, "inject", 6) == 0)) {
    call->kind = *s == 'r' ? TB_RESEED : TB_INJECT;
    return true;
  }
  if (!sizes(scan, s, slash ? slash : shape_end, 0, call->size, &call->rank))
    return false;
  if (slash) {
    int strides;
    if (!sizes(scan, slash + 1, shape_end, 1, call->stride, &strides))
      return false;
    if (strides != call->rank)
      return tb_scan_fail(scan, slash, (size_t)(shape_end - slash), "calls: %d sizes, and %d strides", call->rank, strides);
    forget_contiguous(call);
  }
  if (!at)
    return true;
  const char *colon = memchr(at, ':', (size_t)(end - at));
  if (!colon)
    return fail_call(scan, at, end);
  return tb_scan_real(scan, at + 1, colon, "mean", &call->mean) && tb_scan_real(scan, colon + 1, end, "std", &call->std);
}

static bool read_calls(const tb_scan *scan, const char *s, const char *end, tb_normal *out) {
  for (;;) {
    const char *comma = memchr(s, ',', (size_t)(end - s));
    const char *stop = comma ? comma : end;
    if (out->calls == TB_CALLS_MAX)
      return tb_scan_fail(scan, s, (size_t)(stop - s), "calls: at most %d; repeat= makes them again", TB_CALLS_MAX);
    if (!one_call(scan, s, stop, &out->call[out->calls]))
      return false;
    out->calls++;
    if (!comma)
      return true;
    s = comma + 1;
  }
}

/* torch-cuda:M or torch-cuda:MxT. */
static bool multiprocessors(const char *s, const char *end) {
  static const char prefix[] = "torch-cuda:";
  const size_t length = sizeof prefix - 1;
  int64_t v[2];
  tb_error unused;
  const tb_scan quiet = {s, &unused};
  if ((size_t)(end - s) <= length || memcmp(s, prefix, length) != 0)
    return false;
  const char *at = s + length;
  if (!tb_scan_number(&quiet, &at, end, "", &v[0]) || v[0] < 1 || v[0] > 65536)
    return false;
  if (at == end)
    return true;
  if (*at != 'x')
    return false;
  at++;
  return tb_scan_number(&quiet, &at, end, "", &v[1]) && at == end && v[1] >= 256 && v[1] <= 65536 && v[1] % 256 == 0;
}

static bool read_stream(const tb_scan *scan, const char *s, const char *end, tb_normal *out) {
  static const char *const names[] = {"torch-cpu-avx2", "torch-cpu-default", "any"};
  const size_t length = (size_t)(end - s);
  bool known = length < sizeof out->stream && multiprocessors(s, end);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    known = known || (strlen(names[i]) == length && memcmp(names[i], s, length) == 0);
  if (!known)
    return tb_scan_fail(scan, s, length,
                        "stream: torch-cpu-avx2, torch-cpu-default, torch-cuda:M (of M multiprocessors of 2048 threads, or "
                        "MxT of T threads) or any is expected here");
  memcpy(out->stream, s, length);
  out->stream[length] = 0;
  return true;
}

static void add_sizes(tb_text *t, const int64_t *v, int rank) {
  for (int i = 0; i < rank; i++)
    tb_text_integer(t, i ? "x" : "", v[i]);
}

static void add_call(tb_text *t, const tb_call *call) {
  if (call->kind != TB_DRAW) {
    tb_text_puts(t, call->kind == TB_RESEED ? "reseed" : "inject");
    return;
  }
  add_sizes(t, call->size, call->rank);
  if (call->strided) {
    tb_text_puts(t, "/");
    add_sizes(t, call->stride, call->rank);
  }
  if (call->scaled) {
    tb_text_puts(t, "@");
    tb_text_decimal(t, call->mean);
    tb_text_puts(t, ":");
    tb_text_decimal(t, call->std);
  }
}

static bool scan_calls(const tb_scan *scan, const char *s, const char *end, void *arguments) {
  return read_calls(scan, s, end, arguments);
}

static void print_calls(tb_text *t, const void *arguments) {
  const tb_normal *n = arguments;
  for (int i = 0; i < n->calls; i++) {
    tb_text_puts(t, i ? "," : "");
    add_call(t, &n->call[i]);
  }
}

static bool no_calls(const void *arguments) {
  return ((const tb_normal *)arguments)->calls == 0;
}

/* Of each call, and then of the next. */
enum { C_STRIDED, C_SCALED, C_RANK, C_SIZE, CALL_PARAMETERS = C_SIZE + TB_CALL_RANK_MAX };

static tb_parameter call_parameter(const tb_call *call, int which) {
  if (call->kind != TB_DRAW)
    return (tb_parameter){0, 0};
  switch (which) {
  case C_STRIDED:
    return (tb_parameter){call->strided, 0};
  case C_SCALED:
    return (tb_parameter){call->scaled, 0};
  case C_RANK:
    return (tb_parameter){call->rank > 1 && !call->strided, 0};
  default:
    return which - C_SIZE < call->rank ? (tb_parameter){call->size[which - C_SIZE], 1} : (tb_parameter){0, 0};
  }
}

static void set_call(tb_call *call, int which, int64_t value) {
  if (which == C_STRIDED) {
    call->strided = false;
    memset(call->stride, 0, sizeof call->stride);
  } else if (which == C_SCALED) {
    call->scaled = false;
    call->mean = call->std = 0;
  } else if (which == C_RANK) {
    for (int i = 1; i < call->rank; i++) {
      call->size[0] *= call->size[i];
      call->size[i] = 0;
    }
    call->rank = 1;
  } else {
    call->size[which - C_SIZE] = value;
  }
}

static int parameters(const void *arguments) {
  return ((const tb_normal *)arguments)->calls * CALL_PARAMETERS;
}

static tb_parameter parameter(const void *arguments, int i) {
  return call_parameter(&((const tb_normal *)arguments)->call[i / CALL_PARAMETERS], i % CALL_PARAMETERS);
}

static void set(void *arguments, int i, int64_t value) {
  set_call(&((tb_normal *)arguments)->call[i / CALL_PARAMETERS], i % CALL_PARAMETERS, value);
}

static int items(const void *arguments) {
  return ((const tb_normal *)arguments)->calls;
}

static void drop(void *arguments, int first, int count) {
  tb_normal *n = arguments;
  memmove(&n->call[first], &n->call[first + count], (size_t)(n->calls - first - count) * sizeof *n->call);
  n->calls -= count;
}

const tb_own tb_own_calls = {scan_calls, print_calls, no_calls, parameters, parameter, set, items, drop};

static bool scan_stream(const tb_scan *scan, const char *s, const char *end, void *arguments) {
  return read_stream(scan, s, end, arguments);
}

static void print_stream(tb_text *t, const void *arguments) {
  tb_text_puts(t, ((const tb_normal *)arguments)->stream);
}

static bool standard_stream(const void *arguments) {
  return strcmp(((const tb_normal *)arguments)->stream, TB_STANDARD_STREAM) == 0;
}

const tb_own tb_own_stream = {.scan = scan_stream, .print = print_stream, .is_standard = standard_stream};
