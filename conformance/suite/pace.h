/* How fast a run goes, by what it has done in the last seconds: its first ones say little of the rest.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PACE_H
#define TB_PACE_H

#define TB_PACE_SAMPLES 24

typedef struct tb_pace {
  int samples;
  struct {
    double at, cases, weight;
  } sample[TB_PACE_SAMPLES]; /* the oldest first, a second apart or more */
  double changed;            /* when a case was finished last */
} tb_pace;

typedef struct tb_pace_rate {
  double cases, weight; /* a second; 0: nothing was finished in these seconds */
  double quiet;         /* seconds since a case was finished */
} tb_pace_rate;

/* Starts with nothing done. */
void tb_pace_start(tb_pace *pace, double now);

/* So many cases of so much weight are finished by now, in all. */
void tb_pace_add(tb_pace *pace, double now, double cases, double weight);

/* The rate over the last ten seconds, as far as there are samples. */
tb_pace_rate tb_pace_of(const tb_pace *pace, double now);

#endif
