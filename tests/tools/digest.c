/* digest FILE: its XXH3-128 as MANIFEST writes it.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"

#include <stdio.h>

int main(int argc, char **argv) {
  static unsigned char bytes[1 << 24];
  char text[33];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file)
    return 2;
  size_t n = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  tb_digest_print(XXH3_128bits(bytes, n), text);
  puts(text);
  return 0;
}
