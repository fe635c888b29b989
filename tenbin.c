/* tenbin: the command. It hands over to a subcommand.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"
#include "conformance.h"
#include "explain.h"
#include "gate_main.h"
#include "interrupt.h"
#include "output.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: tenbin check|diagnose|bench|machine|gate|explain|list [OPTION]..\n"
                            "\n"
                            "Weighs kernels of operators of PyTorch's, which `tenbin list operators` names: are they\n"
                            "right, by PyTorch's answers, and how fast are they?\n"
                            "\n"
                            "  tenbin check     runs kernels on cases and judges their answers (TAP)\n"
                            "  tenbin diagnose  says which mistake a failing kernel makes\n"
                            "  tenbin bench     times kernels on layers of real networks (table and CSV)\n"
                            "  tenbin machine   measures what this machine can do: multiply-adds, caches, memory\n"
                            "  tenbin gate      says whether a change of a kernel made it slower, wrong or faster\n"
                            "  tenbin explain   draws what an operator does with a case's parameters\n"
                            "  tenbin list      names operators, kernels, cases and layers\n"
                            "\n"
                            "  --help and --version; each subcommand has a --help of its own\n"
                            "\n"
                            "The --help of each subcommand lists its exit codes. Of all of them, 3 also means that\n"
                            "standard output cannot be written.\n";

/* The benchmark is a program of its own: it loads kernels, and this one never does. */
static int hand_over(const char *name, char *title, char **argv) {
  char program[4096];
  tb_beside(name, program, sizeof program);
  argv[0] = title;
  tb_interrupt_hand_over();
  execv(program, argv);
  fprintf(stderr, "tenbin: %s: %s\n", program, strerror(errno));
  return TB_EXIT_CANNOT_RUN;
}

static int run(int argc, char **argv) {
  static const char *const known[] = {"check",   "diagnose", "bench",  "machine",  "gate",
                                      "explain", "list",     "--help", "--version"};
  const char *command = argc > 1 ? argv[1] : "";
  if (strcmp(command, "check") == 0)
    return tb_check_main(argc - 1, argv + 1);
  if (strcmp(command, "bench") == 0)
    return hand_over("tenbin-bench", "tenbin bench", argv + 1);
  if (strcmp(command, "machine") == 0)
    return hand_over("tenbin-machine", "tenbin machine", argv + 1);
  if (strcmp(command, "gate") == 0)
    return tb_gate_main(argc - 1, argv + 1);
  if (strcmp(command, "diagnose") == 0)
    return tb_diagnose_main(argc - 1, argv + 1);
  if (strcmp(command, "explain") == 0)
    return tb_explain_main(argc - 1, argv + 1);
  if (strcmp(command, "list") == 0)
    return tb_list_main(argc - 1, argv + 1);
  if (strcmp(command, "--version") == 0 && argc == 2) {
    printf("tenbin %s\n", TENBIN_VERSION);
    return TB_EXIT_OK;
  }
  if ((strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) && argc == 2) {
    fputs(usage, stdout);
    return TB_EXIT_OK;
  }
  if (argc > 2 && (strcmp(command, "--version") == 0 || strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0))
    return tb_usage_error("unexpected argument '%s' after %s", argv[2], command);
  if (argc > 1)
    return tb_unknown(command, known, sizeof known / sizeof *known, "unknown command '%s'", command);
  fputs(usage, stderr);
  return TB_EXIT_USAGE;
}

int main(int argc, char **argv) {
  tb_interrupt_at_once();
  tb_output_start();
  tb_invoked_as(argc > 0 ? argv[0] : "");
  return tb_output_finish("tenbin", run(argc, argv));
}
