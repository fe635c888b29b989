/* The options of a subcommand, by a table.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COMMAND_LINE_H
#define TB_COMMAND_LINE_H

#include <stdbool.h>

typedef struct tb_command {
  const char *name;  /* in messages: "tenbin check" */
  const char *usage; /* what --help prints */
} tb_command;

/* An option has an argument if there is a place for it: text, or read. An empty argument is refused, and so is a second one
 * unless there is a count. */
typedef struct tb_option {
  const char *name;  /* without -- */
  bool *given;       /* becomes true; may be NULL */
  const char **text; /* the argument, or [most] of them where the option may be repeated */
  int *count, most;
  bool (*read)(const char *argument, void *value); /* false: it is not what the option wants */
  void *value;
  const char *wants; /* as in "--jobs wants ..., not 'x'" */
} tb_option;

/* Reads the options, and --help; after them, the other arguments, none of them empty, are
 * argv[optind] .. argv[argc - 1]. 0, or 1 + an exit code. */
int tb_command_line(const tb_command *command, const tb_option *option, int options, int argc, char **argv);

/* Says on standard error why a command line is refused, and where there is help; the exit code. */
__attribute__((format(printf, 2, 3))) int tb_refuse(const tb_command *command, const char *format, ...);

/* A whole number from least to most, which ends the text at `end`, and nothing else. */
bool tb_whole(const char *text, const char *end, int least, int most, int *out);

#define TB_THREADS_MAX 1024

/* Reads the whole of a text, a number of threads from 1 to TB_THREADS_MAX; a decimal number from least to most. False: it is
 * something else. */
bool tb_read_threads(const char *text, int *out);
bool tb_read_decimal(const char *text, double least, double most, double *out);

#endif
