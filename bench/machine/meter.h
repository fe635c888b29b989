/* What this machine can do, measured here and now.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_METER_H
#define TB_METER_H

#include "caches.h"
#include "isa.h"
#include "loops.h"

#include <stddef.h>

/* Levels of memory are 0 .. caches.levels: L1, L2, .., and after the last cache the memory. */
#define TB_LEVELS_MAX (TB_CACHES_MAX + 1)

typedef struct tb_meter tb_meter;

/* For up to `threads` threads. NULL: no memory or threads. `cores`: processors that this process may use. The instruction sets
 * are those up to tb_isa_choose, and traffic has the vectors of the last. */
tb_meter *tb_meter_open(int threads, int cores);
void tb_meter_close(tb_meter *meter); /* NULL is allowed */

const tb_caches *tb_meter_caches(const tb_meter *meter);
tb_isa tb_meter_isa(const tb_meter *meter);

/* "L1", .. or "memory"; levels count from 0 to tb_meter_memory. */
const char *tb_meter_level_name(const tb_meter *meter, int level);
int tb_meter_memory(const tb_meter *meter);

/* The first level whose caches, those of `threads` threads together, hold so many bytes. */
int tb_meter_level(const tb_meter *meter, double bytes, int threads);

/* Bytes that each thread measures a level's bandwidth on; of the memory: that all threads walk through. */
size_t tb_meter_set(const tb_meter *meter, int level, int threads);

/* The set of a thread where all of them together go over so many bytes of a cache's level. */
size_t tb_meter_share(const tb_meter *meter, double bytes, int threads);

/* The two arrays, each of tb_meter_set(meter, tb_meter_memory(meter), 1) bytes: for who measures something else on the same
 * pages, since which pages a process was given is worth 10 % of a bandwidth. */
void tb_meter_arrays(const tb_meter *meter, void *out[2]);

/* The best of as many repetitions as fit into `seconds`, of `threads` threads that work at once: other work that the machine
 * has only slows one. In floating-point operations of f32 a second, where a multiply-add is two; and in bytes a second, read
 * or written, a copy's both: writes without the reads for ownership that they may cause. `set` is tb_meter_set or
 * tb_meter_share; of the memory it has no meaning. */
double tb_meter_peak(tb_meter *meter, tb_isa isa, int threads, double seconds);
double tb_meter_bandwidth(tb_meter *meter, int level, size_t set, tb_traffic traffic, int threads, double seconds);

#endif
