/* A kernel asked for its answers to many cases.
 *
 * SPDX-License-Identifier: MIT */
#include "probe.h"

#include "digest.h"
#include "dtype.h"
#include "problem.h"
#include "strides.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEATHS_MAX = 10, BLOCK = 256 };

enum { AGAIN = 1, THREADS = 2, HANDED = 4, LEAKED = 8, ALLOCATED = 16, NOT_A_NUMBER = 32 };

tb_likeness tb_signature_compare(const tb_signature *a, const tb_signature *b) {
  const XXH128_hash_t none = {0};
  if (a->outcome != b->outcome || a->detail != b->detail || a->anomalies != b->anomalies)
    return TB_UNLIKE;
  const bool unsteady = (a->anomalies & THREADS) || ((a->anomalies & AGAIN) && XXH128_isEqual(a->again, none));
  if (a->outcome != TB_RAN || unsteady)
    return TB_ALIKE;
  return XXH128_isEqual(a->digest[0], b->digest[0]) && XXH128_isEqual(a->digest[1], b->digest[1]) &&
                 XXH128_isEqual(a->again, b->again)
             ? TB_ALIKE
             : TB_OTHER_BITS;
}

tb_signature tb_signature_of(const tb_report *r) {
  tb_signature s = {.outcome = r->outcome};
  /* The message without its numbers: how often, and how far away. */
  if (r->outcome == TB_GUARD || r->outcome == TB_ERROR)
    s.detail = XXH3_64bits(r->detail, strcspn(r->detail, r->outcome == TB_GUARD ? "," : "0123456789"));
  if (r->outcome != TB_RAN)
    return s;
  s.anomalies = (r->again_differs ? AGAIN : 0u) | (r->threads_differ ? THREADS : 0u) | (r->handed_differs ? HANDED : 0u) |
                (tb_report_left(r) ? LEAKED : 0u) | (r->run_allocations ? ALLOCATED : 0u) |
                (r->threads_nan ? NOT_A_NUMBER : 0u);
  s.digest[0] = r->digest[0];
  s.digest[1] = r->digest[1];
  s.again = r->again;
  return s;
}

uint64_t tb_signature_hash(const tb_signature *signature) {
  tb_signature s;
  memset(&s, 0, sizeof s); /* also the bytes between its members */
  s.outcome = signature->outcome;
  s.detail = signature->detail;
  s.anomalies = signature->anomalies;
  memcpy(s.digest, signature->digest, sizeof s.digest);
  s.again = signature->again;
  const uint64_t hash = XXH3_64bits(&s, sizeof s);
  return hash ? hash : 1;
}

/* Up to BLOCK cases. */
static bool block(tb_worker *w, const char *kernel, uint32_t checks, char *const *text, int texts, const tb_signature *expected,
                  tb_signature *out, int *deaths) {
  tb_request request = {.to = texts, .checks = checks};
  snprintf(request.kernel, sizeof request.kernel, "%s", kernel);
  if (!tb_worker_ready(w))
    return false;
  for (int i = 0; i < texts; i++) {
    snprintf(w->record[i].text, sizeof w->record[i].text, "%s", text[i]);
    w->record[i].report.outcome = TB_PENDING;
  }
  while (request.from < texts && *deaths < DEATHS_MAX) {
    const tb_answer answer = tb_worker_run(w, &request, &request.from);
    if (answer == TB_STOPPED || answer == TB_LOST)
      return false;
    if (answer == TB_ANSWERED)
      break;
    ++*deaths;
    const int dead = request.from - 1;
    if (expected && w->record[dead].report.outcome != expected[dead].outcome)
      *deaths = DEATHS_MAX;
  }
  for (int i = 0; i < texts; i++)
    out[i] = tb_signature_of(&w->record[i].report);
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

/* A kernel's first output of a case, and that of its second run, each of so many bytes: to be freed. NULL: there is none. */
static char *answers(tb_worker *w, const char *kernel, const char *text, size_t bytes) {
  char *one[] = {strdup(text)};
  tb_signature s;
  char *y = malloc(2 * bytes + 1);
  if (!one[0] || !y)
    abort();
  const bool ran = tb_probe(w, kernel, 0, one, 1, NULL, &s) && s.outcome == TB_RAN;
  free(one[0]);
  if (ran && tb_worker_read(w, TB_SLOT_OUTPUT, w->record[0].report.end[0], y, bytes) &&
      tb_worker_read(w, TB_SLOT_START + TB_SLOT_OUTPUT, w->record[0].report.start[0], y + bytes, bytes))
    return y;
  free(y);
  return NULL;
}

/* How much two sums of the same n products of x and w can differ, each with the bias as often as a wrong kernel may add it. n
 * is how many reach an element if stride is ignored. Integers below 1 / u are exact. */
static double slack(const tb_problem *p, int64_t x, int64_t w) {
  const double u = tb_number_ulp(p->output[0].dtype, 1) / 2, unit = ldexp(1, -p->scale);
  const double n = (double)p->products + 1;
  const double sum = n * unit * ((double)x * unit * (double)w + (double)p->range[TENBIN_BIAS]);
  return p->scale == 0 && sum * u < 1 ? 0 : 2 * n * u * sum;
}

static bool within(int32_t dtype, const void *one, const void *other, int64_t n, double slack) {
  for (int64_t i = 0; i < n; i++) {
    const double a = tb_number(dtype, one, i), b = tb_number(dtype, other, i);
    if (a != b && !(isnan(a) && isnan(b)) && !(fabs(a - b) <= slack))
      return false;
  }
  return true;
}

bool tb_probe_same_sums(tb_worker *one, const char *kernel, tb_worker *other, const char *others_kernel, const char *text) {
  tb_problem *p = malloc(sizeof *p);
  if (!p)
    abort();
  bool same = tb_problem_parse(text, p) && p->products > 0;
  if (same) {
    const tenbin_desc *y = &p->output[0];
    const int64_t n = tb_desc_elements(y), x = p->range[TENBIN_X], w = p->range[TENBIN_WEIGHT];
    const int64_t widest = x > w ? x : w; /* the plan run again may have taken its twin's weights */
    const size_t bytes = tb_desc_dense_bytes(y);
    char *a = answers(one, kernel, text, bytes), *b = answers(other, others_kernel, text, bytes);
    same = a && b && within(y->dtype, a, b, n, slack(p, x, w)) &&
           within(y->dtype, a + bytes, b + bytes, n, slack(p, widest, widest));
    free(a);
    free(b);
  }
  free(p);
  return same;
}
