/* The validator, compared with PyTorch.
 *
 * SPDX-License-Identifier: MIT */
#include "validator.h"

#include "problem.h"

#include <string.h>

static bool same_shape(const tb_list *a, const tb_list *b) {
  return a->length == b->length && memcmp(a->v, b->v, (size_t)a->length * sizeof *a->v) == 0;
}

/* Whether tenbin accepts a case. *y: the shape of the output, or of all that is drawn. */
static bool accepts(const tb_case *c, tb_list *y, char message[TB_MESSAGE_MAX]) {
  static tb_problem p;
  *y = (tb_list){0};
  if (!tb_problem_make(c, &p, message))
    return false;
  const tenbin_desc *desc = &p.output[0];
  *y = (tb_list){.length = desc->rank};
  memcpy(y->v, desc->size, (size_t)desc->rank * sizeof *desc->size);
  if (c->op->sequence)
    *y = (tb_list){1, {p.kept}};
  return true;
}

/* A case that PyTorch rejects: by its message, where the golden data has it. */
static void reject_point(tb_tap *tap, const tb_suite_case *sc, tb_tally *tally) {
  const char *want = "a rejection; the golden data does not say by which message";
  char message[TB_MESSAGE_MAX] = "accepted";
  tb_list y;
  const bool rejected = !accepts(sc->c, &y, message);
  bool ok = rejected;
  if (sc->golden && sc->golden->kind == TB_GOLDEN_REJECTED) {
    want = sc->golden->message;
    ok = rejected && strcmp(message, want) == 0;
  } else if (sc->golden) {
    want = "PyTorch accepts this case";
    ok = false;
  }
  tb_tap_point(tap, ok, sc->text, NULL);
  tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
  if (ok && !sc->golden)
    tb_texts_count(&tally->notes, "rejected by tenbin's rules: there is no golden answer");
  if (ok)
    return;
  fprintf(stderr, "validator: %s\n  got:  %s\n  want: %s\n", sc->text, message, want);
  tb_tap_yaml_begin(tap);
  tb_tap_yaml(tap, "got", "%s", message);
  tb_tap_yaml(tap, "want", "%s", want);
  tb_tap_yaml_end(tap);
}

/* Whether the validator checks a case: all rejected ones, and others whose shape PyTorch has given. */
static bool concerns(const tb_suite_group *group, int i) {
  return group->kind == TB_REJECTED || (group->kind == TB_LISTED && group->list[i].golden);
}

void tb_run_validator(tb_tap *tap, const tb_suite *suite, tb_tally *tally) {
  for (int g = 0; g < suite->groups; g++) {
    const tb_suite_group *group = &suite->group[g];
    char name[300];
    int points = 0;
    snprintf(name, sizeof name, "validator: %s", group->name);
    for (int i = 0; i < group->listed; i++) {
      const tb_suite_case *sc = &group->list[i];
      char message[TB_MESSAGE_MAX];
      tb_list y;
      if (!concerns(group, i))
        continue;
      if (points++ == 0)
        tb_tap_open(tap, name);
      if (group->kind == TB_REJECTED) {
        reject_point(tap, sc, tally);
        continue;
      }
      bool ok = accepts(sc->c, &y, message) && same_shape(&y, &sc->golden->shape);
      tb_tap_point(tap, ok, sc->text, NULL);
      tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
    }
    if (points > 0)
      tb_tap_close(tap, name);
  }
}
