/* A picture of wrong elements for the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "picture.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 6, COLUMNS = 56, VALUES = 4 };

struct picture {
  const tb_problem *p;
  const double *got, *want;
  const bool *unwritten;
  bool unicode;
  char *out;
  size_t size, at;
};

enum mark { RIGHT, WRONG, UNWRITTEN };

__attribute__((format(printf, 2, 3))) static void append(struct picture *t, const char *format, ...) {
  va_list list;
  if (t->at + 1 >= t->size)
    return;
  va_start(list, format);
  const int n = vsnprintf(t->out + t->at, t->size - t->at, format, list);
  va_end(list);
  t->at += n > 0 ? (size_t)n : 0;
}

static enum mark mark_of(const struct picture *t, int64_t i) {
  if (t->unwritten && t->unwritten[i])
    return UNWRITTEN;
  return t->got[i] == t->want[i] || (isnan(t->got[i]) && isnan(t->want[i])) ? RIGHT : WRONG;
}

/* The plane that says most: as many wrong ones as right ones, or as near to that as any. Returns its number, and how many
 * planes are wrong anywhere; -1: none is. */
static int64_t choose(const struct picture *t, int64_t *wrong_planes) {
  const int64_t plane = tb_conv2d(t->p)->out[0] * tb_conv2d(t->p)->out[1],
                planes = tb_conv2d(t->p)->batch * tb_conv2d(t->p)->out_channels;
  int64_t best = -1, most = -1;
  *wrong_planes = 0;
  for (int64_t k = 0; k < planes; k++) {
    int64_t wrong = 0;
    for (int64_t i = 0; i < plane; i++)
      wrong += mark_of(t, k * plane + i) != RIGHT;
    const int64_t shown = wrong < plane - wrong ? wrong : plane - wrong;
    *wrong_planes += wrong > 0;
    if (wrong > 0 && shown > most) {
      most = shown;
      best = k;
    }
  }
  return best;
}

/* Where a window of at most `room` lines begins that has line `at` in it, and something on both sides. */
static int64_t window(int64_t at, int64_t size, int64_t room) {
  const int64_t first = at - room / 3;
  return size <= room || first < 0 ? 0 : first > size - room ? size - room : first;
}

static void draw(struct picture *t, int64_t base, int64_t row, int64_t column) {
  static const char *const marks[2][3] = {{".", "x", "?"}, {"\xc2\xb7", "\xc3\x97", "?"}};
  const int64_t h = tb_conv2d(t->p)->out[0], w = tb_conv2d(t->p)->out[1];
  const int64_t r0 = window(row, h, ROWS), c0 = window(column, w, COLUMNS);
  const int64_t r1 = r0 + ROWS < h ? r0 + ROWS : h, c1 = c0 + COLUMNS < w ? c0 + COLUMNS : w;
  append(t, "%10s", "column ");
  for (int64_t c = c0; c < c1; c++)
    append(t, "%" PRId64, c % 10);
  if (c0 > 0 || c1 < w)
    append(t, "  (from %" PRId64 ")", c0);
  append(t, "\n");
  for (int64_t r = r0; r < r1; r++) {
    append(t, "  row %3" PRId64 " ", r);
    for (int64_t c = c0; c < c1; c++)
      append(t, "%s", marks[t->unicode][mark_of(t, base + r * w + c)]);
    append(t, "\n");
  }
}

static void list_values(struct picture *t, int64_t plane, int64_t base) {
  const int64_t w = tb_conv2d(t->p)->out[1], size = tb_conv2d(t->p)->out[0] * w;
  const int64_t n = plane / tb_conv2d(t->p)->out_channels, o = plane % tb_conv2d(t->p)->out_channels;
  int listed = 0;
  for (int64_t i = 0; i < size && listed < VALUES; i++) {
    const enum mark mark = mark_of(t, base + i);
    if (mark == RIGHT)
      continue;
    append(t, "  y[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "] ", n, o, i / w, i % w);
    if (mark == WRONG)
      append(t, "is %.9g", t->got[base + i]);
    else
      append(t, "is not written");
    append(t, ", right is %.9g\n", t->want[base + i]);
    listed++;
  }
}

void tb_picture(const tb_problem *p, const double *got, const double *want, const bool *unwritten, bool unicode, char *out,
                size_t size) {
  struct picture t = {p, got, want, unwritten, unicode, out, size, 0};
  int64_t wrong_planes, first = 0;
  *out = 0;
  const int64_t plane = choose(&t, &wrong_planes), planes = tb_conv2d(p)->batch * tb_conv2d(p)->out_channels;
  const int64_t base = plane * tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1];
  if (plane < 0)
    return;
  while (mark_of(&t, base + first) == RIGHT)
    first++;
  append(&t, "image %" PRId64 ", channel %" PRId64, plane / tb_conv2d(p)->out_channels, plane % tb_conv2d(p)->out_channels);
  if (planes > 1)
    append(&t, ": one of %" PRId64 " planes with wrong elements, of %" PRId64, wrong_planes, planes);
  append(&t, "\n");
  draw(&t, base, first / tb_conv2d(p)->out[1], first % tb_conv2d(p)->out[1]);
  list_values(&t, plane, base);
}
