/* Tail probabilities against values of mpmath 1.3.0 with 60 digits: gammainc and erfc, direct sums, for Anderson and Darling
 * Smirnov's formula for sums of chi-squares (quad over each of its first 11 intervals), and for Hermite averages the inversion
 * integral of the exact characteristic function through the saddlepoint (numpy 2.4.6; 1e-7 exact).
 *
 * SPDX-License-Identifier: MIT */
#include "hermite.h"
#include "pvalue.h"

#include "test.h"

#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static bool near(double got, double want, double relative) {
  return fabs(got - want) <= relative * want;
}

/* The smaller tail to 1e-10 of itself, the larger one to 1e-13. */
static void check_tails(const char *what, tb_tails got, double lower, double upper) {
  check(near(got.lower, lower, lower < upper ? 1e-10 : 1e-13) && near(got.upper, upper, upper < lower ? 1e-10 : 1e-13),
        "%s: %.16g and %.16g, as %.16g and %.16g", what, got.lower, got.upper, lower, upper);
}

static void chi2(void) {
  static const struct {
    int k;
    double statistic, lower, upper;
  } v[] = {
      {1, 0.5, 0.5204998778130465, 0.4795001221869535},
      {1, 30.0, 0.9999999567953694, 4.320463057827497e-8},
      {1, 1300.0, 1.0, 1.130372844149274e-284},
      {2, 1.0e-6, 4.999998750000208e-7, 0.999999500000125},
      {3, 2.0, 0.4275932955291202, 0.5724067044708798},
      {16, 5.0, 0.004246695489344507, 0.9957533045106555},
      {16, 100.0, 0.9999999999999654, 3.463996676382505e-14},
      {31, 31.0, 0.5337874937824917, 0.4662125062175083},
      {31, 400.0, 1.0, 1.032067802119695e-65},
      {1023, 700.0, 3.947273113667961e-16, 0.9999999999999996},
      {1023, 1023.0, 0.505879910132727, 0.494120089867273},
      {1023, 1500.0, 1.0, 1.028636388160568e-20},
      {4095, 2000.0, 8.481427783731656e-185, 1.0},
      {4095, 4095.0, 0.5029388541474653, 0.4970611458525347},
      {4095, 4500.0, 0.9999929707968644, 7.029203135561512e-6},
      {4095, 6000.0, 1.0, 1.929887186813798e-76},
      {4095, 1.0, 0, 1}, /* 7e-6510 */
      {4095, 1e9, 1, 0},
      {4095, 0, 0, 1},
  };
  for (int i = 0; i < COUNT(v); i++) {
    char what[100];
    snprintf(what, sizeof what, "chi-square with %d degrees of freedom at %g", v[i].k, v[i].statistic);
    check_tails(what, tb_chi2(v[i].k, v[i].statistic), v[i].lower, v[i].upper);
  }
}

static void binomial(void) {
  static const struct {
    int64_t n;
    double p;
    int64_t k;
    double lower, upper;
  } v[] = {
      {10, 0.25, 0, 0.05631351470947266, 1.0},
      {10, 0.25, 10, 1.0, 9.5367431640625e-7},
      {10, 0.25, 3, 0.7758750915527344, 0.4744071960449219},
      {1000000, 5.7330314375838655e-07, 0, 0.5636604160071759, 1.0},
      {1000000, 5.7330314375838655e-07, 9, 0.9999999993716251, 1.102039601652097e-8},
      {1000000, 0.0026997960632601866, 2700, 0.5066860142246161, 0.5010017227453456},
      {1000000, 0.0026997960632601866, 4000, 1.0, 4.720077348067963e-121},
      {100000000, 6.3342483666239957e-05, 5000, 3.903963264945505e-68, 1.0},
      {100000000, 0.5, 50000000, 0.5000398942279404, 0.5000398942279404},
      {100000000, 0.5, 50020000, 0.9999683421452025, 3.168462083897178e-5},
      {100000000, 0.5, 49900000, 2.758782742966521e-89, 1.0},
  };
  for (int i = 0; i < COUNT(v); i++) {
    char what[100];
    snprintf(what, sizeof what, "%lld successes of %lld with p = %.6g", (long long)v[i].k, (long long)v[i].n, v[i].p);
    check_tails(what, tb_binomial(v[i].n, v[i].p, v[i].k), v[i].lower, v[i].upper);
  }
}

static void normal(void) {
  static const struct {
    double q, z;
  } v[] = {
      {0.5, 0.0},
      {0.25, 0.67448975019608174},
      {0.000244140625, 3.4871041041144311},
      {1.0e-10, 6.3613409024040562},
      {1.0e-100, 21.273453560965324},
      {1.0e-300, 37.047096299361199},
  };
  for (int i = 0; i < COUNT(v); i++) {
    const double z = tb_normal_quantile(v[i].q);
    check(fabs(z - v[i].z) <= 1e-15 * fmax(1, v[i].z), "the normal quantile of %g: %.17g, as %.17g", v[i].q, z, v[i].z);
    check(near(tb_normal_p(-v[i].z), 2 * v[i].q, 1e-12), "and its two-sided p-value is twice that");
  }
}

static void limits(void) {
  static const struct {
    double d, p;
  } kolmogorov[] =
      {
          {0.1, 1},
          {0.3, 0.9999906941986654},
          {0.6, 0.8642827790506043},
          {0.99, 0.2808738392255489},
          {1.01, 0.2594341690935975},
          {1.3581, 0.04999963043166744},
          {2.2253, 9.995674661057704e-5},
          {5.0, 3.857499695927836e-22},
          {18.0, 7.55449994472425e-282},
      },
    anderson_darling[] = {
        {0.2, 0.990412547249794},    {0.5, 0.746814373530344},    {1.0, 0.357266673214019},     {1.5, 0.17647537284205},
        {1.933, 0.0999946232082235}, {2.492, 0.0500221863596079}, {3.878, 0.0100014098845005},  {5.967, 0.00100260074350307},
        {7.0, 0.00033016680204206},  {10.0, 1.38150354106859e-5}, {20.0, 4.46507153831192e-10}, {300.0, 2.90231844805273e-132},
    };
  for (int i = 0; i < COUNT(kolmogorov); i++) {
    const double p = tb_kolmogorov_p(kolmogorov[i].d);
    check(near(p, kolmogorov[i].p, 1e-10), "Kolmogorov at %g: %.16g", kolmogorov[i].d, p);
  }
  for (int i = 0; i < COUNT(anderson_darling); i++) {
    const double p = tb_anderson_darling_p(anderson_darling[i].d);
    check(near(p, anderson_darling[i].p, 3e-3), "Anderson-Darling at %g: %.6g, as %.6g", anderson_darling[i].d, p,
          anderson_darling[i].p);
  }
}

static void hermite(void) {
  static const struct {
    int index;
    double average;
    int64_t n;
    double p;
  } v[] = {
      {0, -0.018973665961010275, 100000, 1.973134825e-09},   {0, 0.0044999999999999997, 1000000, 6.795265781e-06},
      {1, -0.026832815729997479, 100000, 1.423041681e-09},   {1, 0.020124611797498106, 100000, 7.75036975e-06},
      {1, -0.0084852813742385715, 1000000, 1.789139482e-09}, {1, 0.0014142135623730952, 1000000, 0.3169247417},
      {2, -0.046475800154488996, 100000, 2.050050413e-09},   {2, 0.0110227038425243, 1000000, 6.779588907e-06},
      {3, -0.092951600308977991, 100000, 3.687303754e-10},   {3, 0.069713700231733497, 100000, 1.270756176e-05},
      {3, -0.029393876913398134, 1000000, 1.201368909e-09},  {3, 0.022045407685048601, 1000000, 7.802598449e-06},
      {4, -0.50911688245431419, 100000, 1.599106848e-12},    {4, 0.3818376618407357, 100000, 5.612029733e-05},
      {4, -0.16099689437998488, 1000000, 1.202538425e-10},   {4, 0.026832815729997479, 1000000, 0.2785398872},
      {4, 0.12074767078498866, 1000000, 8.159782303e-06},
  };
  for (int i = 0; i < COUNT(v); i++) {
    const double p = tb_hermite_p(v[i].index, v[i].average, v[i].n);
    check(near(p, v[i].p, v[i].n > 100000 ? 1e-4 : 2e-3), "the average of polynomial %d over %lld is %.4g: %.10g, as %.10g",
          v[i].index, (long long)v[i].n, v[i].average, p, v[i].p);
  }
  check(tb_hermite_p(0, 0, 1000) > 0.999, "nothing is wrong with an average of 0");
  check(tb_hermite_p(3, 1e9, 1000) == 0 && tb_hermite_p(1, -1, 1000000) == 0, "impossible averages have p = 0");
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  chi2();
  binomial();
  normal();
  limits();
  hermite();
  check(tb_two_sided((tb_tails){0.3, 0.8}) == 0.6 && tb_two_sided((tb_tails){0.9, 0.6}) == 1, "two-sided is twice, at most 1");
  return finish();
}
