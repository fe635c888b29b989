/* Coefficients of the logarithm, sine and cosine in f32 that PyTorch's CPU stream is made with on AVX2: those of Cephes' logf.c
 * and sinf.c (Moshier), as in aten/src/ATen/native/cpu/avx_mathfun.h.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CEPHES_H
#define TB_CEPHES_H

/* log(1 + m) = m - m^2/2 + m^3 P(m), sqrt(1/2) <= 1 + m < sqrt(2); from the highest power down. */
#define TB_LOG_TERMS 9
static const float tb_log_p[TB_LOG_TERMS] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                                             -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                                             2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
/* log(2) in two parts, the first so short that its product with an exponent is exact. */
static const float tb_log2_high = 0.693359375f, tb_log2_low = -2.12194440e-4f;
static const float tb_sqrt_half = 0.707106781186547524f;

/* pi/4 in three parts, the first two so short that their products with a number of octants are exact. */
static const float tb_octant_1 = 0.78515625f, tb_octant_2 = 2.4187564849853515625e-4f, tb_octant_3 = 3.77489497744594108e-8f;
static const float tb_octants_per_radian = 1.27323954473516f; /* 4/pi */
static const float tb_two_pi = 6.28318530717958647692f;

/* cos(x) = 1 - z/2 + z^2 C(z) and sin(x) = x + x z S(z) with z = x^2, |x| <= pi/4; from the highest power down. */
static const float tb_cos_c[3] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
static const float tb_sin_s[3] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};

#endif
