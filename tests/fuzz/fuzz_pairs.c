/* What tenbin-pairs says: lines of a listing, and what follows the first words of an answer.
 *
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2 };

static double each[ROUNDS];
static const tb_pair_schedule schedule = {.rounds = ROUNDS, .pairs = 3, .runs = 1, .each = each};

static void require_text(const char *text, size_t size) {
  const char *end = memchr(text, 0, size);
  fuzz_require(end, "a text without an end");
  for (; text < end; text++)
    fuzz_require((unsigned char)*text >= ' ' && *text != 127, "a control character");
}

static void require_seconds(double seconds) {
  fuzz_require(isfinite(seconds) && seconds >= 0, "a time of %g", seconds);
}

static void look_at_listing(const tb_listing *l) {
  fuzz_require(l->kernels >= 0 && l->kernels <= TB_KERNELS_MAX && l->files >= 0 && l->files <= TB_PAIRS_FILES, "too many");
  require_text(l->plugin, sizeof l->plugin);
  require_text(l->fault, sizeof l->fault);
  require_text(l->warning, sizeof l->warning);
  for (int i = 0; i < l->kernels; i++) {
    require_text(l->kernel[i].name, sizeof l->kernel[i].name);
    require_text(l->kernel[i].library, sizeof l->kernel[i].library);
    fuzz_require(*l->kernel[i].name && tb_operator_find(l->kernel[i].op), "a kernel without a name or an operator");
  }
  for (int i = 0; i < l->files; i++) {
    require_text(l->file[i].inode, sizeof l->file[i].inode);
    require_text(l->file[i].path, sizeof l->file[i].path);
  }
}

static void look_at_times(const tb_pair_times *t) {
  fuzz_require(isfinite(t->log_ratio) && isfinite(each[0]) && isfinite(each[ROUNDS - 1]), "a ratio that is no number");
  fuzz_require(t->differing >= 0 && t->differing <= t->elements, "more elements differ than there are");
  require_seconds(t->address_effect);
  for (int s = 0; s < TB_SIDES; s++) {
    require_seconds(t->seconds[s]);
    require_seconds(t->prepare[s]);
    fuzz_require(t->plan[s] <= TB_SLOT_ADDRESSES && t->peak[s] <= TB_SLOT_ADDRESSES && t->workspace[s] <= TB_SLOT_ADDRESSES,
                 "more memory than there are addresses");
  }
}

/* Each reader takes a copy of the line to pieces. Whether one takes it. */
static bool read_line(const char *line, tb_listing *listing) {
  tb_pair_record record;
  tb_pair_times times;
  tb_pair_fault fault;
  char *text = strdup(line);
  fuzz_require(text, "no memory");
  const bool listed = tb_pairs_said_listing(text, listing);
  const bool timed = tb_pairs_said_times(strcpy(text, line), &schedule, &times);
  const bool paired = tb_pairs_said_pair(strcpy(text, line), &schedule, &record);
  const bool refused = tb_pairs_said_no(strcpy(text, line), &fault);
  free(text);
  if (timed)
    look_at_times(&times);
  if (paired) {
    require_seconds(record.seconds[TB_BASE]);
    require_seconds(record.seconds[TB_CANDIDATE]);
    fuzz_require(record.round >= 0 && record.round < ROUNDS && record.half >> 1 == 0 && record.first >> 1 == 0, "no such pair");
  }
  if (refused) {
    require_text(fault.why, sizeof fault.why);
    fuzz_require(fault.side >= 0 && fault.side <= TB_SIDES && (fault.side < TB_SIDES || !fault.unsupported), "no such side");
  }
  return listed || timed || paired || refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static tb_listing listing;
  char *text = fuzz_text(bytes, size), *at = text;
  listing.kernels = listing.files = 0;
  *listing.plugin = *listing.fault = *listing.warning = 0;
  bool taken = true;
  for (const char *line; (line = strsep(&at, "\n"));)
    taken = read_line(line, &listing) && taken;
  fuzz_taken += taken;
  look_at_listing(&listing);
  free(text);
  return 0;
}
