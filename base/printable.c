/* Texts of plugins, made fit for a line of a terminal and of TAP.
 *
 * SPDX-License-Identifier: MIT */
#include "printable.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool within(uint32_t c, uint32_t least, uint32_t most) {
  return c >= least && c <= most;
}

/* How many bytes a text's first character has; 0: its first byte has to be escaped. */
static size_t plain(const unsigned char *s) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* what fewer bytes could say is invalid */
  const size_t bytes = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
  uint32_t c = bytes < 2 ? s[0] : s[0] & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    if ((s[i] & 0xc0) != 0x80)
      return 0;
    c = c << 6 | (s[i] & 0x3f);
  }
  const bool valid = bytes > 0 && within(c, least[bytes], 0x10ffff) && !within(c, 0xd800, 0xdfff);
  const bool control = c < 0x20 || within(c, 0x7f, 0x9f) || within(c, 0x2028, 0x202e) || within(c, 0x2066, 0x2069);
  return valid && !control ? bytes : 0;
}

static bool copy(char *out, size_t size, const char *text, bool lines) {
  size_t used = 0, cut = 0; /* cut: where ".." still fits */
  while (*text) {
    char escaped[5];
    const size_t bytes = lines && *text == '\n' ? 1 : plain((const unsigned char *)text), room = bytes ? bytes : 4;
    if (used + room >= size) {
      strcpy(out + cut, "..");
      return false;
    }
    snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)(unsigned char)*text);
    memcpy(out + used, bytes ? text : escaped, room);
    used += room;
    text += bytes ? bytes : 1;
    if (used + 3 <= size)
      cut = used;
  }
  out[used] = 0;
  return true;
}

bool tb_printable(char *out, size_t size, const char *text) {
  return copy(out, size, text, false);
}

bool tb_printable_lines(char *out, size_t size, const char *text) {
  return copy(out, size, text, true);
}
