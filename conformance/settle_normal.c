/* Cases of normal that ran: streams by their digests, distributions by the battery.
 *
 * SPDX-License-Identifier: MIT */
#include "work.h"

#include <string.h>

/* Whether a report says, without its numbers, that the case passed: PyTorch's numbers, PyTorch's states. */
static bool plainly_right(const tb_suite_case *c, const tb_report *r) {
  const tb_golden_case *g = c->golden;
  return g && r->claim == TENBIN_STREAM && !r->again_differs && !r->handed_differs && !r->threads_differ &&
         !r->run_allocations && !r->leaked && r->state_bytes == TB_STATE_BYTES && XXH128_isEqual(r->digest[0], g->digest) &&
         XXH128_isEqual(r->states, tb_digest_digests(g->state, g->states));
}

bool tb_work_settle_normal(tb_work *w, int i) {
  const tb_suite_case *c = &w->group->list[w->chunk->first + i];
  const tb_record *record = &w->worker->block->record[i];
  if (!plainly_right(c, &record->report))
    return tb_work_examine(w, i, c->text, record->report.claim == TENBIN_STREAM && c->golden);
  tb_judgement j;
  memset(&j, 0, sizeof j);
  tb_work_conclude(w, i, c->text, &j);
  return true;
}
