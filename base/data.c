/* The folder of tenbin's data.
 *
 * SPDX-License-Identifier: MIT */
#include "data.h"

#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "TENBIN_DATA"

static const char *named(void) {
  const char *folder = getenv(VARIABLE);
  return folder && *folder ? folder : NULL;
}

/* Where `cmake --install` puts it: PREFIX/share/tenbin for a program PREFIX/bin/PROGRAM. */
static const char *installed(void) {
  static char folder[4096];
  tb_beside("", folder, sizeof folder);
  for (int i = 0; i < 2; i++) {
    char *slash = strrchr(folder, '/');
    if (slash)
      *slash = 0;
  }
  strncat(folder, "/share/tenbin", sizeof folder - strlen(folder) - 1);
  return folder;
}

static bool there(const char *path) {
  return access(path, F_OK) == 0;
}

const char *tb_data_dir(void) {
  const char *folder = named();
  if (folder)
    return folder;
  folder = installed();
  return there(folder) ? folder : TENBIN_DATA_DIR;
}

void tb_data_missing(const char *path, char *message, size_t size) {
  const size_t used = strlen(message);
  if (there(path) || used >= size)
    return;
  if (named())
    snprintf(message + used, size - used, "\n  (looked in %s, which --data or " VARIABLE " names)", named());
  else
    snprintf(message + used, size - used,
             "\n  (looked in %s%s%s; --data DIR or the variable " VARIABLE " names another folder)", installed(),
             there(installed()) ? "" : ", which is not there, and in ", there(installed()) ? "" : TENBIN_DATA_DIR);
}

bool tb_read_data(const char *text, void *nothing) {
  (void)nothing;
  return setenv(VARIABLE, text, 1) == 0;
}
