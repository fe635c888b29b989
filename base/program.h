/* What every program of tenbin has: a name, exit codes, complaints, and the programs beside it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROGRAM_H
#define TB_PROGRAM_H

#include <stddef.h>

/* All exit codes. Where more than one applies: interrupted before usage, usage before nonconforming, that before cannot run,
 * that before undecided. */
enum tb_exit {
  TB_EXIT_OK = 0,
  TB_EXIT_NONCONFORMING = 1, /* a kernel is wrong, or slower, or fails */
  TB_EXIT_USAGE = 2,
  TB_EXIT_CANNOT_RUN = 3, /* something is missing or damaged, or cannot be loaded or written */
  TB_EXIT_UNDECIDED = 4,
  TB_EXIT_INTERRUPTED = 130
};

/* The program's name in messages, such as "tenbin bench": a string that lives as long as the program. */
void tb_program_start(const char *name);
const char *tb_program_name(void);

/* Prints "NAME: ..." with a line's end on standard error, and returns `code`. */
int tb_complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The path of a program that stands beside this one. */
void tb_beside(const char *name, char *out, size_t size);

/* The name that a mistyped or shortened word most likely stands for, or NULL: none is near. */
const char *tb_nearest(const char *word, const char *const *known, int count);

/* Prints "NAME: ...; did you mean X? known are X Y" on standard error, where ... says that there is no `word`. TB_EXIT_USAGE.
 */
int tb_unknown(const char *word, const char *const *known, int count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
