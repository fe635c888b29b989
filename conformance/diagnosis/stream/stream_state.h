/* The diagnosis of a generator's saved state.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_STATE_H
#define TB_STREAM_STATE_H

#include "problem.h"
#include "sentences.h"

/* Which fields of the first state that is not the right one differ, and how. got and want: TB_STATE_BYTES after each item of
 * calls=. */
void tb_state_report(const tb_problem *p, const unsigned char *got, const unsigned char *want, tb_sentences *out);

#endif
