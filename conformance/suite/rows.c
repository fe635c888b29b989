/* The results of a run as rows: tenbin-check-1.
 *
 * SPDX-License-Identifier: MIT */
#include "rows.h"

#include "descriptor.h"
#include "digest.h"
#include "dtype.h"
#include "manifest.h"
#include "memory.h"
#include "operator.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define SCHEMA "tenbin-check-1"
#define DIGEST_TEXT 33 /* 32 hexadecimal digits and the end */

static const char header[] =
    "schema,kernel,library,suite,suite_digest,golden_digest,kernel_digest,group,operator,direction,dtype,"
    "layout,region,claim,verdict,count,first_case,reason";

/* Cases that agree in these. */
struct key {
  const tb_suite_group *group;
  int kernel;
  int32_t dtype, claim, verdict;
  const char *layout;
  char region[200];
};

struct row {
  struct key key;
  int64_t count;
  char *first, *reason;
};

struct kernel {
  char name[TB_KERNEL_NAME], library[sizeof((tb_kernel_info *)0)->library], digest[DIGEST_TEXT];
};

struct tb_rows {
  tb_csv *csv;
  const tb_suite *suite;
  char suite_digest[DIGEST_TEXT];
  int kernels, rows;
  struct kernel *kernel;
  struct row *row;
  int *slot; /* a table of slots + 1, at the hash of a key: a row's number + 1, or 0; at most half of it is taken */
  size_t slots;
};

/* Of all cases, also of those that another shard runs. */
static void digest_suite(const tb_suite *suite, char out[DIGEST_TEXT]) {
  XXH3_state_t *state = tb_need(XXH3_createState());
  XXH3_128bits_reset(state);
  for (int i = 0; i < suite->files; i++)
    for (int k = 0; k < suite->file[i]->lines; k++)
      XXH3_128bits_update(state, suite->file[i]->line[k].text, strlen(suite->file[i]->line[k].text) + 1);
  tb_digest_print(XXH3_128bits_digest(state), out);
  XXH3_freeState(state);
}

/* Of a file's bytes; empty where it cannot be read. */
static void digest_file(const char *path, char out[DIGEST_TEXT]) {
  FILE *file = fopen(path, "rb");
  char bytes[16384];
  *out = 0;
  if (!file)
    return;
  XXH3_state_t *state = tb_need(XXH3_createState());
  XXH3_128bits_reset(state);
  for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
    XXH3_128bits_update(state, bytes, n);
  if (!ferror(file))
    tb_digest_print(XXH3_128bits_digest(state), out);
  XXH3_freeState(state);
  fclose(file);
}

tb_rows *tb_rows_open(const char *path, const tb_suite *suite) {
  tb_csv *csv = tb_csv_open(path, header);
  if (!csv)
    return NULL;
  tb_rows *rows = tb_need(calloc(1, sizeof *rows));
  *rows = (tb_rows){.csv = csv, .suite = suite};
  digest_suite(suite, rows->suite_digest);
  return rows;
}

tb_outfile *tb_rows_file(const tb_rows *rows) {
  return rows ? tb_csv_file(rows->csv) : NULL;
}

void tb_rows_kernel(tb_rows *rows, const tb_kernel_info *kernel, const char *file) {
  if (!rows)
    return;
  rows->kernel = tb_need(realloc(rows->kernel, ((size_t)rows->kernels + 1) * sizeof *rows->kernel));
  struct kernel *k = &rows->kernel[rows->kernels++];
  snprintf(k->name, sizeof k->name, "%s", kernel->name);
  snprintf(k->library, sizeof k->library, "%s", kernel->library);
  digest_file(file, k->digest);
}

static size_t hash(const struct key *key) {
  return (size_t)XXH3_64bits(key, sizeof *key);
}

static void grow_table(tb_rows *rows) {
  rows->slots = rows->slots ? 2 * rows->slots : 1024;
  free(rows->slot);
  rows->slot = tb_need(calloc(rows->slots, sizeof *rows->slot));
  for (int i = 0; i < rows->rows; i++) {
    size_t at = hash(&rows->row[i].key) % rows->slots;
    while (rows->slot[at])
      at = (at + 1) % rows->slots;
    rows->slot[at] = i + 1;
  }
  rows->row = tb_need(realloc(rows->row, rows->slots / 2 * sizeof *rows->row));
}

/* The row of a key, which is added where it is new. */
static struct row *find(tb_rows *rows, const struct key *key) {
  if ((size_t)rows->rows >= rows->slots / 2)
    grow_table(rows);
  size_t at = hash(key) % rows->slots;
  while (rows->slot[at] && memcmp(&rows->row[rows->slot[at] - 1].key, key, sizeof *key) != 0)
    at = (at + 1) % rows->slots;
  if (!rows->slot[at]) {
    rows->row[rows->rows] = (struct row){.key = *key};
    rows->slot[at] = ++rows->rows;
  }
  return &rows->row[rows->slot[at] - 1];
}

static const char *reason_of(const tb_case_result *r) {
  return r->why                                    ? r->why
         : r->judgement && r->judgement->reason[0] ? r->judgement->reason
         : r->judgement                            ? r->judgement->note
                                                   : "";
}

void tb_rows_take(tb_rows *rows, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  for (int i = 0; rows && i < chunk->cases; i++) {
    const tb_case_result *r = &results[i];
    char text[TB_TEXT_MAX];
    struct key key; /* compared and hashed as bytes */
    tb_case c;
    tb_error error;
    memset(&key, 0, sizeof key);
    tb_chunk_text(group, chunk, i, text);
    if (!tb_case_parse(text, &c, &error))
      abort();
    key.group = group;
    key.kernel = rows->kernels - 1;
    key.dtype = c.dtype;
    key.layout = tb_case_layout(&c);
    key.claim = r->claim;
    key.verdict = (int32_t)r->verdict;
    tb_case_region(&c, key.region, sizeof key.region);
    struct row *row = find(rows, &key);
    if (row->count++ == 0) {
      row->first = tb_need(strdup(text));
      row->reason = tb_need(strdup(reason_of(r)));
    }
  }
}

/* conv_transpose2d.backward_weights is the direction backward_weights of conv_transpose2d. */
static void add_operator(tb_csv *csv, const tb_operator *op) {
  const char *dot = strchr(op->name, '.');
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)(dot ? dot - op->name : (long)strlen(op->name)), op->name);
  tb_csv_text(csv, name);
  tb_csv_text(csv, dot ? dot + 1 : "forward");
}

static void add_row(const tb_rows *rows, const struct row *row) {
  static const char *const claims[] = {[TENBIN_EXACT] = "exact",
                                       [TENBIN_BOUNDED] = "bounded",
                                       [TENBIN_STREAM] = "stream",
                                       [TENBIN_DISTRIBUTION] = "distribution",
                                       [TENBIN_STREAM_ROUNDED] = "stream_rounded"};
  const struct kernel *kernel = &rows->kernel[row->key.kernel];
  const tb_operator *op = row->key.group->op;
  const int32_t claim = row->key.claim;
  const char *const before[] = {SCHEMA,
                                kernel->name,
                                kernel->library,
                                rows->suite->name,
                                rows->suite_digest,
                                rows->suite->manifest ? rows->suite->manifest : TB_MANIFEST_DIGEST,
                                kernel->digest,
                                row->key.group->name};
  const char *const after[] = {tb_dtype_name(row->key.dtype), row->key.layout, row->key.region,
                               claim > 0 && claim < (int32_t)(sizeof claims / sizeof *claims) ? claims[claim] : "",
                               tb_verdict_name((tb_verdict)row->key.verdict)};
  tb_csv_texts(rows->csv, before, sizeof before / sizeof *before);
  add_operator(rows->csv, op);
  tb_csv_texts(rows->csv, after, sizeof after / sizeof *after);
  tb_csv_integer(rows->csv, row->count);
  tb_csv_text(rows->csv, row->first);
  tb_csv_text(rows->csv, row->reason);
  tb_csv_end_row(rows->csv);
}

bool tb_rows_write(tb_rows *rows) {
  for (int i = 0; rows && i < rows->rows; i++)
    add_row(rows, &rows->row[i]);
  return !rows || tb_csv_write(rows->csv);
}

void tb_rows_close(tb_rows *rows) {
  if (!rows)
    return;
  for (int i = 0; i < rows->rows; i++) {
    free(rows->row[i].first);
    free(rows->row[i].reason);
  }
  tb_csv_close(rows->csv);
  free(rows->row);
  free(rows->slot);
  free(rows->kernel);
  free(rows);
}
