/* What the C library's functions give, as golden/export/normal/libm.py measures it where PyTorch is.
 *
 * glibc's variants of log without and with fused multiply-adds differ least of these, in 98 of the 2^20 arguments.
 *
 * SPDX-License-Identifier: MIT */
#include "libm.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void call_log(double x, double y[2]) {
  y[0] = log(x);
}

static void call_log1p(double x, double y[2]) {
  y[0] = log1p(x);
}

static void call_sincos(double x, double y[2]) {
  sincos(x, &y[0], &y[1]);
}

static void call_logf(double x, double y[2]) {
  y[0] = (double)logf((float)x);
}

static void call_sincosf(double x, double y[2]) {
  float sine, cosine;
  sincosf((float)x, &sine, &cosine);
  y[0] = (double)sine;
  y[1] = (double)cosine;
}

static const struct {
  const char *name;
  tb_libm_call *call;
} functions[TB_LIBM_FUNCTIONS] = {
    [TB_LIBM_LOG] = {"log", call_log},
    [TB_LIBM_LOG1P] = {"log1p", call_log1p},
    [TB_LIBM_SINCOS] = {"sincos", call_sincos},
    [TB_LIBM_LOGF] = {"logf", call_logf},
    [TB_LIBM_SINCOSF] = {"sincosf", call_sincosf},
};

const char *tb_libm_name(tb_libm function) {
  return functions[function].name;
}

tb_libm_call *tb_libm_of_process(tb_libm function) {
  return functions[function].call;
}

/* Argument k, from a Weyl sequence of uniform numbers: spread evenly, and without regularity in their low bits. */
static double argument(tb_libm function, uint64_t k) {
  static const double two_pi = 6.283185307179586;
  const uint64_t word = k * UINT64_C(0x9e3779b97f4a7c15);
  const double u53 = (double)(word >> 11) * 0x1p-53, u24 = (double)(word >> 40) * 0x1p-24;
  switch (function) {
  case TB_LIBM_LOG:
    return 1 - u53;
  case TB_LIBM_LOG1P:
    return -u53;
  case TB_LIBM_SINCOS:
    return two_pi * u53;
  case TB_LIBM_LOGF:
    return 1 - u24;
  default:
    return (double)(float)(two_pi * u24);
  }
}

XXH128_hash_t tb_libm_digest(tb_libm function, tb_libm_call *call) {
  enum { ARGUMENTS = 1 << 20, BLOCK = 512 };
  double y[BLOCK][2] = {{0}};
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_128bits_reset(state);
  for (uint64_t first = 0; first < ARGUMENTS; first += BLOCK) {
    for (uint64_t i = 0; i < BLOCK; i++)
      call(argument(function, first + i), y[i]);
    XXH3_128bits_update(state, y, sizeof y);
  }
  const XXH128_hash_t result = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return result;
}
