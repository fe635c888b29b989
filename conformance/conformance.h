/* The subcommands of tenbin that judge.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONFORMANCE_H
#define TB_CONFORMANCE_H

enum {
  TB_EXIT_OK = 0,
  TB_EXIT_NONCONFORMING = 1,
  TB_EXIT_USAGE = 2,
  TB_EXIT_INTERRUPTED = 130,
  TB_EXIT_CANNOT_RUN = 3 /* something is missing or damaged, or cannot be loaded */
};

/* `tenbin check`, `tenbin diagnose`, `tenbin explain` and `tenbin list`: argv[0] is the subcommand's name; the exit code. */
int tb_check_main(int argc, char **argv);
int tb_diagnose_main(int argc, char **argv);
int tb_explain_main(int argc, char **argv);
int tb_list_main(int argc, char **argv);

/* The path of a program that stands beside this one. */
void tb_beside(const char *name, char *out, unsigned long size);

#endif
