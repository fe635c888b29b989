/* Times in words.
 *
 * SPDX-License-Identifier: MIT */
#include "seconds.h"

#include <stddef.h>
#include <stdio.h>

void tb_seconds(double seconds, char out[TB_SECONDS]) {
  static const struct {
    double size;
    const char *name;
  } unit[] = {{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}, {1, "s"}};
  size_t u = 0;
  while (u + 1 < sizeof unit / sizeof *unit && seconds >= 999.95 * unit[u].size)
    u++;
  const double value = seconds / unit[u].size;
  snprintf(out, TB_SECONDS, "%.*f %s", value < 9.9995 ? 3 : value < 99.995 ? 2 : 1, value, unit[u].name);
}
