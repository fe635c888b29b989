/* A canvas of characters for the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "canvas.h"

#include "memory.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What stands for each character where there is no Unicode. */
static const struct {
  uint16_t code;
  char ascii;
} substitutes[] = {
    {0x2500, '-'}, /* ─ */
    {0x2502, '|'}, /* │ */
    {0x250c, '+'}, /* ┌ */
    {0x2510, '+'}, /* ┐ */
    {0x2514, '+'}, /* └ */
    {0x2518, '+'}, /* ┘ */
    {0x251c, '+'}, /* ├ */
    {0x2524, '+'}, /* ┤ */
    {0x252c, '+'}, /* ┬ */
    {0x2534, '+'}, /* ┴ */
    {0x253c, '+'}, /* ┼ */
    {0x2504, '-'}, /* ┄ */
    {0x2506, ':'}, /* ┆ */
    {0x00b7, '.'}, /* · */
    {0x25a0, '#'}, /* ■ */
    {0x25cf, '@'}, /* ● */
    {0x2026, '~'}, /* … */
};

static char ascii(uint16_t code) {
  if (code < 128)
    return code ? (char)code : ' ';
  for (size_t i = 0; i < sizeof substitutes / sizeof *substitutes; i++)
    if (substitutes[i].code == code)
      return substitutes[i].ascii;
  return '?';
}

/* The next character of UTF-8 of at most three bytes. */
static uint16_t decode(const char **text) {
  const unsigned char *s = (const unsigned char *)*text;
  if (s[0] >= 0xe0 && s[1] && s[2]) {
    *text += 3;
    return (uint16_t)((s[0] & 15) << 12 | (s[1] & 63) << 6 | (s[2] & 63));
  }
  if (s[0] >= 0xc0 && s[1]) {
    *text += 2;
    return (uint16_t)((s[0] & 31) << 6 | (s[1] & 63));
  }
  *text += 1;
  return s[0];
}

static void grow(tb_canvas *c, int lines) {
  if (lines <= c->lines)
    return;
  c->line = tb_need(realloc(c->line, (size_t)lines * sizeof *c->line));
  memset(c->line + c->lines, 0, (size_t)(lines - c->lines) * sizeof *c->line);
  c->lines = lines;
}

void tb_canvas_put(tb_canvas *c, int line, int column, tb_style style, const char *text) {
  grow(c, line + 1);
  for (; *text; column++) {
    const uint16_t code = decode(&text);
    if (code != ' ' && column >= 0 && column < TB_CANVAS_COLUMNS)
      c->line[line][column] = (tb_canvas_cell){code, (unsigned char)style};
  }
}

/* Where the bracket that opens at s closes; s where it does not soon. */
static const char *closing(const char *s) {
  enum { SOON = 32 };
  int depth = 0;
  for (int i = 0; i < SOON && s[i]; i++) {
    depth += (s[i] == '(') - (s[i] == ')');
    if (depth == 0)
      return s + i;
  }
  return s;
}

/* The bytes and columns of the next word. What stands in short brackets, such as (3 - 1), is not broken. */
static void word(const char *text, int room, int *bytes, int *columns) {
  const char *close = text, *s = text;
  for (*columns = 0; *s && (*s != ' ' || s < close) && *columns < room; s++) {
    if (*s == '(' && closing(s) > close)
      close = closing(s);
    *columns += (*s & 0xc0) != 0x80;
  }
  while ((*s & 0xc0) == 0x80)
    s++;
  *bytes = (int)(s - text);
}

void tb_canvas_paragraph(tb_canvas *c, int indent, int hang, tb_style style, const char *text) {
  const int room = TB_CANVAS_COLUMNS - indent - hang;
  int line = c->lines, column = indent;
  grow(c, line + 1);
  for (bool first = true; *(text += strspn(text, " ")); first = false) {
    char copy[4 * TB_CANVAS_COLUMNS];
    int bytes, columns;
    word(text, room, &bytes, &columns);
    if (!first && column + 1 + columns > TB_CANVAS_COLUMNS) {
      line++;
      column = indent + hang;
    } else
      column += !first;
    snprintf(copy, sizeof copy, "%.*s", bytes, text);
    tb_canvas_put(c, line, column, style, copy);
    column += columns;
    text += bytes;
  }
}

void tb_canvas_print(tb_canvas *c, int indent, const char *format, ...) {
  char text[1000];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  tb_canvas_paragraph(c, indent, 0, TB_PLAIN, text);
}

bool tb_canvas_same(const tb_canvas *c, int line, int column, int other, int width) {
  bool same = true;
  for (int i = line; i < c->lines; i++)
    for (int k = 0; k < width; k++)
      same = same && c->line[i][column + k].code == c->line[i][other + k].code;
  return same;
}

void tb_canvas_clear(tb_canvas *c, int line, int column, int width) {
  for (int i = line; i < c->lines; i++)
    memset(&c->line[i][column], 0, (size_t)width * sizeof **c->line);
}

bool tb_canvas_unicode(void) {
  return setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool tb_canvas_colour(void) {
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
  return isatty(STDOUT_FILENO) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

static void write_code(FILE *out, uint16_t code, bool unicode) {
  if (code < 128 || !unicode)
    fputc(ascii(code), out);
  else if (code < 0x800)
    fprintf(out, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 63));
  else
    fprintf(out, "%c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 63), 0x80 | (code & 63));
}

void tb_canvas_finish(tb_canvas *c, FILE *out, bool unicode, bool colour) {
  static const char *const escapes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[1;36m"};
  for (int i = 0; i < c->lines; i++) {
    int end = TB_CANVAS_COLUMNS, style = TB_PLAIN;
    while (end > 0 && !c->line[i][end - 1].code)
      end--;
    for (int k = 0; k < end; k++) {
      const tb_canvas_cell *cell = &c->line[i][k];
      if (colour && cell->code && cell->style != style) {
        fprintf(out, "%s%s", style ? escapes[TB_PLAIN] : "", cell->style ? escapes[cell->style] : "");
        style = cell->style;
      }
      write_code(out, cell->code, unicode);
    }
    fputs(style ? "\033[0m\n" : "\n", out);
  }
  free(c->line);
  *c = (tb_canvas){0};
}
