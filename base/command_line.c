/* The command line of a program or subcommand: its options, by a table.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"

#include "number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 32, NAME_ROOM = 32 };

int tb_usage_error(const char *format, ...) {
  va_list list;
  fprintf(stderr, "%s: ", tb_program_name());
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fprintf(stderr, "\nTry `%s --help`.\n", tb_program_name());
  return TB_EXIT_USAGE;
}

static int unknown(const tb_command *command, const char *word) {
  char name[OPTIONS_MAX + 1][NAME_ROOM];
  const char *known[OPTIONS_MAX + 1];
  for (int i = 0; i <= command->options; i++) {
    snprintf(name[i], sizeof name[i], "--%s", i < command->options ? command->option[i].name : "help");
    known[i] = name[i];
  }
  return tb_unknown(word, known, command->options + 1, "unknown option '%s'", word);
}

/* The option that an argument of `length` characters before any = names, or NULL. */
static const tb_option *find(const tb_command *command, const char *argument, size_t length) {
  for (int i = 0; i < command->options; i++) {
    const char *name = command->option[i].name;
    if (strncmp(argument, "--", 2) == 0 && strlen(name) == length - 2 && memcmp(argument + 2, name, length - 2) == 0)
      return &command->option[i];
  }
  return NULL;
}

static bool has_value(const tb_option *o) {
  return o->text || o->read;
}

/* *before: the value that the option was given before, or NULL. */
static int take(const tb_option *o, const char *value, const char **before) {
  if (!*value)
    return tb_usage_error("--%s: expected %s, got ''", o->name, o->expected);
  if (*before && !o->count)
    return tb_usage_error("--%s is given twice: '%s' and '%s'", o->name, *before, value);
  *before = value;
  if (o->read && !o->read(value, o->value))
    return tb_usage_error("--%s: expected %s, got '%s'", o->name, o->expected, value);
  if (o->count && *o->count == o->most)
    return tb_usage_error("--%s: expected at most %d of them, got one more: '%s'", o->name, o->most, value);
  const int index = o->count ? (*o->count)++ : 0;
  if (o->text)
    o->text[index] = value;
  return TB_EXIT_OK;
}

/* The option in *argument, and its value there or in `next`, which is NULL after the last. *used: arguments that it takes. */
static int read_option(const tb_command *command, const char *argument, const char *next, const char **before, int *used) {
  char word[200];
  const size_t length = strcspn(argument, "=");
  const char *value = argument[length] ? argument + length + 1 : NULL;
  const tb_option *o = find(command, argument, length);
  *used = 1;
  if (!o && value && (strncmp(argument, "--help=", 7) == 0 || strncmp(argument, "-h=", 3) == 0))
    return tb_usage_error("%.*s: expected no value, got '%s'", (int)length, argument, value);
  if (!o) {
    snprintf(word, sizeof word, "%.*s", (int)length, argument);
    return unknown(command, word);
  }
  if (o->given)
    *o->given = true;
  if (!has_value(o))
    return value ? tb_usage_error("--%s: expected no value, got '%s'", o->name, value) : TB_EXIT_OK;
  if (!value && !next)
    return tb_usage_error("--%s: expected %s, got nothing", o->name, o->expected);
  if (!value && strncmp(next, "--", 2) == 0)
    return tb_usage_error("--%s: expected %s, got '%s'", o->name, o->expected, next);
  if (!value)
    *used = 2;
  return take(o, value ? value : next, &before[o - command->option]);
}

/* Moves argv[at] .. argv[at + used - 1] before the `words` arguments that stand there. */
static void move_up(char **argv, int at, int used, int words) {
  char *moved[2];
  memcpy(moved, argv + at, (size_t)used * sizeof *argv);
  memmove(argv + at - words + used, argv + at - words, (size_t)words * sizeof *argv);
  memcpy(argv + at - words, moved, (size_t)used * sizeof *argv);
}

bool tb_command_line(const tb_command *command, int argc, char **argv, int *first, int *code) {
  const char *before[OPTIONS_MAX] = {NULL};
  int words = 0, used;
  bool ended = false;
  if (command->options > OPTIONS_MAX)
    abort();
  *code = TB_EXIT_OK;
  for (int i = 1; i < argc && *code == TB_EXIT_OK; i += used) {
    const char *argument = argv[i];
    used = 1;
    if (!*argument) {
      *code = tb_usage_error("an argument is empty: ''");
    } else if (ended || *argument != '-' || !argument[1]) {
      words++;
      continue;
    } else if (strcmp(argument, "--") == 0) {
      ended = true;
    } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
      fputs(command->usage, stdout);
      return false;
    } else {
      *code = read_option(command, argument, i + 1 < argc ? argv[i + 1] : NULL, before, &used);
    }
    move_up(argv, i, used, words);
  }
  *first = argc - words;
  return *code == TB_EXIT_OK;
}

bool tb_read_integer(const char *text, int least, int most, int *out) {
  int64_t value;
  if (!tb_number_whole(text, text + strlen(text), least, most, &value))
    return false;
  *out = (int)value;
  return true;
}

bool tb_read_decimal(const char *text, double least, double most, double *out) {
  double x;
  if (!tb_number_real(text, text + strlen(text), &x) || !(x >= least && x <= most))
    return false;
  *out = x;
  return true;
}

bool tb_read_threads(const char *text, void *threads) {
  return tb_read_integer(text, 1, TB_THREADS_MAX, threads);
}
