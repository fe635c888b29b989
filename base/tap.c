/* A producer of the Test Anything Protocol.
 *
 * SPDX-License-Identifier: MIT */
#include "tap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void indent(const tb_tap *tap) {
  fprintf(tap->out, "%*s", 4 * tap->depth, "");
}

/* A point's description: # begins a directive, and a line break would end it. */
static void description(const tb_tap *tap, const char *name) {
  for (; *name; name++) {
    if (*name == '#' || *name == '\\')
      putc('\\', tap->out);
    putc(*name == '\n' ? ' ' : *name, tap->out);
  }
}

void tb_tap_start(tb_tap *tap, FILE *out) {
  memset(tap, 0, sizeof *tap);
  tap->out = out;
  fprintf(out, "TAP version 13\n");
}

void tb_tap_point(tb_tap *tap, bool ok, const char *name, const char *directive) {
  bool todo = directive && strncmp(directive, "TODO", 4) == 0;
  indent(tap);
  fprintf(tap->out, "%s %d - ", ok ? "ok" : "not ok", ++tap->level[tap->depth].points);
  description(tap, name);
  if (directive) {
    fprintf(tap->out, " # ");
    description(tap, directive);
  }
  putc('\n', tap->out);
  tap->level[tap->depth].failed += !ok && !todo;
  tap->level[tap->depth].skipped += directive && !todo;
}

void tb_tap_open(tb_tap *tap, const char *name) {
  if (++tap->depth == TB_TAP_DEPTH)
    abort();
  memset(&tap->level[tap->depth], 0, sizeof tap->level[0]);
  tb_tap_comment(tap, "Subtest: %s", name);
}

static bool plan(tb_tap *tap) {
  indent(tap);
  fprintf(tap->out, "1..%d\n", tap->level[tap->depth].points);
  return tap->level[tap->depth].points > 0 && tap->level[tap->depth].failed == 0;
}

bool tb_tap_close(tb_tap *tap, const char *name) {
  bool ok = plan(tap);
  bool skipped = tap->level[tap->depth].points > 0 && tap->level[tap->depth].skipped == tap->level[tap->depth].points;
  tap->depth--;
  tb_tap_point(tap, ok, name, ok && skipped ? "SKIP all of its points" : NULL);
  fflush(tap->out);
  return ok;
}

void tb_tap_yaml_begin(tb_tap *tap) {
  indent(tap);
  fprintf(tap->out, "  ---\n");
}

static void quoted(const tb_tap *tap, const char *format, va_list list) {
  char text[4096];
  vsnprintf(text, sizeof text, format, list);
  putc('"', tap->out);
  for (const char *s = text; *s; s++) {
    if (*s == '"' || *s == '\\')
      putc('\\', tap->out);
    if ((unsigned char)*s < ' ')
      fprintf(tap->out, "\\x%02x", (unsigned)(unsigned char)*s);
    else
      putc(*s, tap->out);
  }
  fputs("\"\n", tap->out);
}

void tb_tap_yaml(tb_tap *tap, const char *key, const char *format, ...) {
  va_list list;
  va_start(list, format);
  indent(tap);
  fprintf(tap->out, "  %s: ", key);
  quoted(tap, format, list);
  va_end(list);
}

void tb_tap_yaml_list(tb_tap *tap, const char *key) {
  indent(tap);
  fprintf(tap->out, "  %s:\n", key);
}

void tb_tap_yaml_item(tb_tap *tap, const char *format, ...) {
  va_list list;
  va_start(list, format);
  indent(tap);
  fputs("    - ", tap->out);
  quoted(tap, format, list);
  va_end(list);
}

void tb_tap_yaml_text(tb_tap *tap, const char *key, const char *text) {
  indent(tap);
  fprintf(tap->out, "  %s: |\n", key);
  while (*text) {
    int length = (int)strcspn(text, "\n");
    indent(tap);
    fprintf(tap->out, "    ");
    for (int i = 0; i < length; i++)
      putc((unsigned char)text[i] < ' ' || text[i] == 127 ? '?' : text[i], tap->out);
    putc('\n', tap->out);
    text += length + (text[length] == '\n');
  }
}

void tb_tap_yaml_end(tb_tap *tap) {
  indent(tap);
  fprintf(tap->out, "  ...\n");
}

void tb_tap_comment(tb_tap *tap, const char *format, ...) {
  va_list list;
  indent(tap);
  fprintf(tap->out, "# ");
  va_start(list, format);
  vfprintf(tap->out, format, list);
  va_end(list);
  putc('\n', tap->out);
}

void tb_tap_bail(tb_tap *tap, const char *why) {
  fprintf(tap->out, "Bail out! %s\n", why);
  fflush(tap->out);
}

bool tb_tap_finish(tb_tap *tap) {
  bool ok = plan(tap);
  fflush(tap->out);
  return ok;
}
