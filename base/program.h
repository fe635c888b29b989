/* What every program of tenbin has: a name, exit codes, error messages, and the programs beside it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROGRAM_H
#define TB_PROGRAM_H

#include <stddef.h>

/* All exit codes. If several apply, the first of these counts: interrupted, usage, nonconforming, cannot run, undecided. */
enum tb_exit {
  TB_EXIT_OK = 0,
  TB_EXIT_NONCONFORMING = 1, /* a kernel is wrong, or slower, or fails */
  TB_EXIT_USAGE = 2,
  TB_EXIT_CANNOT_RUN = 3, /* something is missing or damaged, or cannot be loaded, written or judged */
  TB_EXIT_UNDECIDED = 4,
  TB_EXIT_INTERRUPTED = 130
};

/* The program's name in messages, such as "tenbin bench". The string has to live as long as the program. */
void tb_program_start(const char *name);
const char *tb_program_name(void);

/* What a shell has to be given to call this program again, which was called by argv[0]: its name where PATH leads to it, else
 * the path that it was called by. */
void tb_invoked_as(const char *called);
const char *tb_invocation(void);

/* A word as a shell takes it, in quotes where it needs them. */
void tb_shell_word(const char *word, char *out, size_t size);

/* Prints "NAME: ..." and a newline on standard error, and returns `code`. */
int tb_report_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The path of a program in the same folder as this one. */
void tb_beside(const char *name, char *out, size_t size);

/* The path of a shared object of tenbin's: in the same folder as this program, or where it is installed, in ../lib/tenbin. */
void tb_library(const char *name, char *out, size_t size);

/* The name that a mistyped or shortened word most likely stands for, or NULL if none is near. */
const char *tb_nearest(const char *word, const char *const *known, int count);

/* Prints "NAME: ...; did you mean X? known are X Y" on standard error, where ... says that there is no `word`. Returns
 * TB_EXIT_USAGE. */
int tb_unknown(const char *word, const char *const *known, int count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
