/* Formulas in words.
 *
 * SPDX-License-Identifier: MIT */
#include "condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
  char *out;
  size_t size, at;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *format, ...) {
  va_list list;
  if (t->at + 1 >= t->size)
    return;
  va_start(list, format);
  const int n = vsnprintf(t->out + t->at, t->size - t->at, format, list);
  va_end(list);
  t->at += n > 0 ? (size_t)n : 0;
}

/* A name with its place holders filled in for the height, the width, or no axis in particular. */
static void append_name(struct text *t, const char *name, tb_scope scope) {
  static const char *const words[3][3] = {{"_h", "_w", ""}, {"rows", "columns", "lines"}, {"row", "column", "line"}};
  const int axis = scope == TB_HEIGHT ? 0 : scope == TB_WIDTH ? 1 : 2;
  for (const char *c = name; *c; c++) {
    const char *holder = strchr("@#$", *c);
    if (holder)
      append(t, "%s", words[holder - "@#$"][axis]);
    else
      append(t, "%c", *c);
  }
}

/* The smaller of two quantities is spoken of last. */
static void append_pair(struct text *t, const tb_condition *c) {
  static const char *const relations[] = {"=", "!=", ">", ">=", ">", ">="};
  const tb_quantity_text *texts = tb_quantity_texts();
  const bool turned = c->relation == TB_AT_MOST || c->relation == TB_BELOW, cross = c->scope == TB_CROSS;
  append_name(t, texts[turned ? c->other : c->quantity].name, cross ? (turned ? TB_WIDTH : TB_HEIGHT) : c->scope);
  append(t, " %s ", relations[c->relation]);
  append_name(t, texts[turned ? c->quantity : c->other].name, cross ? (turned ? TB_HEIGHT : TB_WIDTH) : c->scope);
}

static void append_condition(struct text *t, const tb_condition *c) {
  static const char *const relations[] = {"=", "!=", ">", "<="};
  const tb_quantity_text *text = &tb_quantity_texts()[c->quantity];
  if (text->otherwise) {
    append_name(t, c->relation == TB_UNEQUAL ? text->name : text->otherwise, c->quantity == TB_Q_REACHED ? TB_WHOLE : c->scope);
  } else if (c->other == TB_Q_ALL) {
    append_name(t, text->name, c->scope);
    append(t, " %s %d", relations[c->relation], c->constant);
  } else {
    append_pair(t, c);
  }
  if (c->scope == TB_EITHER || c->scope == TB_BOTH)
    append(t, c->scope == TB_EITHER ? " on either axis" : " on both axes");
}

static void append_part(struct text *t, const tb_part *part, bool brackets) {
  brackets = brackets && part->conditions > 1;
  append(t, "%s%s", brackets ? "(" : "", part->over == TB_EACH_AXIS ? "on each axis " : "");
  for (int i = 0; i < part->conditions; i++) {
    append(t, "%s", i == 0 ? "" : part->any ? " or " : " and ");
    append_condition(t, &part->condition[i]);
  }
  append(t, "%s%s", part->over == TB_SOME_AXIS ? " on the same axis" : "", brackets ? ")" : "");
}

void tb_formula_print(const tb_formula *f, char *out, size_t size) {
  struct text t = {out, size, 0};
  *out = 0;
  append(&t, "%s", f->over == TB_EACH_AXIS ? "on each axis " : "");
  for (int i = 0; i < f->parts; i++) {
    append(&t, "%s", i == 0 ? "" : f->any ? " or " : " and ");
    append_part(&t, &f->part[i], f->parts > 1);
  }
  append(&t, "%s", f->over == TB_SOME_AXIS ? " on the same axis" : "");
}

void tb_formula_note(const tb_formula *f, char *out, size_t size) {
  struct text t = {out, size, 0};
  *out = 0;
  for (int i = 0; i < f->parts; i++)
    for (int j = 0; j < f->part[i].conditions; j++) {
      const tb_condition *c = &f->part[i].condition[j];
      const char *notes[] = {tb_quantity_texts()[c->quantity].note,
                             c->other < TB_Q_ALL ? tb_quantity_texts()[c->other].note : NULL};
      for (int n = 0; n < 2; n++)
        if (notes[n] && !strstr(out, notes[n]))
          append(&t, "%s%s", t.at > 0 ? "; " : "", notes[n]);
    }
}
