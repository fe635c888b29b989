/* What tenbin-pairs says, checked.
 *
 * SPDX-License-Identifier: MIT */
#include "said.h"
#include "number.h"
#include "printable.h"

#include <string.h>

/* What can be true of times, and of logarithms of their ratios. */
#define TIME_MOST 1e9
#define LOG_MOST 100.0

/* The word before the first blank of *at, which is then after it. */
static const char *next_word(char **at) {
  const char *word = strsep(at, " ");
  return word ? word : "";
}

static bool next_whole(char **at, int64_t most, int64_t *out) {
  const char *word = next_word(at);
  return tb_number_whole(word, word + strlen(word), 0, most, out);
}

static bool next_real(char **at, double least, double most, double *out) {
  const char *word = next_word(at);
  return tb_number_real(word, word + strlen(word), out) && *out >= least && *out <= most;
}

/* A word that may stand in a table. */
static bool next_name(char **at, char *out, size_t size) {
  const char *word = next_word(at);
  return *word && strlen(word) < size && tb_printable(out, size, word) && strcmp(out, word) == 0;
}

static bool take_kernel(char *at, tb_listing *out) {
  if (out->kernels == TB_KERNELS_MAX)
    return false;
  char *name = out->kernel[out->kernels].name, *op = out->kernel[out->kernels].op;
  if (!next_name(&at, name, TB_PAIRS_NAME) || !next_name(&at, op, TB_PAIRS_NAME) || !tb_operator_find(op) || !at)
    return false;
  tb_printable(out->kernel[out->kernels++].library, sizeof out->kernel->library, at);
  return true;
}

static bool take_file(char *at, tb_listing *out) {
  if (out->files == TB_PAIRS_FILES) {
    snprintf(out->fault, sizeof out->fault, "%s loads more than %d files", out->plugin, TB_PAIRS_FILES);
    return true;
  }
  if (!next_name(&at, out->file[out->files].inode, sizeof out->file->inode) || !at)
    return false;
  tb_printable(out->file[out->files++].path, TB_PAIRS_PATH, at);
  return true;
}

bool tb_pairs_said_listing(char *at, tb_listing *out) {
  const char *kind = next_word(&at);
  if (!at)
    return false;
  if (strcmp(kind, "kernel") == 0)
    return take_kernel(at, out);
  if (strcmp(kind, "file") == 0)
    return take_file(at, out);
  if (strcmp(kind, "plugin") == 0)
    tb_printable(out->plugin, sizeof out->plugin, at);
  else if (strcmp(kind, "fault") == 0)
    tb_printable(out->fault, sizeof out->fault, at);
  else if (strcmp(kind, "warning") == 0)
    tb_printable(out->warning, sizeof out->warning, at);
  else
    return false;
  return true;
}

bool tb_pairs_said_pair(char *at, const tb_pair_schedule *s, tb_pair_record *out) {
  int64_t round, half, first;
  if (!next_whole(&at, s->rounds - 1, &round) || !next_whole(&at, 1, &half) || !next_whole(&at, TB_SIDES - 1, &first) ||
      !next_real(&at, 0, TIME_MOST, &out->seconds[TB_BASE]) || !next_real(&at, 0, TIME_MOST, &out->seconds[TB_CANDIDATE]) || at)
    return false;
  out->round = (int)round;
  out->half = (int)half;
  out->first = (int)first;
  return true;
}

bool tb_pairs_said_times(char *at, const tb_pair_schedule *s, tb_pair_times *out) {
  tb_pair_times t = {0};
  double *const seconds[] = {&t.seconds[TB_BASE], &t.seconds[TB_CANDIDATE], &t.address_effect, &t.prepare[TB_BASE],
                             &t.prepare[TB_CANDIDATE]};
  size_t *const size[] = {t.plan, t.peak, t.workspace};
  int64_t bytes;
  bool ok = next_real(&at, -LOG_MOST, LOG_MOST, &t.log_ratio);
  for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
    ok = ok && next_real(&at, 0, TIME_MOST, seconds[i]);
  for (int i = 0; i < 3 * TB_SIDES && ok; i++) {
    ok = next_whole(&at, TB_SLOT_ADDRESSES, &bytes);
    size[i / TB_SIDES][i % TB_SIDES] = ok ? (size_t)bytes : 0;
  }
  ok = ok && next_whole(&at, INT64_MAX, &t.elements) && next_whole(&at, t.elements, &t.differing);
  for (int i = 0; i < s->rounds; i++) {
    double each;
    ok = ok && next_real(&at, -LOG_MOST, LOG_MOST, &each);
    if (ok && s->each)
      s->each[i] = each;
  }
  if (ok && !at)
    *out = t;
  return ok && !at;
}

bool tb_pairs_said_no(char *at, tb_pair_fault *fault) {
  int64_t side, unsupported;
  if (!next_whole(&at, TB_SIDES, &side) || !next_whole(&at, side < TB_SIDES, &unsupported) || !at)
    return false;
  fault->side = (int)side;
  fault->unsupported = unsupported;
  tb_printable(fault->why, sizeof fault->why, at);
  return true;
}
