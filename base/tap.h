/* A producer of the Test Anything Protocol: version 13 on its first line, with the subtests of version 14 in its body.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TAP_H
#define TB_TAP_H

#include <stdbool.h>
#include <stdio.h>

#define TB_TAP_DEPTH 4

typedef struct tb_tap {
  FILE *out;
  int depth;
  struct {
    int points, failed, skipped;
  } level[TB_TAP_DEPTH];
} tb_tap;

/* Writes the version line. */
void tb_tap_start(tb_tap *tap, FILE *out);

/* One point. directive is NULL, "SKIP reason" or "TODO reason"; a point that is not ok counts as failed unless it is TODO. */
void tb_tap_point(tb_tap *tap, bool ok, const char *name, const char *directive);

/* A subtest: its points, and then its own point in the level above, which is ok if none of them failed. A subtest whose points
 * are all skipped is skipped, and one without points has failed. */
void tb_tap_open(tb_tap *tap, const char *name);
bool tb_tap_close(tb_tap *tap, const char *name);

/* Under a point: a YAML block of keys with quoted strings, or with literal text of several lines. */
void tb_tap_yaml_begin(tb_tap *tap);
__attribute__((format(printf, 3, 4))) void tb_tap_yaml(tb_tap *tap, const char *key, const char *format, ...);
void tb_tap_yaml_text(tb_tap *tap, const char *key, const char *text);
/* A key whose value is a list, and its items. */
void tb_tap_yaml_list(tb_tap *tap, const char *key);
__attribute__((format(printf, 2, 3))) void tb_tap_yaml_item(tb_tap *tap, const char *format, ...);
void tb_tap_yaml_end(tb_tap *tap);

__attribute__((format(printf, 2, 3))) void tb_tap_comment(tb_tap *tap, const char *format, ...);

/* The whole run ends early. */
void tb_tap_bail(tb_tap *tap, const char *why);

/* Writes the plan. True: there were points, and none failed. */
bool tb_tap_finish(tb_tap *tap);

#endif
