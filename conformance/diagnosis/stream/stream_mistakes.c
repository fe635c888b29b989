/* The hypotheses: what a number would be if the kernel made one certain mistake.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_hypotheses.h"

#include <inttypes.h>
#include <math.h>

static const double two_pi = 6.28318530717958647692;

/* The standard number that is right at i. False: it cannot be derived from the scaled one. */
static bool standard(const tb_hypotheses *h, int64_t i, double *z) {
  const tb_position *q = &h->position[i];
  if (!(q->std > 0) || !isfinite(q->std) || !isfinite(q->mean) || !isfinite(h->numbers->want[i]))
    return false;
  *z = (h->numbers->want[i] - q->mean) / q->std;
  return true;
}

static double scaled(const tb_hypotheses *h, int64_t i, double z) {
  return z * h->position[i].std + h->position[i].mean;
}

/* The other number of i's pair, where both still stand. */
static int64_t partner(const tb_hypotheses *h, int64_t i) {
  const int64_t k = h->position[i].partner;
  return k >= 0 && h->position[k].partner == i ? k : -1;
}

static bool negated(const tb_hypotheses *h, int64_t i, int64_t argument, double *value) {
  double z;
  (void)argument;
  if (!standard(h, i, &z))
    return false;
  *value = scaled(h, i, -z);
  return true;
}

static bool exchanged(const tb_hypotheses *h, int64_t i, int64_t argument, double *value) {
  const int64_t k = partner(h, i);
  double z;
  (void)argument;
  if (k < 0 || !standard(h, k, &z))
    return false;
  *value = scaled(h, i, z);
  return true;
}

/* The uniform numbers of i's pair: the radius is sqrt(-2 log(1 - *radius)), the angle 2 pi *angle. */
static bool uniforms(const tb_hypotheses *h, int64_t i, double *radius, double *angle) {
  const int64_t k = partner(h, i);
  double here, there;
  if (k < 0 || !standard(h, i, &here) || !standard(h, k, &there))
    return false;
  const double cosine = tb_position_is(&h->position[i], TB_P_COSINE) ? here : there,
               sine = tb_position_is(&h->position[i], TB_P_COSINE) ? there : here;
  *radius = -expm1(-(cosine * cosine + sine * sine) / 2);
  *angle = atan2(sine, cosine) / two_pi;
  *angle += *angle < 0 ? 1 : 0;
  return true;
}

static double transform(const tb_hypotheses *h, int64_t i, double radius, double angle) {
  const double r = sqrt(-2 * log1p(-radius));
  return scaled(h, i, tb_position_is(&h->position[i], TB_P_COSINE) ? r * cos(two_pi * angle) : r * sin(two_pi * angle));
}

static bool angle_for_radius(const tb_hypotheses *h, int64_t i, double *value) {
  double radius, angle;
  if (!uniforms(h, i, &radius, &angle))
    return false;
  *value = transform(h, i, angle, radius);
  return true;
}

static bool log_of_u(const tb_hypotheses *h, int64_t i, double *value) {
  double radius, angle;
  if (!uniforms(h, i, &radius, &angle))
    return false;
  *value = transform(h, i, 1 - radius, angle);
  return true;
}

/* Box-Muller of the block's uniform numbers 2 k and 2 k + 1. */
static bool neighbours(const tb_hypotheses *h, int64_t i, double *value) {
  const tb_position *q = &h->position[i];
  if (!(tb_position_is(q, TB_P_IN_BLOCKS)))
    return false;
  const int64_t within = tb_position_is(q, TB_P_LAST_BLOCK) ? q->memory - (q->n - 16) : q->memory % 16;
  const int64_t block = i - within, pair = block + within / 2 * 2;
  double u[2];
  for (int k = 0; k < 2; k++) {
    double radius, angle;
    if (!uniforms(h, pair + k, &radius, &angle))
      return false;
    u[k] = tb_position_is(&h->position[pair + k], TB_P_COSINE) ? radius : angle;
  }
  const double r = sqrt(-2 * log1p(-u[0]));
  *value = scaled(h, i, within % 2 == 0 ? r * cos(two_pi * u[1]) : r * sin(two_pi * u[1]));
  return true;
}

/* Uniform numbers that are computed back from normal ones have lost bits. What follows from them is right to within a hundredth
 * of std, except for one in some hundred numbers. */
static bool roughly(const tb_hypotheses *h, bool (*hypothesis)(const tb_hypotheses *h, int64_t i, double *value)) {
  const double tolerance = h->p->c.dtype == TENBIN_BF16 ? 0.05 : 0.01;
  int64_t hits = 0, misses = 0;
  for (int64_t i = h->first; i < h->n; i++) {
    double value;
    if (!h->numbers->wrong[i] || !hypothesis(h, i, &value))
      continue;
    if (fabs(h->numbers->got[i] - value) <= tolerance * h->position[i].std)
      hits++;
    else
      misses++;
  }
  return hits >= 6 && (double)hits >= 0.6 * (double)h->wrongs && misses * 20 <= hits;
}

void tb_hypotheses_algebra(const tb_hypotheses *h, tb_sentences *out) {
  if (tb_hypothesis_explains(h, negated, 0, false, 0.6))
    tb_sentences_add(out,
                     "the wrong numbers have the right ones' distance from the mean, on the other side: the sign is wrong");
  if (tb_hypothesis_explains(h, exchanged, 0, false, 0.6))
    tb_sentences_add(out, "the wrong numbers are the other ones of their pairs: cosine and sine are exchanged");
  if (roughly(h, angle_for_radius))
    tb_sentences_add(out, "the wrong numbers are those of exchanged uniform numbers: that of the angle makes the radius");
  if (roughly(h, log_of_u))
    tb_sentences_add(out, "the wrong numbers are those of log(u) in place of log(1 - u)");
  if (roughly(h, neighbours))
    tb_sentences_add(out, "the wrong numbers are those of pairs (2 k, 2 k + 1) of a block, in place of (j, j + 8)");
}

/* y = a z + b in place of std z + mean. */
enum { SWAPPED, IGNORED, VARIANCE, ROOT, HALF, MEAN_SCALED, MEAN_TWICE, NO_MEAN, NO_STD, PAIR_LAW, FIRST_LAW, LAWS };

static bool law(const tb_hypotheses *h, int64_t i, int64_t which, double *a, double *b) {
  const tb_position *q = &h->position[i], *other = q;
  const double table[FIRST_LAW + 1][2] = {
      [SWAPPED] = {q->mean, q->std},
      [IGNORED] = {1, 0},
      [VARIANCE] = {q->std * q->std, q->mean},
      [ROOT] = {sqrt(q->std), q->mean},
      [HALF] = {q->std * sqrt(0.5), q->mean},
      [MEAN_SCALED] = {q->std, q->mean * q->std},
      [MEAN_TWICE] = {q->std, q->mean + q->mean * q->std},
      [NO_MEAN] = {q->std, 0},
      [NO_STD] = {1, q->mean},
  };
  if (which == PAIR_LAW && q->partner >= 0)
    other = &h->position[q->partner];
  if (which == FIRST_LAW)
    other = &h->position[0];
  *a = which < PAIR_LAW ? table[which][0] : other->std;
  *b = which < PAIR_LAW ? table[which][1] : other->mean;
  return *a != q->std || *b != q->mean;
}

static bool other_law(const tb_hypotheses *h, int64_t i, int64_t which, double *value) {
  double a, b, z;
  if (!standard(h, i, &z) || !law(h, i, which, &a, &b))
    return false;
  *value = a * z + b;
  return true;
}

/* The straight line through all wrong numbers, where they lie on one. */
static void line(const tb_hypotheses *h, tb_sentences *out) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, z, worst = 0;
  for (int64_t i = h->first; i < h->n; i++)
    if (h->numbers->wrong[i] && standard(h, i, &z) && isfinite(h->numbers->got[i])) {
      if (h->position[i].std != h->position[h->first].std || h->position[i].mean != h->position[h->first].mean)
        return;
      n++;
      x += z;
      y += h->numbers->got[i];
      xx += z * z;
      xy += z * h->numbers->got[i];
    }
  if (n < 8 || n < (double)h->wrongs)
    return;
  const double a = (n * xy - x * y) / (n * xx - x * x), b = (y - a * x) / n;
  for (int64_t i = h->first; i < h->n; i++)
    if (h->numbers->wrong[i] && standard(h, i, &z)) {
      worst = fmax(worst, fabs(h->numbers->got[i] - a * z - b));
      if (!tb_hypotheses_near(h, h->numbers->got[i], a * z + b, fabs(a) + fabs(b) + fabs(h->position[i].mean)))
        return;
    }
  const tb_position *q = &h->position[h->first];
  if (fabs(a) > 100 * worst)
    tb_sentences_add(out, "the wrong numbers are %.9g z + %.9g, where z is the standard number: they ought to be %.9g z + %.9g",
                     a, b, q->std, q->mean);
}

void tb_hypotheses_scaling(const tb_hypotheses *h, tb_sentences *out) {
  static const char *const name[LAWS] = {
      [SWAPPED] = "mean z + std: mean and std are swapped",
      [IGNORED] = "z itself: mean and std are ignored",
      [VARIANCE] = "std^2 z + mean: the variance is taken for the std, or the std is applied twice",
      [ROOT] = "sqrt(std) z + mean: the std is taken for a variance",
      [HALF] = "std z / sqrt(2) + mean: half of the variance, as of a complex number's part or without the 2 of -2 log(u)",
      [MEAN_SCALED] = "std (z + mean): the mean is scaled, too",
      [MEAN_TWICE] = "std z + mean + std mean: the mean is added twice",
      [NO_MEAN] = "std z: the mean is not added",
      [NO_STD] = "z + mean: the std is not applied",
      [PAIR_LAW] = "z with the mean and std of the call that drew its pair: the waiting number is kept scaled",
      [FIRST_LAW] = "z with the mean and std of the first call",
  };
  const int before = out->count;
  for (int i = 0; i < LAWS; i++)
    if (tb_hypothesis_explains(h, other_law, i, false, 0.6))
      tb_sentences_add(out, "the wrong numbers are %s", name[i]);
  if (out->count == before && !tb_hypotheses_nearly(h))
    line(h, out);
}

/* The right number `shift` numbers later. */
static bool shifted(const tb_hypotheses *h, int64_t i, int64_t shift, double *value) {
  double z;
  if (i + shift < 0 || i + shift >= h->n || !standard(h, i + shift, &z))
    return false;
  *value = scaled(h, i, z);
  return true;
}

/* The kernel's own number `distance` numbers before. */
static bool copied(const tb_hypotheses *h, int64_t i, int64_t distance, double *value) {
  if (i - distance < 0 || h->position[i - distance].std != h->position[i].std ||
      h->position[i - distance].mean != h->position[i].mean)
    return false;
  *value = h->numbers->got[i - distance];
  return true;
}

/* The same in every second block of 16. */
static bool doubled(const tb_hypotheses *h, int64_t i, int64_t argument, double *value) {
  (void)argument;
  return tb_position_is(&h->position[i], TB_P_ODD_BLOCK) && copied(h, i, 16, value);
}

/* The kernel's own number at the same index of the first call of that size. */
static bool repeated(const tb_hypotheses *h, int64_t i, int64_t argument, double *value) {
  const tb_position *q = &h->position[i];
  (void)argument;
  for (int64_t k = 0; k < q->begin; k = h->position[k].begin + h->position[k].n)
    if (h->position[k].n == q->n && h->position[k].mean == q->mean && h->position[k].std == q->std) {
      *value = h->numbers->got[k + i - q->begin];
      return true;
    }
  return false;
}

/* The k-th number at index k, although it belongs where memory comes k-th. */
static bool by_index(const tb_hypotheses *h, int64_t i, int64_t argument, double *value) {
  (void)argument;
  if (!(tb_position_is(&h->position[i], TB_P_ONE_BY_ONE)))
    return false;
  *value = h->numbers->want[h->by_memory[i]];
  return true;
}

void tb_hypotheses_order(const tb_hypotheses *h, tb_sentences *out) {
  enum { FAR = 64 };
  const int64_t within = h->first - h->position[h->first].begin;
  if (tb_hypothesis_explains(h, by_index, 0, false, 0.6))
    tb_sentences_add(out, "the right numbers stand in the order of the indices, where PyTorch draws in the order of memory");
  if (tb_hypothesis_explains(h, repeated, 0, false, 0.6))
    tb_sentences_add(
        out, "each wrong call repeats the kernel's first call of as many numbers: the generator's state is not advanced");
  else if (tb_hypothesis_explains(h, doubled, 0, false, 0.3))
    tb_sentences_add(out, "every second block of 16 repeats the one before");
  else if (within > 0 && tb_hypothesis_explains(h, copied, within, true, 0.9))
    tb_sentences_add(out, "from number %" PRId64 " of a call on, each wrong number repeats the one %" PRId64 " before", within,
                     within);
  else
    for (int64_t k = 1; k <= FAR; k++)
      for (int sign = -1; sign <= 1; sign += 2)
        if (tb_hypothesis_explains(h, shifted, sign * k, true, 0.9)) {
          tb_sentences_add(out, "each wrong number i is the right number i %c %" PRId64 ": the same numbers %s",
                           sign < 0 ? '-' : '+', k, sign < 0 ? "later" : "earlier");
          return;
        }
}
