/* How a command line names kernels.
 *
 * SPDX-License-Identifier: MIT */
#include "selection.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tb_names_file(const char *word) {
  return strpbrk(word, "/.");
}

bool tb_select(const char *word, tb_selection *out, char message[TB_REGISTRY_MESSAGE]) {
  static const char wanted[] = "NAME, FILE.so or FILE.so:NAME is expected";
  const char *colon = strrchr(word, ':'), *name = "";
  size_t file = tb_names_file(word) ? strlen(word) : 0;
  if (!*word) {
    snprintf(message, TB_REGISTRY_MESSAGE, "'' names no kernel: %s", wanted);
    return false;
  }
  if (file == 0) {
    name = word;
  } else if (colon && !tb_names_file(colon) && access(word, F_OK) != 0) {
    file = (size_t)(colon - word);
    name = colon + 1;
    if (file == 0 || !*name) {
      snprintf(message, TB_REGISTRY_MESSAGE, "'%.400s' names no %s: %s", word, file == 0 ? "file" : "kernel", wanted);
      return false;
    }
  }
  if (file >= sizeof out->file || strlen(name) >= sizeof out->name) {
    snprintf(message, TB_REGISTRY_MESSAGE, "'%.300s..': a file's name has up to %zu bytes, and a kernel's up to %zu", word,
             sizeof out->file - 1, sizeof out->name - 1);
    return false;
  }
  *out = (tb_selection){0};
  memcpy(out->file, word, file);
  strcpy(out->name, name);
  return true;
}
