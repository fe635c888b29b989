/* What the unit tests share: points of TAP from C.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TEST_H
#define TB_TEST_H

#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

static tb_tap test_tap;

__attribute__((format(printf, 2, 3))) static inline bool check(bool ok, const char *format, ...) {
  char name[1000];
  va_list list;
  va_start(list, format);
  vsnprintf(name, sizeof name, format, list);
  va_end(list);
  tb_tap_point(&test_tap, ok, name, NULL);
  return ok;
}

static inline int finish(void) {
  return tb_tap_finish(&test_tap) ? 0 : 1;
}

#endif
