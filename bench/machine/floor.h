/* The floor of a layer: the time that no kernel can be expected to stay under on this machine.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FLOOR_H
#define TB_FLOOR_H

#include "meter.h"
#include "problem.h"

#include <stdbool.h>

/* What every kernel has to do: operations that land inside the output, a multiply-add counted as two; bytes of inputs, read
 * once, and of the output, written once. */
typedef struct tb_floor_work {
  double flops, in, out;
} tb_floor_work;

tb_floor_work tb_work_of(const tb_problem *problem);

typedef struct tb_floor {
  tb_floor_work work;
  int threads, level; /* of tb_meter: where the data is taken to live */
  tb_isa isa;
  const char *level_name;
  double peak, bandwidth[TB_TRAFFICS]; /* per second, the best measured so far; 0: not needed */
  double seconds;                      /* 0: there is nothing to do */
  const char *limit;                   /* "arithmetic", or the level's name */
} tb_floor;

/* Of work whose data lies at `level`: where it fits, tb_meter_level(meter, work.in + work.out, threads), or another. `isa` is
 * the one with the highest peak. */
void tb_floor_begin(const tb_floor_work *work, const tb_meter *meter, tb_isa isa, int level, int threads, tb_floor *out);

/* Measures what the floor depends on, some 3 ms for each figure, keeps the best so far, and computes the floor. To be called
 * before and after what is to be compared with it. */
void tb_floor_measure(tb_floor *floor, tb_meter *meter);

/* The floor by its figures: seconds and limit. */
void tb_floor_compute(tb_floor *floor);

/* How many times the floor that is; 0 where there is none. */
double tb_floor_ratio(const tb_floor *floor, double seconds);

/* What the floors are, for the head of a table, and a layer's own: on standard output. `threads` 0: each floor has its own
 * number. cold: all data is taken to live in the memory. one_of_several: the number of threads is printed. */
void tb_floor_notes(int threads, bool cold);
void tb_floor_print(const tb_floor *floor, bool one_of_several);

/* Bytes a second at which the output is written: by plain stores, or those that bypass the caches, if these are faster. */
double tb_floor_write(const tb_floor *floor);

#endif
