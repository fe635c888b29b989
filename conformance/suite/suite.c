/* A suite: files of cases and ledgers, joined with the golden data.
 *
 * SPDX-License-Identifier: MIT */
#include "suite.h"

#include "data.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *array, size_t count, size_t each) {
  return tb_need(realloc(array, count * each));
}

static tb_suite *open_golden(const char *name, char *message, size_t size) {
  char dir[4096], file[4200], why[TB_GOLDEN_MESSAGE];
  snprintf(dir, sizeof dir, "%s/golden", tb_data_dir());
  snprintf(file, sizeof file, "%s/MANIFEST", dir);
  const char *manifest = getenv("TENBIN_MANIFEST");
  tb_golden *golden = tb_golden_open(dir, manifest, why);
  if (!golden) {
    snprintf(message, size, "golden data: %s", why);
    tb_data_missing(file, message, size);
    return NULL;
  }
  tb_suite *suite = tb_need(calloc(1, sizeof *suite));
  suite->name = name;
  suite->golden = golden;
  suite->manifest = manifest;
  return suite;
}

static tb_suite_group *add_group(tb_suite *suite, const char *file, const char *name, tb_group_kind kind,
                                 const tb_operator *op) {
  const char *slash = strrchr(file, '/');
  const char *stem = slash ? slash + 1 : file;
  suite->group = grow(suite->group, (size_t)suite->groups + 1, sizeof *suite->group);
  tb_suite_group *group = &suite->group[suite->groups++];
  memset(group, 0, sizeof *group);
  snprintf(group->name, sizeof group->name, "%s/%.*s%s%s", op->name, (int)strcspn(stem, "."), stem, *name ? "/" : "", name);
  group->kind = kind;
  group->op = op;
  return group;
}

/* The share of a text that is kept: 1 of `of`, by its hash. */
static bool chosen(const char *text, int which, int of) {
  return of == 1 || XXH3_64bits(text, strlen(text)) % (unsigned)of == (unsigned)which;
}

/* Another share than that of chosen(), so that the shards of the quick suite are not all the same. */
static bool in_shard(const char *text, tb_shard shard) {
  return shard.shards == 1 || XXH3_64bits_withSeed(text, strlen(text), 1) % (unsigned)shard.shards == (unsigned)shard.shard;
}

static tb_chunk *add_chunk(tb_suite_group *group, int first, int cases) {
  group->chunk = grow(group->chunk, (size_t)group->chunks + 1, sizeof *group->chunk);
  tb_chunk *chunk = &group->chunk[group->chunks++];
  *chunk = (tb_chunk){.first = first, .cases = cases};
  group->cases += cases;
  return chunk;
}

/* Whether a case's answer is looked at as a whole, as soon as it has been run and before the next one is. */
static bool looked_at(const tb_case *c) {
  return c->op->sequence ? c->op->sequence->is_distribution(c) : tb_case_rounds(c);
}

/* Whether PyTorch could be asked when the golden data was exported. */
static bool answerable(const tb_case *c) {
  return !c->op->sequence || c->op->sequence->in_pytorch(c);
}

/* Lists are run in chunks of at most `most` cases. */
static void cut(tb_suite_group *group, int count, int most) {
  for (int i = 0; i < count;) {
    int n = 0;
    const bool single = group->kind == TB_LISTED && (group->heavy || looked_at(group->list[i].c));
    while (i + n < count && n < (single ? 1 : most) && (n == 0 || group->kind != TB_LISTED || !looked_at(group->list[i + n].c)))
      n++;
    add_chunk(group, i, n);
    i += n;
  }
}

/* Each case of a committed file, run or not, has its answer; asked[i] becomes true where answer i is one of them. */
static bool answered(const tb_suite *suite, const tb_case_file *file, bool *asked, char *message, size_t size) {
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *line = &file->line[i];
    const tb_golden_case *golden = tb_golden_find(suite->golden, line->text);
    if (golden)
      asked[golden - tb_golden_at(suite->golden, 0)] = true;
    if (golden || !answerable(&line->c))
      continue;
    snprintf(message, size, "%s:%d: the golden data holds no answer for this case; golden/export/export.py makes it\n  %s",
             file->path, line->line, line->text);
    return false;
  }
  return true;
}

static tb_left_out *left_out(tb_suite *suite, const tb_operator *op) {
  return &suite->left_out[tb_operator_index(op)];
}

/* The cases of a file's group that are of one operator. */
static void add_cases(tb_suite *suite, const tb_case_file *file, int g, const tb_operator *op, bool heavy, tb_shard shard) {
  const tb_case_group *from = &file->group[g];
  tb_suite_group *group = NULL;
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *line = &file->line[i];
    if (line->group != g || line->c.op != op)
      continue;
    if (from->heavy && !heavy) {
      left_out(suite, op)->heavy++;
      continue;
    }
    if (!in_shard(line->text, shard)) {
      left_out(suite, op)->sharded++;
      continue;
    }
    if (!group)
      group = add_group(suite, file->path, from->name, from->reject ? TB_REJECTED : TB_LISTED, op);
    group->heavy = from->heavy;
    group->list = grow(group->list, (size_t)group->listed + 1, sizeof *group->list);
    group->list[group->listed++] =
        (tb_suite_case){&line->c, line->text, line->flags, line->why, tb_golden_find(suite->golden, line->text)};
  }
  if (group)
    cut(group, group->listed, 128);
}

/* The groups of a file, which the suite takes over. */
static void add_file(tb_suite *suite, tb_case_file *file, bool heavy, tb_shard shard) {
  suite->file = grow(suite->file, (size_t)suite->files + 1, sizeof *suite->file);
  suite->file[suite->files++] = file;
  for (int g = 0; g < file->groups; g++)
    for (int i = 0; tb_operator_at(i); i++)
      add_cases(suite, file, g, tb_operator_at(i), heavy, shard);
}

/* Calls take(suite, line, context) for each line of a ledger that is no comment. */
static bool each_line(tb_suite *suite, const char *name, bool (*take)(tb_suite *, const char *, const void *),
                      const void *context, char *message, size_t size) {
  size_t bytes;
  char line[512];
  const char *text = tb_golden_text(suite->golden, name, &bytes);
  if (!text) {
    snprintf(message, size, "golden data: MANIFEST lists no %s", name);
    return false;
  }
  for (size_t at = 0, number = 1; at < bytes; number++) {
    const char *end = memchr(text + at, '\n', bytes - at);
    const size_t length = end ? (size_t)(end - text) - at : bytes - at;
    snprintf(line, sizeof line, "%.*s", length < sizeof line ? (int)length : (int)sizeof line - 1, text + at);
    if (length > 0 && *line != '#' && (strlen(line) != length || !take(suite, line, context))) {
      snprintf(message, size, "golden/%s:%zu: malformed line: %s", name, number, line);
      return false;
    }
    at += length + 1;
  }
  return true;
}

struct selection {
  int of; /* one of so many */
  tb_shard shard;
  const tb_operator *op; /* of a ledger */
  int first;             /* group of the ledger */
};

/* A line of the grid whose groups begin at s->first. */
static bool take_block(tb_suite *suite, const char *line, const void *context) {
  const struct selection *s = context;
  tb_suite_group *group = suite->group;
  tb_grid_block block;
  if (!group || !s->op->grid->parse(line, &block) || s->first + block.group >= suite->groups)
    return false;
  if (!chosen(block.key, 0, s->of))
    left_out(suite, s->op)->sampled += block.cases;
  else if (!in_shard(block.key, s->shard))
    left_out(suite, s->op)->sharded += block.cases;
  else
    add_chunk(&group[s->first + block.group], 0, block.cases)->block = block;
  return true;
}

/* The group of the operator that a descriptor names, the last one if it is of that operator. NULL: there is no such operator.
 */
static tb_suite_group *space_of(tb_suite *suite, const char *text) {
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(text, " "), text);
  const tb_operator *op = tb_operator_find(name);
  tb_suite_group *last = suite->groups ? &suite->group[suite->groups - 1] : NULL;
  if (!op || (last && last->kind == TB_SPACE && last->op == op))
    return op ? last : NULL;
  return add_group(suite, "space", "", TB_SPACE, op);
}

static void space_text(const tb_space_case *one, char text[TB_TEXT_MAX]) {
  snprintf(text, TB_TEXT_MAX, "%s fill=wide-x seed=0", one->text);
}

static bool take_space(tb_suite *suite, const char *line, const void *context) {
  const struct selection *s = context;
  char text[TB_TEXT_MAX];
  tb_space_case one;
  tb_problem problem;
  const char *blank = strrchr(line, ' ');
  tb_suite_group *group = space_of(suite, line);
  if (!group || !blank || (size_t)(blank - line) >= sizeof one.text || !tb_digest_parse(blank + 1, &one.digest))
    return false;
  snprintf(one.text, sizeof one.text, "%.*s", (int)(blank - line), line);
  if (!chosen(one.text, 0, s->of)) {
    left_out(suite, group->op)->sampled++;
    return true;
  }
  if (!in_shard(one.text, s->shard)) {
    left_out(suite, group->op)->sharded++;
    return true;
  }
  space_text(&one, text);
  if (!tb_problem_parse(text, &problem))
    return false;
  if (!(group->spaced & (group->spaced - 1)))
    group->space = grow(group->space, group->spaced ? 2 * (size_t)group->spaced : 1, sizeof *group->space);
  group->space[group->spaced++] = one;
  return true;
}

static bool add_grids(tb_suite *suite, struct selection selection, char *message, size_t size) {
  const tb_operator *op;
  bool ok = true;
  for (int i = 0; ok && (op = tb_operator_at(i)); i++) {
    selection.op = op;
    selection.first = suite->groups;
    for (int g = 0; op->grid && op->grid->group[g]; g++)
      add_group(suite, "grid", op->grid->group[g], TB_GRID, op);
    ok = !op->grid || each_line(suite, op->grid->ledger, take_block, &selection, message, size);
  }
  return ok;
}

static bool add_space(tb_suite *suite, struct selection selection, char *message, size_t size) {
  const int before = suite->groups;
  if (!each_line(suite, "space.ledger", take_space, &selection, message, size))
    return false;
  for (int g = before; g < suite->groups; g++)
    cut(&suite->group[g], suite->group[g].spaced, 500);
  return true;
}

void tb_chunk_text(const tb_suite_group *group, const tb_chunk *chunk, int i, char text[TB_TEXT_MAX]) {
  if (group->kind == TB_GRID) {
    tb_case c;
    group->op->grid->get(&chunk->block, i, &c);
    tb_case_print(&c, text);
  } else if (group->kind == TB_SPACE) {
    space_text(&group->space[chunk->first + i], text);
  } else {
    snprintf(text, TB_TEXT_MAX, "%s", group->list[chunk->first + i].text);
  }
}

int64_t tb_suite_cases(const tb_suite *suite, const char *op) {
  int64_t cases = 0;
  for (int g = 0; g < suite->groups; g++)
    if (suite->group[g].kind != TB_REJECTED && strcmp(suite->group[g].op->name, op) == 0)
      cases += suite->group[g].cases;
  return cases;
}

static tb_suite *checked(tb_suite *suite, bool ok) {
  if (ok)
    return suite;
  tb_suite_close(suite);
  return NULL;
}

/* A committed file of cases, whose heavy groups are left out of the quick suite. */
static bool add_one_committed(tb_suite *suite, const char *name, bool full, bool *asked, tb_shard shard, char *message,
                              size_t size) {
  tb_case_file *file = tb_cases_committed(name, message, size);
  if (!file)
    return false;
  add_file(suite, file, full, shard);
  return answered(suite, file, asked, message, size);
}

static bool add_committed(tb_suite *suite, bool full, bool *asked, tb_shard shard, char *message, size_t size) {
  const tb_operator *op;
  for (int i = 0; (op = tb_operator_at(i)); i++)
    for (const char *const *name = op->files; *name; name++)
      if (!add_one_committed(suite, *name, full, asked, shard, message, size))
        return false;
  for (int i = 0; i < tb_golden_count(suite->golden); i++)
    if (!asked[i]) {
      snprintf(message, size, "golden data: an answer that no committed file of cases asks for; is the case gone?\n  %s",
               tb_golden_at(suite->golden, i)->text);
      return false;
    }
  return true;
}

tb_suite *tb_suite_open(const char *name, tb_shard shard, char *message, size_t size) {
  const bool full = strcmp(name, "full") == 0, grid = strcmp(name, "grid") == 0;
  const struct selection selection = {.of = full || grid ? 1 : 64, .shard = shard};
  tb_suite *suite = open_golden(name, message, size);
  if (!suite)
    return NULL;
  suite->counted = !grid;
  bool *asked = tb_need(calloc((size_t)tb_golden_count(suite->golden), sizeof *asked));
  const bool ok = (grid || add_committed(suite, full, asked, shard, message, size)) &&
                  add_grids(suite, selection, message, size) && (grid || add_space(suite, selection, message, size));
  free(asked);
  return checked(suite, ok);
}

/* A file of one group, for descriptors that come from the command line. */
static tb_case_file *from_texts(const char *const *texts, int count, char *message, size_t size) {
  tb_case_file *file = tb_need(calloc(1, sizeof *file));
  file->path = tb_need(strdup("--case"));
  file->group = tb_need(calloc(1, sizeof *file->group));
  file->line = tb_need(calloc((size_t)count, sizeof *file->line));
  file->groups = 1;
  file->group->name = tb_need(strdup(""));
  file->group->about = tb_need(strdup(""));
  for (int i = 0; i < count; i++) {
    tb_case_line *line = &file->line[file->lines];
    tb_error error;
    char text[TB_TEXT_MAX];
    if (!tb_case_parse(texts[i], &line->c, &error)) {
      tb_error_show(&error, "--case", texts[i], message, size);
      tb_cases_free(file);
      return NULL;
    }
    tb_case_print(&line->c, text);
    line->text = tb_need(strdup(text));
    line->flags = tb_need(strdup(""));
    line->why = tb_need(strdup(""));
    line->line = ++file->lines;
  }
  return file;
}

tb_suite *tb_suite_make(const char *const *files, int file_count, const char *const *texts, int text_count, tb_shard shard,
                        char *message, size_t size) {
  tb_suite *suite = open_golden("", message, size);
  bool ok = suite != NULL;
  for (int i = 0; ok && i < file_count; i++) {
    tb_case_file *file = tb_cases_open(files[i], message, size);
    ok = file != NULL;
    if (ok)
      add_file(suite, file, true, shard);
  }
  if (ok && text_count > 0) {
    tb_case_file *file = from_texts(texts, text_count, message, size);
    ok = file != NULL;
    if (ok)
      add_file(suite, file, true, shard);
  }
  return checked(suite, ok);
}

static void free_group(tb_suite_group *group) {
  free(group->chunk);
  free(group->list);
  free(group->space);
}

void tb_suite_restrict(tb_suite *suite, unsigned operators) {
  int kept = 0;
  for (int i = 0; i < suite->groups; i++)
    if (tb_operator_in(operators, suite->group[i].op)) {
      suite->group[kept++] = suite->group[i];
    } else {
      suite->unchosen += suite->group[i].cases;
      free_group(&suite->group[i]);
    }
  suite->groups = kept;
}

void tb_suite_close(tb_suite *suite) {
  if (!suite)
    return;
  for (int i = 0; i < suite->groups; i++)
    free_group(&suite->group[i]);
  for (int i = 0; i < suite->files; i++)
    tb_cases_free(suite->file[i]);
  free(suite->group);
  free(suite->file);
  tb_golden_close(suite->golden);
  free(suite);
}
