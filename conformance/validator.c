/* The validator held against PyTorch.
 *
 * SPDX-License-Identifier: MIT */
#include "validator.h"

#include "problem.h"

#include <string.h>

static bool same_shape(const tb_list *a, const tb_list *b) {
  return a->length == b->length && memcmp(a->v, b->v, (size_t)a->length * sizeof *a->v) == 0;
}

/* What tenbin says of a case; *y is the shape of the output, where it is accepted. */
static bool accepts(const tb_case *c, tb_list *y, char message[TB_MESSAGE_MAX]) {
  static tb_problem p;
  *y = (tb_list){0};
  if (c->op == TB_CONV_TRANSPOSE2D)
    return tb_conv_check(&c->conv, y, message);
  const bool ok = tb_problem_make(c, &p, message);
  y->length = 1;
  y->v[0] = p.kept;
  return ok;
}

static void reject_point(tb_tap *tap, const tb_suite_case *sc, tb_tally *tally) {
  char message[TB_MESSAGE_MAX] = "accepted";
  tb_list y;
  bool accepted = accepts(sc->c, &y, message);
  bool known = sc->golden && sc->golden->kind == TB_GOLDEN_REJECTED;
  bool ok = known && !accepted && strcmp(message, sc->golden->message) == 0;
  tb_tap_point(tap, ok, sc->text, NULL);
  tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
  if (ok)
    return;
  fprintf(stderr, "validator: %s\n  got:  %s\n  want: %s\n", sc->text, message,
          known ? sc->golden->message : "(no golden answer)");
  tb_tap_yaml_begin(tap);
  tb_tap_yaml(tap, "got", "%s", message);
  tb_tap_yaml(tap, "want", "%s", known ? sc->golden->message : "(no golden answer)");
  tb_tap_yaml_end(tap);
}

void tb_run_validator(tb_tap *tap, const tb_suite *suite, tb_tally *tally) {
  for (int g = 0; g < suite->groups; g++) {
    const tb_suite_group *group = &suite->group[g];
    char name[300];
    if (group->kind > TB_REJECTED || group->listed == 0 || group->list[0].golden == NULL)
      continue;
    snprintf(name, sizeof name, "validator: %s", group->name);
    tb_tap_open(tap, name);
    for (int i = 0; i < group->listed; i++) {
      const tb_suite_case *sc = &group->list[i];
      char message[TB_MESSAGE_MAX];
      tb_list y;
      if (group->kind == TB_REJECTED) {
        reject_point(tap, sc, tally);
        continue;
      }
      bool ok = accepts(sc->c, &y, message) && sc->golden && same_shape(&y, &sc->golden->shape);
      tb_tap_point(tap, ok, sc->text, NULL);
      tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
    }
    tb_tap_close(tap, name);
  }
}
