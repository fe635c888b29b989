/* The floor of a layer.
 *
 * The larger of two times: of the operations, at the peak of multiply-adds, and of the bytes, at the bandwidth of the level
 * that holds all tensors. Bytes read and bytes written may pass one after the other, or at once at the speed of a copy: the
 * faster of the two counts, since caches have ports for both.
 *
 * SPDX-License-Identifier: MIT */
#include "floor.h"

#define FIGURE 3e-3 /* seconds */

tb_floor_work tb_work_of(const tb_problem *p) {
  tb_floor_work work = {.flops = p->c.op->flops ? p->c.op->flops(p) : 0};
  for (int i = 0; i < p->inputs; i++)
    work.in += (double)tb_desc_bytes(&p->input[i]);
  for (int i = 0; i < p->outputs; i++)
    work.out += (double)tb_desc_bytes(&p->output[i]);
  return work;
}

void tb_floor_begin(const tb_floor_work *work, const tb_meter *meter, tb_isa isa, int level, int threads, tb_floor *out) {
  *out = (tb_floor){.work = *work,
                    .threads = threads,
                    .level = level,
                    .isa = isa,
                    .level_name = tb_meter_level_name(meter, level),
                    .limit = tb_meter_level_name(meter, level)};
}

double tb_floor_write(const tb_floor *f) {
  const double plain = f->bandwidth[TB_WRITE], bypassing = f->bandwidth[TB_NT_WRITE];
  return plain > bypassing ? plain : bypassing;
}

double tb_floor_ratio(const tb_floor *f, double seconds) {
  return f->seconds > 0 ? seconds / f->seconds : 0;
}

static double over(double amount, double rate) {
  return amount > 0 && rate > 0 ? amount / rate : 0;
}

static double seconds_of_bytes(const tb_floor *f) {
  const double read = f->bandwidth[TB_READ], write = tb_floor_write(f), copy = f->bandwidth[TB_COPY];
  const double in = f->work.in, out = f->work.out, both = in < out ? in : out;
  const double apart = over(in, read) + over(out, write);
  const double together = over(2 * both, copy) + over(in - both, read) + over(out - both, write);
  return copy > 0 && together < apart ? together : apart;
}

void tb_floor_compute(tb_floor *f) {
  const double arithmetic = over(f->work.flops, f->peak), bytes = seconds_of_bytes(f);
  f->seconds = arithmetic > bytes ? arithmetic : bytes;
  f->limit = arithmetic > bytes ? "arithmetic" : f->level_name;
}

void tb_floor_measure(tb_floor *f, tb_meter *meter) {
  const bool needed[TB_TRAFFICS] = {[TB_READ] = f->work.in > 0,
                                    [TB_WRITE] = f->work.out > 0,
                                    [TB_COPY] = f->work.in > 0 && f->work.out > 0,
                                    [TB_NT_WRITE] = f->work.out > 0 && f->level == tb_meter_memory(meter)};
  const size_t set = tb_meter_share(meter, f->work.in + f->work.out, f->threads);
  if (f->work.flops > 0) {
    const double peak = tb_meter_peak(meter, f->isa, f->threads, FIGURE);
    f->peak = peak > f->peak ? peak : f->peak;
  }
  for (int i = 0; i < TB_TRAFFICS; i++) {
    if (!needed[i])
      continue;
    const double bandwidth = tb_meter_bandwidth(meter, f->level, set, (tb_traffic)i, f->threads, FIGURE);
    f->bandwidth[i] = bandwidth > f->bandwidth[i] ? bandwidth : f->bandwidth[i];
  }
  tb_floor_compute(f);
}
