/* What tenbin-pairs says, checked: a line without its end, which is taken to pieces. A kernel may have written it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SAID_H
#define TB_SAID_H

#include "pairs.h"

/* A line of a listing. False: no plugin is listed so. */
bool tb_pairs_said_listing(char *line, tb_listing *out);

/* "ROUND HALF FIRST BASE CANDIDATE" */
typedef struct tb_pair_record {
  int round, half, first; /* the side that ran first */
  double seconds[TB_SIDES];
} tb_pair_record;
bool tb_pairs_said_pair(char *text, const tb_pair_schedule *schedule, tb_pair_record *out);

/* What follows "times SERIAL ", with a log ratio for each round of the schedule, which go to schedule->each if that is not
 * NULL. */
bool tb_pairs_said_times(char *text, const tb_pair_schedule *schedule, tb_pair_times *out);

/* What follows "no SERIAL ": "SIDE UNSUPPORTED WHY". */
bool tb_pairs_said_no(char *text, tb_pair_fault *out);

#endif
