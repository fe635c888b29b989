/* The zoo of wrong kernels.
 *
 * SPDX-License-Identifier: MIT */
#include "zoo.h"

#include "columns.h"
#include "data.h"
#include "judge.h"
#include "lens.h"
#include "memory.h"
#include "problem.h"
#include "program.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a row's kernel is: in the plugin that is named as its source, by its id in lower case. */
static void locate(tb_mutant *m, const char *folder, const char *source) {
  char name[160];
  snprintf(name, sizeof name, "%s/%.*s.so", folder, (int)strcspn(source, "."), source);
  tb_beside(name, m->file, sizeof m->file);
  for (size_t i = 0; i < sizeof m->kernel; i++)
    m->kernel[i] = (char)tolower((unsigned char)m->id[i]);
}

/* A row of a table of mutants: id, source, verdict, flag, what, reports. False: it is none, or a right kernel's, or that of one
 * that hangs: to see it do so takes seconds, and a kernel that hangs is not compared with others. */
static bool row(char *line, const char *folder, tb_mutant *m) {
  char source[64], verdict[32];
  line[strcspn(line, "\r\n")] = 0;
  if (*line == '#' || !tb_column(&line, m->id, sizeof m->id) || !tb_column(&line, source, sizeof source) ||
      !tb_column(&line, verdict, sizeof verdict) || !tb_column(&line, m->flag, sizeof m->flag) ||
      !tb_column(&line, m->what, sizeof m->what))
    return false;
  if (!tb_column(&line, m->reports, sizeof m->reports))
    snprintf(m->reports, sizeof m->reports, "-");
  locate(m, folder, source);
  return strcmp(verdict, "passed") != 0 && strcmp(verdict, "timed-out") != 0 && access(m->file, R_OK) == 0;
}

tb_zoo tb_zoo_open(const tb_lens *lens) {
  tb_zoo zoo = {.op = lens ? lens->op : NULL};
  tb_mutant m;
  char path[4096], *line = NULL;
  size_t capacity = 0;
  if (!lens || !lens->table)
    return zoo;
  snprintf(path, sizeof path, "%s/conformance/mutants/%s", tb_data_dir(), lens->table);
  FILE *table = fopen(path, "r");
  while (table && getline(&line, &capacity, table) > 0)
    if (row(line, lens->folder, &m)) {
      zoo.mutant = tb_need(realloc(zoo.mutant, (size_t)(zoo.mutants + 1) * sizeof *zoo.mutant));
      zoo.mutant[zoo.mutants++] = m;
    }
  if (table)
    fclose(table);
  free(line);
  return zoo;
}

void tb_zoo_close(tb_zoo *zoo) {
  free(zoo->mutant);
  *zoo = (tb_zoo){0};
}

/* Cases that mutants were held against, and how many of them show a mistake of the kernel. */
struct evidence {
  int cases, failing;
};

/* Mutants compared with the kernel's signatures of some texts; `same` is taken from those that differ. */
struct trial {
  const tb_zoo *zoo;
  const tb_named *named;
  char *const *text;
  const uint64_t *known; /* as of tb_named, or NULL */
  const bool *fails;     /* whether the kernel does, or NULL: the reference says so */
  int texts;
  uint32_t checks;
  const tb_signature *own; /* where it is not known */
  bool *same;
  atomic_int next;
  atomic_bool failed;
};

/* A mutant and the kernel that it is compared with, each in a worker; the kernel's is started when it is needed. */
struct pair {
  tb_worker mutant, kernel;
  const char *name; /* of the mutant's kernel */
  bool started;
};

static bool start_kernel(struct trial *t, struct pair *w) {
  char message[600];
  if (!w->started)
    w->started = tb_worker_start(&w->kernel, t->named->program, t->named->plugin, message);
  w->kernel.stop = t->named->stop;
  return w->started;
}

/* Whether a mutant answers case i with the kernel's signature, or with the same sums in another order. */
static bool same_answer(struct trial *t, struct pair *w, int i, const tb_signature *theirs) {
  char *text = t->text[i];
  tb_signature own = t->own[i];
  if (t->known && t->known[i]) {
    if (t->known[i] == tb_signature_hash(theirs))
      return true;
    if (!start_kernel(t, w) || !tb_probe(&w->kernel, t->named->kernel, t->checks, &text, 1, NULL, &own))
      return false;
  }
  const tb_likeness likeness = tb_signature_compare(&own, theirs);
  if (likeness != TB_OTHER_BITS)
    return likeness == TB_ALIKE;
  return start_kernel(t, w) && tb_probe_same_sums(&w->kernel, t->named->kernel, &w->mutant, w->name, text);
}

/* Step by step, and in longer and longer steps: most mutants differ at once, and some take seconds over a case. */
static bool answers_as(struct trial *t, struct pair *w) {
  enum { STEP = 64 };
  tb_signature theirs[STEP];
  for (int i = 0, step = 1; i < t->texts; i += step, step = step < STEP ? 2 * step : STEP) {
    const int n = t->texts - i < step ? t->texts - i : step;
    if (!tb_probe(&w->mutant, w->name, t->checks, t->text + i, n, t->own + i, theirs)) {
      atomic_store(&t->failed, true);
      return false;
    }
    for (int k = 0; k < n; k++)
      if (!same_answer(t, w, i + k, &theirs[k]))
        return false;
  }
  return true;
}

/* A worker ends with the thread that started it, so each mutant is started and stopped here. */
static void *try(void *argument) {
  struct trial *t = argument;
  struct pair *w = tb_need(calloc(1, sizeof *w));
  char message[600];
  for (int i; (i = atomic_fetch_add(&t->next, 1)) < t->zoo->mutants && !t->failed;) {
    if (!t->same[i])
      continue;
    t->same[i] = tb_worker_start(&w->mutant, t->named->program, t->zoo->mutant[i].file, message);
    if (!t->same[i])
      continue;
    w->name = t->zoo->mutant[i].kernel;
    w->mutant.stop = t->named->stop;
    t->same[i] = answers_as(t, w);
    tb_worker_stop(&w->mutant);
  }
  if (w->started)
    tb_worker_stop(&w->kernel);
  free(w);
  return NULL;
}

/* The kernel's own signatures, of the texts of which they are not known. Behind many deaths it is asked no more, and what was
 * not run says nothing: t->texts then ends there. */
static bool own_signatures(struct trial *t, tb_worker *w, tb_signature *own) {
  char **text = tb_need(malloc((size_t)(t->texts + 1) * sizeof *text));
  int *index = tb_need(malloc((size_t)(t->texts + 1) * sizeof *index)), n = 0;
  tb_signature *got = tb_need(malloc((size_t)(t->texts + 1) * sizeof *got));
  for (int i = 0; i < t->texts; i++) {
    own[i] = (tb_signature){.outcome = TB_RAN};
    if (t->known && t->known[i])
      continue;
    text[n] = t->text[i];
    index[n++] = i;
  }
  const bool ok = tb_probe(w, t->named->kernel, t->checks, text, n, NULL, got);
  for (int i = 0; ok && i < n; i++) {
    own[index[i]] = got[i];
    if (got[i].outcome == TB_PENDING && index[i] < t->texts)
      t->texts = index[i];
  }
  free(text);
  free(index);
  free(got);
  return ok;
}

/* Whether a kernel's answers are not the reference's: of cases of the grid, whose sums are exact. */
static bool is_wrong(const char *text, const tb_signature *own) {
  tb_case c;
  tb_error error;
  if (own->outcome != TB_RAN)
    return own->outcome != TB_UNSUPPORTED && own->outcome != TB_FAULT;
  if (own->anomalies || !tb_case_parse(text, &c, &error) || c.op->sequence)
    return own->anomalies != 0;
  const tb_case twin = tb_case_twin(&c);
  return !XXH128_isEqual(own->digest[0], tb_reference_digest(&c)) ||
         !XXH128_isEqual(own->digest[1], tb_reference_digest(&twin));
}

static int count(const bool *same, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += same[i];
  return sum;
}

/* The greater of each: trials that follow each other hold the mutants against some of the same cases. */
static void raise_evidence(struct evidence *out, struct evidence e) {
  out->cases = e.cases > out->cases ? e.cases : out->cases;
  out->failing = e.failing > out->failing ? e.failing : out->failing;
}

/* What was tried counts if a mutant stood it. */
static struct evidence evidence_of(const struct trial *t) {
  const bool stood = count(t->same, t->zoo->mutants) > 0;
  struct evidence e = {.cases = t->texts};
  for (int i = 0; stood && i < t->texts; i++)
    e.failing += t->fails ? t->fails[i] : is_wrong(t->text[i], &t->own[i]);
  return e;
}

/* Cases, as of struct trial. */
struct texts {
  char *const *text;
  const uint64_t *known;
  const bool *fails;
  int texts;
};

/* The kernel's own signatures, and then all mutants that are still in question. *tried: as many cases as they were held
 * against, if that is more. */
static bool filter(const tb_zoo *zoo, const tb_named *named, const struct texts *texts, uint32_t checks, bool *same,
                   struct evidence *tried) {
  tb_signature *own = tb_need(malloc((size_t)(texts->texts + 1) * sizeof *own));
  struct trial t = {.zoo = zoo,
                    .named = named,
                    .text = texts->text,
                    .known = texts->known,
                    .fails = texts->fails,
                    .texts = texts->texts,
                    .checks = checks,
                    .own = own,
                    .same = same};
  tb_worker *w = tb_need(malloc(sizeof *w));
  char message[600];
  pthread_t thread[64];
  int threads = 0;
  bool ok = tb_worker_start(w, named->program, named->plugin, message);
  if (ok) {
    w->stop = named->stop;
    ok = own_signatures(&t, w, own);
    tb_worker_stop(w);
  }
  while (ok && threads < named->jobs && threads < 64 && pthread_create(&thread[threads], NULL, try, &t) == 0)
    threads++;
  for (int i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  raise_evidence(tried, evidence_of(&t));
  free(w);
  free(own);
  return ok && threads > 0 && !t.failed;
}

/* A part of the texts, compared with the mutants by a thread of its own. */
struct slice {
  const tb_zoo *zoo;
  tb_named named; /* with texts of its own */
  struct evidence tried;
  bool *fails, *same, ok;
  pthread_t thread;
};

static void *filter_slice(void *argument) {
  struct slice *s = argument;
  const struct texts texts = {s->named.text, s->named.known, s->fails, s->named.texts};
  s->ok = filter(s->zoo, &s->named, &texts, 0, s->same, &s->tried);
  return NULL;
}

/* Every `of`-th text: long cases lie together. */
static void cut(struct slice *s, const tb_zoo *zoo, const tb_named *named, const bool *same, int number, int of) {
  const size_t room = (size_t)named->texts / (size_t)of + 1;
  *s = (struct slice){.zoo = zoo, .named = *named, .same = tb_need(malloc((size_t)zoo->mutants + 1))};
  memcpy(s->same, same, (size_t)zoo->mutants);
  s->named.jobs = 1;
  s->named.text = tb_need(malloc(room * sizeof *s->named.text));
  s->named.known = tb_need(malloc(room * sizeof *s->named.known));
  s->fails = tb_need(malloc(room));
  s->named.texts = 0;
  for (int i = number; i < named->texts; i += of) {
    s->named.text[s->named.texts] = named->text[i];
    s->fails[s->named.texts] = i < named->failing;
    s->named.known[s->named.texts++] = named->known[i];
  }
}

static void free_slice(struct slice *s) {
  free(s->same);
  free(s->named.text);
  free(s->named.known);
  free(s->fails);
}

/* filter() on all texts, for few mutants: shared out by texts, where filter() shares out the mutants. */
static bool filter_all(const tb_zoo *zoo, const tb_named *named, bool *same, struct evidence *tried) {
  enum { MOST = 64 };
  struct slice slice[MOST];
  const int slices = named->jobs < MOST ? named->jobs : MOST;
  bool ok = slices > 0;
  int started = 0;
  struct evidence sum = {0, 0};
  for (; ok && started < slices; started++) {
    cut(&slice[started], zoo, named, same, started, slices);
    ok = pthread_create(&slice[started].thread, NULL, filter_slice, &slice[started]) == 0;
    if (!ok)
      free_slice(&slice[started]);
    started -= !ok;
  }
  for (int i = 0; i < started; i++) {
    pthread_join(slice[i].thread, NULL);
    ok = ok && slice[i].ok;
    sum.cases += slice[i].tried.cases;
    sum.failing += slice[i].tried.failing;
    for (int m = 0; m < zoo->mutants; m++)
      same[m] = same[m] && slice[i].same[m];
    free_slice(&slice[i]);
  }
  raise_evidence(tried, sum);
  return ok;
}

/* `most` of the failing texts and as many of the passing ones, evenly. One that fails comes first, since most mutants answer it
 * otherwise, and the others last, since a kernel that dies of them is soon asked no more. fails: all false. */
static int sample(const tb_named *named, char **out, bool *fails, int most) {
  const int passing = named->texts - named->failing, failing = named->failing < most ? named->failing : most;
  int n = 0;
  for (int i = 0; i < failing; i++) {
    fails[n] = true;
    out[n++] = named->text[(int64_t)i * named->failing / failing];
    for (int k = 0; i == 0 && k < passing && k < most; k++)
      out[n++] = named->text[named->failing + (int64_t)k * passing / (passing < most ? passing : most)];
  }
  return n;
}

/* Blocks of the grid that the quick suite does not have: as many cases as suffice to distinguish mutants that differ anywhere
 * often. */
static char **more_cases(const tb_operator *op, int *texts) {
  enum { MOST = 27200 };
  char message[600], **text = tb_need(calloc(MOST, sizeof *text)), line[TB_TEXT_MAX];
  tb_suite *suite = tb_suite_open("full", (tb_shard){1, 100}, message, sizeof message);
  *texts = 0;
  for (int g = 0; suite && g < suite->groups; g++)
    for (int c = 0; suite->group[g].op == op && suite->group[g].kind == TB_GRID && c < suite->group[g].chunks; c++)
      for (int i = 0; i < suite->group[g].chunk[c].cases && *texts < MOST; i++) {
        tb_chunk_text(&suite->group[g], &suite->group[g].chunk[c], i, line);
        text[(*texts)++] = tb_need(strdup(line));
      }
  tb_suite_close(suite);
  return text;
}

static bool distinguish(const tb_zoo *zoo, const tb_named *named, bool *same, tb_names *out) {
  int texts;
  struct evidence tried = {0, 0};
  char **text = more_cases(zoo->op, &texts);
  const struct texts more = {.text = text, .texts = texts};
  const bool ok = filter(zoo, named, &more, 0, same, &tried);
  out->cases += tried.cases;
  out->failing += tried.failing;
  for (int i = 0; i < texts; i++)
    free(text[i]);
  free(text);
  return ok;
}

bool tb_zoo_name(const tb_zoo *zoo, const tb_named *named, tb_names *out) {
  enum { SAMPLE = 48 };
  char *text[2 * SAMPLE];
  bool fails[2 * SAMPLE] = {false};
  struct evidence tried = {0, 0};
  bool *same = tb_need(malloc((size_t)zoo->mutants + 1));
  memset(same, true, (size_t)zoo->mutants);
  *out = (tb_names){.tried = zoo->mutants};
  const struct texts some = {.text = text, .fails = fails, .texts = sample(named, text, fails, SAMPLE)};
  /* Most mutants differ in plain runs; what needs threads, other input or failing allocations to be seen costs more. */
  bool ok = filter(zoo, named, &some, 0, same, &tried);
  if (ok && count(same, zoo->mutants) > 0)
    ok = filter(zoo, named, &some, TB_CHECK_INPUT | TB_CHECK_THREADS | TB_CHECK_ALLOCATIONS, same, &tried);
  if (ok && count(same, zoo->mutants) > 0 && named->texts > some.texts)
    ok = filter_all(zoo, named, same, &tried);
  out->cases = tried.cases;
  out->failing = tried.failing;
  if (ok && count(same, zoo->mutants) > 1)
    ok = distinguish(zoo, named, same, out);
  for (int i = 0; ok && i < zoo->mutants; i++)
    if (same[i] && out->names++ < TB_NAMES_MAX)
      out->name[out->names - 1] = &zoo->mutant[i];
  free(same);
  return ok;
}
