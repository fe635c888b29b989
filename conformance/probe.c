/* A kernel asked for its answers to many cases.
 *
 * SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdio.h>
#include <string.h>

enum { DEATHS_MAX = 10, BLOCK = 256 };

enum { AGAIN = 1, THREADS = 2, HANDED = 4, LEAKED = 8, ALLOCATED = 16 };

bool tb_signature_equal(const tb_signature *a, const tb_signature *b) {
  if (a->outcome != b->outcome || a->odd != b->odd)
    return false;
  if (a->outcome != TB_RAN || (a->odd & (AGAIN | THREADS)))
    return true;
  return XXH128_isEqual(a->digest[0], b->digest[0]) && XXH128_isEqual(a->digest[1], b->digest[1]);
}

static tb_signature signature_of(const tb_report *r) {
  tb_signature s = {.outcome = r->outcome};
  if (r->outcome != TB_RAN)
    return s;
  s.odd = (r->again_differs ? AGAIN : 0u) | (r->threads_differ ? THREADS : 0u) | (r->handed_differs ? HANDED : 0u) |
          (r->leaked ? LEAKED : 0u) | (r->run_allocations ? ALLOCATED : 0u);
  s.digest[0] = r->digest[0];
  s.digest[1] = r->digest[1];
  return s;
}

/* Up to BLOCK cases. */
static bool block(tb_worker *w, const char *kernel, uint32_t checks, char *const *text, int texts, const tb_signature *expected,
                  tb_signature *out, int *deaths) {
  tb_request request = {.to = texts, .checks = checks};
  snprintf(request.kernel, sizeof request.kernel, "%s", kernel);
  if (!tb_worker_ready(w))
    return false;
  for (int i = 0; i < texts; i++) {
    snprintf(w->block->record[i].text, sizeof w->block->record[i].text, "%s", text[i]);
    w->block->record[i].report.outcome = TB_PENDING;
  }
  while (request.from < texts && *deaths < DEATHS_MAX) {
    const tb_answer answer = tb_worker_run(w, &request, &request.from);
    if (answer == TB_STOPPED || answer == TB_LOST)
      return false;
    if (answer == TB_ANSWERED)
      break;
    ++*deaths;
    const int dead = request.from - 1;
    if (expected && w->block->record[dead].report.outcome != expected[dead].outcome)
      *deaths = DEATHS_MAX;
  }
  for (int i = 0; i < texts; i++)
    out[i] = signature_of(&w->block->record[i].report);
  return true;
}

bool tb_probe(tb_worker *worker, const char *kernel, uint32_t checks, char *const *text, int texts,
              const tb_signature *expected, tb_signature *out) {
  int deaths = 0;
  for (int i = 0; i < texts; i += BLOCK)
    if (!block(worker, kernel, checks, text + i, texts - i < BLOCK ? texts - i : BLOCK, expected ? expected + i : NULL, out + i,
               &deaths))
      return false;
  return true;
}
