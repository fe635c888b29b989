/* A chunk of a suite on a kernel.
 *
 * SPDX-License-Identifier: MIT */
#include "work.h"

#include "memory.h"
#include "probe.h"
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kernel that hangs or crashes so often is not run any more. */
enum { TIME_OUTS_MAX = 3, DEATHS_MAX = 1000 };
/* With more multiply-adds than this, the reference does not compute what the golden data leaves out. */
static const int64_t reference_macs = 20000000;

bool tb_result_ok(const tb_case_result *r) {
  return r->verdict == TB_V_PASSED || r->verdict == TB_V_UNSUPPORTED || r->verdict == TB_V_KNOWN;
}

void tb_results_free(tb_case_result *results, int count) {
  for (int i = 0; i < count; i++) {
    free(results[i].text);
    free(results[i].why);
    free(results[i].prints);
    free(results[i].judgement);
  }
}

/* Concludes a case that was not run to its end. */
static void conclude_unfinished(tb_work *w, int i, const char *text, const tb_report *report) {
  tb_problem p;
  tb_judgement j;
  memset(&j, 0, sizeof j);
  if (tb_problem_parse(text, &p))
    tb_judge(&p, NULL, report, NULL, &j);
  else
    tb_conclude(&j, TB_V_UNTRUSTED, "tenbin's suite has what is no case: this is a fault of tenbin");
  if (j.verdict == TB_V_NOT_RUN)
    snprintf(j.reason, sizeof j.reason, "left out after %d time-outs or %d crashes of this kernel", TIME_OUTS_MAX, DEATHS_MAX);
  j.against = "";
  tb_work_conclude(w, i, text, &j);
}

static bool given_up(const tb_kernel_run *run) {
  return run->time_outs >= TIME_OUTS_MAX || run->deaths >= DEATHS_MAX;
}

/* Runs all records; those in which the worker died are concluded. False: stopped, or TB_LOST. */
static bool run_all(tb_work *w) {
  int32_t from = 0;
  bool enough = false;
  while (from < w->chunk->cases && !enough && !given_up(w->run)) {
    const tb_request request = tb_work_request(w, from, w->chunk->cases);
    const tb_answer answer = tb_worker_run(w->worker, &request, &from);
    if (answer == TB_STOPPED || answer == TB_LOST)
      return false;
    if (answer == TB_ANSWERED)
      return true;
    const tb_record *record = &w->worker->record[from - 1];
    atomic_fetch_add(record->report.outcome == TB_TIME ? &w->run->time_outs : &w->run->deaths, 1);
    conclude_unfinished(w, from - 1, record->text, &record->report);
    enough = w->run->until_failure;
  }
  for (int32_t i = from; i < w->chunk->cases; i++)
    w->worker->record[i].report.outcome = TB_PENDING;
  return true;
}

static void twin_text(const char *text, char out[TB_TEXT_MAX]) {
  tb_case c;
  tb_error error;
  if (!tb_case_parse(text, &c, &error))
    abort();
  const tb_case twin = tb_case_twin(&c);
  tb_case_print(&twin, out);
}

static XXH128_hash_t reference_digest(const char *text) {
  tb_case c;
  tb_error error;
  if (!tb_case_parse(text, &c, &error))
    abort();
  return tb_reference_digest(&c);
}

struct pair {
  XXH128_hash_t digest[2];
};

static struct pair reference_pair(const char *text) {
  char twin[TB_TEXT_MAX];
  twin_text(text, twin);
  return (struct pair){{reference_digest(text), reference_digest(twin)}};
}

/* As golden/export/export.py does: the 16 bytes of each digest in canonical, big-endian order. */
static void chain(const struct pair *pair, unsigned char out[32]) {
  XXH128_canonicalFromHash((XXH128_canonical_t *)out, pair->digest[0]);
  XXH128_canonicalFromHash((XXH128_canonical_t *)(out + 16), pair->digest[1]);
}

static bool same(XXH128_hash_t a, XXH128_hash_t b) {
  return XXH128_isEqual(a, b) != 0;
}

static bool untrusted(tb_work *w, int i, const char *text) {
  tb_judgement j;
  memset(&j, 0, sizeof j);
  j.verdict = TB_V_UNTRUSTED;
  j.against = "";
  snprintf(j.reason, sizeof j.reason, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
  tb_work_conclude(w, i, text, &j);
  return true;
}

/* Whether a report is suspicious even if its digests are right. An answer of zeros is, unless the data cannot give another. */
static bool suspicious(const tb_report *r, const char *text) {
  tb_problem p;
  return r->again_differs || r->threads_differ || r->run_allocations || tb_report_left(r) ||
         (r->all_zero && tb_problem_parse(text, &p) && p.c.op->can_show && p.c.op->can_show(&p));
}

/* Concludes record i by the digests that it should have. */
static bool resolve(tb_work *w, int i, const struct pair *want) {
  const tb_record *record = &w->worker->record[i];
  const tb_report report = record->report;
  char text[TB_TEXT_MAX];
  snprintf(text, sizeof text, "%s", record->text);
  const bool doubtful = suspicious(&report, record->text), bounded = report.claim == TENBIN_BOUNDED;
  const bool right = bounded || same(report.digest[0], want->digest[0]);
  const bool twin = bounded || same(report.digest[1], want->digest[1]);
  if (right && !twin)
    twin_text(record->text, text);
  else if (!bounded && right && !doubtful)
    return true;
  return tb_work_recheck(w, i, text, doubtful || !bounded, right && twin);
}

/* The digests of a case of a list: the golden ones, or the reference's if it is quick. */
static struct pair listed_pair(const tb_work *w, const tb_suite_case *c, const tb_report *got) {
  char twin[TB_TEXT_MAX];
  struct pair want = {{got->digest[0], got->digest[1]}};
  const bool quick = tb_case_work(c->c) <= reference_macs;
  if (c->golden)
    want.digest[0] = c->golden->digest;
  else
    want.digest[0] = tb_reference_digest(c->c);
  twin_text(c->text, twin);
  const tb_golden_case *golden = tb_golden_find(w->run->suite->golden, twin);
  if (golden && golden->kind == TB_GOLDEN_EXACT)
    want.digest[1] = golden->digest;
  else if (quick)
    want.digest[1] = reference_digest(twin);
  return want;
}

static bool resolve_listed(tb_work *w, int i) {
  const tb_suite_case *c = tb_work_listed(w, i);
  const tb_record *record = &w->worker->record[i];
  if (c->c->op->sequence)
    return tb_work_resolve_sequence(w, i);
  if (tb_case_rounds(c->c)) { /* a chunk of its own: its answer is still there */
    tb_problem p;
    tb_judgement j;
    if (!tb_problem_parse(c->text, &p))
      abort();
    tb_work_judge(w, record, c->golden, &p, &j);
    if (j.verdict == TB_V_PASSED && !tb_work_judge_second(w, &p, c->golden, &record, &j))
      return false;
    tb_work_conclude(w, i, c->text, &j);
    return true;
  }
  const struct pair want = listed_pair(w, c, &record->report);
  return resolve(w, i, &want);
}

static bool resolve_space(tb_work *w, int i) {
  const tb_space_case *c = &w->group->space[w->chunk->first + i];
  const tb_record *record = &w->worker->record[i];
  struct pair got = {{record->report.digest[0], record->report.digest[1]}};
  unsigned char bytes[32];
  chain(&got, bytes);
  if (record->report.claim != TENBIN_BOUNDED && same(XXH3_128bits(bytes, sizeof bytes), c->digest))
    return resolve(w, i, &got);
  const struct pair want = reference_pair(record->text);
  chain(&want, bytes);
  if (!same(XXH3_128bits(bytes, sizeof bytes), c->digest))
    return untrusted(w, i, record->text);
  return resolve(w, i, &want);
}

/* The block's digests, from the records that ran and, for the others or for all, from the reference. */
static bool agrees(tb_work *w, struct pair *pairs, bool reference) {
  unsigned char *bytes = tb_need(calloc((size_t)w->chunk->cases, 32));
  for (int i = 0; i < w->chunk->cases; i++) {
    const tb_record *record = &w->worker->record[i];
    if (record->report.outcome == TB_RAN && !reference)
      pairs[i] = (struct pair){{record->report.digest[0], record->report.digest[1]}};
    else
      pairs[i] = reference_pair(record->text);
    chain(&pairs[i], bytes + i * 32);
  }
  const bool equal = same(XXH3_128bits(bytes, (size_t)w->chunk->cases * 32), w->chunk->block.digest);
  free(bytes);
  return equal;
}

static bool resolve_one(tb_work *w, int i, const struct pair *pair) {
  switch (w->group->kind) {
  case TB_GRID:
    return resolve(w, i, pair);
  case TB_SPACE:
    return resolve_space(w, i);
  default:
    return resolve_listed(w, i);
  }
}

static bool resolve_all(tb_work *w) {
  struct pair *pairs = tb_need(calloc((size_t)(unsigned)w->chunk->cases, sizeof *pairs));
  bool ran = false, ok = true, enough = false;
  for (int i = 0; i < w->chunk->cases; i++)
    ran = ran || w->worker->record[i].report.outcome == TB_RAN;
  const bool trusted = w->group->kind != TB_GRID || !ran || agrees(w, pairs, false) || agrees(w, pairs, true);
  for (int i = 0; ok && !enough && i < w->chunk->cases; i++) {
    const tb_record *record = &w->worker->record[i];
    if (!tb_result_ok(&w->results[i])) {
      /* concluded when the worker died */
    } else if (record->report.outcome != TB_RAN) {
      conclude_unfinished(w, i, record->text, &record->report);
    } else {
      const tb_signature signature = tb_signature_of(&record->report);
      w->results[i].signature = tb_work_checks(w) ? 0 : tb_signature_hash(&signature);
      w->results[i].claim = record->report.claim;
      ok = trusted ? resolve_one(w, i, &pairs[i]) : untrusted(w, i, record->text);
    }
    enough = w->run->until_failure && !tb_result_ok(&w->results[i]);
  }
  free(pairs);
  return ok;
}

/* A grid's cases are made faster than they are read from their texts. */
static void get_case(const void *work, int32_t i, tb_case *out) {
  const tb_work *w = work;
  w->group->op->grid->get(&w->chunk->block, i, out);
}

bool tb_chunk_run(tb_kernel_run *run, tb_worker *worker, const tb_suite_group *group, const tb_chunk *chunk,
                  tb_case_result *results) {
  tb_work w = {.run = run, .worker = worker, .group = group, .chunk = chunk, .results = results};
  memset(results, 0, (size_t)chunk->cases * sizeof *results);
  for (int i = 0; i < chunk->cases; i++) {
    tb_chunk_text(group, chunk, i, worker->record[i].text);
    worker->record[i].report.outcome = TB_PENDING;
  }
  worker->get = group->kind == TB_GRID ? get_case : NULL;
  worker->context = &w;
  const bool ok = run_all(&w) && resolve_all(&w);
  worker->get = NULL;
  if (!ok)
    tb_results_free(results, chunk->cases);
  return ok;
}
