/* The command line of a program or subcommand: its options, by a table.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COMMAND_LINE_H
#define TB_COMMAND_LINE_H

#include "program.h"

#include <stdbool.h>

/* An option takes a value if it has text or read. An empty value is an error, and so is a second one without a count. */
typedef struct tb_option {
  const char *name;                            /* without -- */
  bool *given;                                 /* becomes true; may be NULL */
  const char **text;                           /* the value, or [most] of them where the option may be repeated */
  int *count, most;                            /* how often it is given; NULL: it may not be repeated */
  bool (*read)(const char *text, void *value); /* false: it is not what is expected */
  void *value;
  const char *expected; /* as in "--jobs: expected an integer from 1 to 256, got 'x'" */
} tb_option;

typedef struct tb_command {
  const char *usage; /* what --help prints */
  const tb_option *option;
  int options;
} tb_command;

/* Reads the options of argv[1] .. argv[argc - 1], as --NAME VALUE or --NAME=VALUE, and --help and -h. A value that begins with
 * -- is taken in the second form alone. The other arguments, none of them empty, are moved to the end of argv: argv[*first] ..
 * argv[argc - 1]. What follows -- is no option. False: the program ends with *code, because the help has been printed or an
 * error reported. */
bool tb_command_line(const tb_command *command, int argc, char **argv, int *first, int *code);

/* Prints on standard error what is wrong with a command line, and how to get help. Returns TB_EXIT_USAGE. */
int tb_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reads a whole text as a number from least to most. False: it is none. */
bool tb_read_integer(const char *text, int least, int most, int *out);
bool tb_read_decimal(const char *text, double least, double most, double *out);

/* A number of threads, for a table of options: `threads` is an int. */
#define TB_THREADS_MAX 1024
#define TB_THREADS_EXPECTED "an integer from 1 to 1024"
bool tb_read_threads(const char *text, void *threads);

#endif
