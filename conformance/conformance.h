/* The subcommands of tenbin that judge.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONFORMANCE_H
#define TB_CONFORMANCE_H

/* `tenbin check`, `tenbin diagnose` and `tenbin list`: argv[0] is the subcommand's name; the exit code. */
int tb_check_main(int argc, char **argv);
int tb_diagnose_main(int argc, char **argv);
int tb_list_main(int argc, char **argv);

#endif
