/* The nearest f16 and bf16 of an f32, ties to even, with the NaN that PyTorch gives.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_NARROW_H
#define TB_NARROW_H

#include <stdint.h>
#include <string.h>

static inline uint32_t tb_f32_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline uint16_t tb_bf16(float x) {
  const uint32_t bits = tb_f32_bits(x);
  return x == x ? (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16) : 0x7fc0;
}

static inline uint16_t tb_f16(float x) {
  const uint32_t bits = tb_f32_bits(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  uint32_t y;
  if (magnitude > 0x7f800000) /* NaN */
    y = 0x7e00;
  else if (magnitude >= 0x477ff000) /* 65520, half way to 2^16 */
    y = 0x7c00;
  else if (magnitude >= 0x38800000) /* 2^-14, the least normal number */
    y = (magnitude - (UINT32_C(112) << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
  else /* the last bit of a sum with 1/2 is 2^-24, as that of a subnormal f16 */
    y = tb_f32_bits((x < 0 ? -x : x) + 0.5f) - tb_f32_bits(0.5f);
  return (uint16_t)(sign | y);
}

#endif
