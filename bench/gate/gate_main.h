/* tenbin gate.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GATE_MAIN_H
#define TB_GATE_MAIN_H

/* argv[0] is the subcommand's name; the exit code. */
int tb_gate_main(int argc, char **argv);

#endif
