/* An answer as a small picture.
 *
 * SPDX-License-Identifier: MIT */
#include "picture.h"

#include "dtype.h"
#include "reproduce.h"

#include <inttypes.h>
#include <math.h>

enum { ROWS = 12, COLUMNS = 48, VALUES = 4 };

struct picture {
  const tb_problem *p;
  const double *got, *want;
  const bool *unwritten;
  tb_text text;
};

static bool wrong(const struct picture *d, int64_t i) {
  if (d->unwritten[i])
    return true;
  if (isnan(d->want[i]) || isinf(d->want[i]))
    return !(isnan(d->want[i]) ? isnan(d->got[i]) : d->got[i] == d->want[i]);
  return !(fabs(d->got[i] - d->want[i]) <= 1e-5 * fabs(d->want[i]) + tb_number_ulp(d->p->c.dtype, d->want[i]));
}

static int64_t wrong_in(const struct picture *d, int64_t from, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++)
    count += wrong(d, from + i);
  return count;
}

/* Where a window of `most` begins that shows element `at` of `n`, with what follows it. */
static int64_t window(int64_t at, int64_t n, int64_t most) {
  if (n <= most || at < most)
    return 0;
  return at + most <= n ? at : n - most;
}

static void marks(struct picture *d, int64_t from, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    tb_text_add(&d->text, "%s", d->unwritten[from + i] ? " ?" : wrong(d, from + i) ? " x" : " .");
}

static void rows(struct picture *d, int64_t plane, int64_t height, int64_t width) {
  int64_t first = 0;
  while (first < height * width && !wrong(d, plane + first))
    first++;
  const int64_t row = window(first / width, height, ROWS), column = window(first % width, width, COLUMNS);
  const int64_t to = row + ROWS < height ? row + ROWS : height, wide = width - column < COLUMNS ? width - column : COLUMNS;
  for (int64_t q = row; q < to; q++) {
    tb_text_add(&d->text, "%5" PRId64 " |", q);
    marks(d, plane + q * width + column, wide);
    tb_text_add(&d->text, "\n");
  }
  if (to - row < height || wide < width)
    tb_text_add(&d->text, "      (rows %" PRId64 " to %" PRId64 " of %" PRId64 ", columns %" PRId64 " to %" PRId64 " of %" PRId64
                          ")\n",
                row, to - 1, height, column, column + wide - 1, width);
}

static void values(struct picture *d, int64_t from, int64_t n) {
  const int digits = d->p->c.dtype == TENBIN_F64 ? 17 : 9;
  int told = 0;
  for (int64_t i = from; i < from + n && told < VALUES; i++) {
    if (!wrong(d, i))
      continue;
    told++;
    tb_text_element(&d->text, d->p, i);
    if (d->unwritten[i])
      tb_text_add(&d->text, ": never written, right is %.*g\n", digits, d->want[i]);
    else
      tb_text_add(&d->text, ": %.*g, right is %.*g\n", digits, d->got[i], digits, d->want[i]);
  }
}

void tb_picture(const tb_problem *p, const double *got, const double *want, const bool *unwritten, char *out, size_t size) {
  struct picture d = {p, got, want, unwritten, {out, 0, size}};
  const bool normal = p->c.op == TB_NORMAL;
  const int64_t n = normal ? p->kept : tb_desc_elements(&p->output[TENBIN_Y]);
  const int64_t width = normal ? n : p->out[1], height = normal ? 1 : p->out[0], each = width * height;
  int64_t plane = 0, most = -1;
  *out = 0;
  if (n == 0 || each == 0)
    return;
  for (int64_t at = 0; at < n; at += each) {
    const int64_t count = wrong_in(&d, at, each);
    if (count > most) {
      most = count;
      plane = at;
    }
  }
  tb_text_add(&d.text, ". right  x wrong  ? never written");
  if (!normal && n > each)
    tb_text_add(&d.text, "; image %" PRId64 ", channel %" PRId64, plane / each / p->out_channels, plane / each % p->out_channels);
  tb_text_add(&d.text, "\n");
  rows(&d, plane, height, width);
  values(&d, plane, each);
}
