/* The options of a subcommand, by a table.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"

#include "number.h"
#include "program.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 24, FIRST = 256, HELP = FIRST + OPTIONS_MAX };

int tb_refuse(const tb_command *command, const char *format, ...) {
  va_list list;
  fprintf(stderr, "%s: ", command->name);
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fprintf(stderr, "\nTry `%s --help`.\n", command->name);
  return TB_EXIT_USAGE;
}

bool tb_whole(const char *text, const char *end, int least, int most, int *out) {
  int64_t value;
  if (!tb_number_whole(text, end, least, most, &value))
    return false;
  *out = (int)value;
  return true;
}

/* 0, or an exit code. */
static int take(const tb_command *command, const tb_option *o, bool again, const char *argument) {
  if (o->given)
    *o->given = true;
  if (argument && !*argument)
    return tb_refuse(command, "--%s: the argument is empty", o->name);
  if (argument && !o->count && again)
    return tb_refuse(command, "--%s is given twice, the second time with '%s'", o->name, argument);
  if (o->read && !o->read(argument, o->value))
    return tb_refuse(command, "--%s wants %s, not '%s'", o->name, o->wants, argument);
  if (o->count && *o->count == o->most)
    return tb_refuse(command, "too many of --%s: at most %d are taken", o->name, o->most);
  if (o->text)
    o->text[o->count ? (*o->count)++ : 0] = argument;
  return 0;
}

int tb_command_line(const tb_command *command, const tb_option *option, int options, int argc, char **argv) {
  struct option table[OPTIONS_MAX + 2] = {{0}};
  bool seen[OPTIONS_MAX] = {false};
  for (int i = 0; i < options; i++)
    table[i] = (struct option){option[i].name, option[i].text || option[i].read, NULL, FIRST + i};
  table[options] = (struct option){"help", no_argument, NULL, HELP};
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    if (c == HELP) {
      fputs(command->usage, stdout);
      return 1 + TB_EXIT_OK;
    }
    const char *word = argv[optind - 1];
    const int code = c == ':'    ? tb_refuse(command, "%s wants an argument", word)
                     : c < FIRST ? tb_refuse(command, "unknown or ambiguous option %s", word)
                                 : take(command, &option[c - FIRST], seen[c - FIRST], optarg);
    if (code)
      return 1 + code;
    seen[c - FIRST] = true;
  }
  for (int i = optind; i < argc; i++)
    if (!*argv[i])
      return 1 + tb_refuse(command, "an argument is empty: ''");
  return 0;
}

bool tb_read_threads(const char *text, int *out) {
  int64_t threads;
  if (!tb_number_whole(text, text + strlen(text), 1, TB_THREADS_MAX, &threads))
    return false;
  *out = (int)threads;
  return true;
}

bool tb_read_decimal(const char *text, double least, double most, double *out) {
  double x;
  if (!tb_number_real(text, text + strlen(text), &x) || !(x >= least && x <= most))
    return false;
  *out = x;
  return true;
}
