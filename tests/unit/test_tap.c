/* The producer of TAP: what it writes, letter by letter.
 *
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

static const char expected[] = "TAP version 13\n"
                               "ok 1 - plain\n"
                               "ok 2 - a \\# in a name # SKIP not here\n"
                               "not ok 3 - known # TODO later\n"
                               "    # Subtest: inner\n"
                               "    not ok 1 - wrong\n"
                               "      ---\n"
                               "      reason: \"a \\\"quote\\\" and a \\x0a break\"\n"
                               "      lines: |\n"
                               "        one\n"
                               "        two?\n"
                               "      ...\n"
                               "    1..1\n"
                               "not ok 4 - inner\n"
                               "    # Subtest: all skipped\n"
                               "    ok 1 - a # SKIP no\n"
                               "    1..1\n"
                               "ok 5 - all skipped # SKIP all of its points\n"
                               "    # Subtest: empty\n"
                               "    1..0\n"
                               "not ok 6 - empty\n"
                               "1..6\n";

int main(void) {
  char *text = NULL;
  size_t size = 0;
  tb_tap tap;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return 1;
  tb_tap_start(&tap, out);
  tb_tap_point(&tap, true, "plain", NULL);
  tb_tap_point(&tap, true, "a # in a name", "SKIP not here");
  tb_tap_point(&tap, false, "known", "TODO later");
  tb_tap_open(&tap, "inner");
  tb_tap_point(&tap, false, "wrong", NULL);
  tb_tap_yaml_begin(&tap);
  tb_tap_yaml(&tap, "reason", "a \"quote\" and a \n break");
  tb_tap_yaml_text(&tap, "lines", "one\ntwo\033");
  tb_tap_yaml_end(&tap);
  bool inner = tb_tap_close(&tap, "inner");
  tb_tap_open(&tap, "all skipped");
  tb_tap_point(&tap, true, "a", "SKIP no");
  bool skipped = tb_tap_close(&tap, "all skipped");
  tb_tap_open(&tap, "empty");
  bool empty = tb_tap_close(&tap, "empty");
  bool all = tb_tap_finish(&tap);
  fclose(out);

  tb_tap_start(&test_tap, stdout);
  check(strcmp(text, expected) == 0, "points, directives, subtests, YAML and plans");
  check(!inner && skipped && !empty && !all, "what the functions say of success");
  tb_tap_start(&tap, stderr);
  FILE *nothing = fopen("/dev/null", "w");
  tap.out = nothing;
  check(!tb_tap_finish(&tap), "a run without points is no success");
  fclose(nothing);
  free(text);
  return finish();
}
