/* How fast a run goes.
 *
 * SPDX-License-Identifier: MIT */
#include "pace.h"

#include <string.h>

static const double window = 10, apart = 1;

void tb_pace_start(tb_pace *p, double now) {
  memset(p, 0, sizeof *p);
  p->samples = 1;
  p->sample[0].at = p->changed = now;
}

void tb_pace_add(tb_pace *p, double now, double cases, double weight) {
  const int last = p->samples - 1;
  if (cases > p->sample[last].cases)
    p->changed = now;
  /* The newest sample moves on until it is a second after the one before it. */
  if (last > 0 && p->sample[last].at - p->sample[last - 1].at < apart)
    p->samples--;
  else if (p->samples == TB_PACE_SAMPLES)
    memmove(p->sample, p->sample + 1, (size_t)--p->samples * sizeof *p->sample);
  p->sample[p->samples].at = now;
  p->sample[p->samples].cases = cases;
  p->sample[p->samples++].weight = weight;
}

tb_pace_rate tb_pace_of(const tb_pace *p, double now) {
  const int last = p->samples - 1;
  int from = 0;
  while (from < last - 1 && p->sample[from + 1].at <= now - window)
    from++;
  const double seconds = now - p->sample[from].at;
  if (seconds <= 0)
    return (tb_pace_rate){0, 0, 0};
  return (tb_pace_rate){(p->sample[last].cases - p->sample[from].cases) / seconds,
                        (p->sample[last].weight - p->sample[from].weight) / seconds, now - p->changed};
}
