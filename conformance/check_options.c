/* What `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#include "check_options.h"

#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: tenbin check|diagnose [FILE.so].. [--kernel NAME|FILE.so[:NAME]]..\n"
                            "                    [--suite quick|full] [--case 'DESCRIPTOR'].. [--cases FILE]..\n"
                            "                    [--jobs N] [--shard I/N] [--until-failure] [--no-diagnosis]\n"
                            "                    [--verbose]\n"
                            "\n"
                            "Runs kernels on cases and judges their answers, by PyTorch's golden data where\n"
                            "it has the case and by tenbin's reference where it has not.\n"
                            "\n"
                            "  --kernel NAME           a built-in kernel; `tenbin list kernels` names them\n"
                            "  --kernel FILE.so        all kernels of a plugin, or FILE.so:NAME one of them;\n"
                            "                          a FILE.so alone means the same; the last colon counts,\n"
                            "                          and none in the path of a file that is there\n"
                            "                          (default: all built-in kernels, and the validator)\n"
                            "  --suite quick|full      the committed cases; quick, the default, leaves the\n"
                            "                          heavy ones out\n"
                            "  --case 'DESCRIPTOR'     one case instead, such as\n"
                            "                          'conv_transpose2d n1 c4:6 in5x4 k3 s2 p1 op1'\n"
                            "  --cases FILE            the cases of a file instead, or of one of conformance/cases, such as\n"
                            "                          networks\n"
                            "  --jobs N                workers at once (default: one per processor)\n"
                            "  --shard I/N             the I-th of N parts of the cases, such as 1/4\n"
                            "  --until-failure         each kernel only up to its first failing case\n"
                            "  --no-diagnosis          what fails is not diagnosed\n"
                            "  --verbose               the statistics of passing distributions, too\n"
                            "  --help                  this text\n"
                            "\n"
                            "A kernel that fails is diagnosed: the smallest case, the name of the mistake,\n"
                            "where it fails. tenbin check prints that on standard error, and tenbin diagnose\n"
                            "prints it alone, on standard output.\n"
                            "Standard output is TAP, one point per kernel and group of cases with its cases\n"
                            "inside; standard error is for people. Exit code: 0 all right, 1 nonconforming\n"
                            "(or nothing was executed), 2 usage, 3 something is missing, damaged or cannot\n"
                            "be loaded, or standard output cannot be written, 130 interrupted.\n"
                            "$TENBIN_DATA names the folder that holds golden/ and conformance/, and\n"
                            "$TENBIN_MANIFEST the XXH3-128 of its golden/MANIFEST, where that is not the\n"
                            "committed one.\n";

static bool read_jobs(const char *text, void *jobs) {
  return tb_whole(text, text + strlen(text), 1, 256, jobs);
}

static bool read_shard(const char *text, void *shard) {
  const char *slash = strchr(text, '/');
  int i, n;
  if (!slash || !tb_whole(slash + 1, text + strlen(text), 1, 1000000, &n) || !tb_whole(text, slash, 1, n, &i))
    return false;
  *(tb_shard *)shard = (tb_shard){i - 1, n};
  return true;
}

int tb_check_options_parse(int argc, char **argv, bool diagnose, tb_check_options *o) {
  char message[TB_REGISTRY_MESSAGE];
  *o = (tb_check_options){.command = diagnose ? "tenbin diagnose" : "tenbin check",
                          .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN),
                          .shard = {0, 1},
                          .diagnose = diagnose};
  const tb_command command = {o->command, usage};
  const tb_option option[] = {
      {.name = "kernel", .text = o->kernel, .count = &o->kernels, .most = TB_MANY},
      {.name = "case", .text = o->text, .count = &o->texts, .most = TB_MANY},
      {.name = "cases", .text = o->file, .count = &o->files, .most = TB_MANY},
      {.name = "suite", .text = &o->suite},
      {.name = "jobs", .read = read_jobs, .value = &o->jobs, .wants = "a whole number from 1 to 256"},
      {.name = "shard", .read = read_shard, .value = &o->shard, .wants = "I/N with 1 <= I <= N"},
      {.name = "verbose", .given = &o->verbose},
      {.name = "until-failure", .given = &o->until_failure},
      {.name = "no-diagnosis", .given = &o->undiagnosed},
  };
  const int code = tb_command_line(&command, option, sizeof option / sizeof *option, argc, argv);
  if (code)
    return code;
  for (; optind < argc; optind++) {
    if (!tb_names_file(argv[optind]))
      return 1 +
             tb_refuse(&command,
                       "unexpected argument '%s'; a plugin's file is given with a '/' or a '.', such as ./libmine.so, and a "
                       "built-in kernel with --kernel",
                       argv[optind]);
    if (o->kernels == TB_MANY)
      return 1 + tb_refuse(&command, "too many kernels: %s", argv[optind]);
    o->kernel[o->kernels++] = argv[optind];
  }
  for (int i = 0; i < o->kernels; i++)
    if (!tb_select(o->kernel[i], &o->selection[i], message))
      return 1 + tb_refuse(&command, "%s", message);
  if (o->suite && strcmp(o->suite, "quick") != 0 && strcmp(o->suite, "full") != 0)
    return 1 + tb_refuse(&command, "unknown suite '%s'; there are quick and full", o->suite);
  if (o->suite && (o->texts || o->files))
    return 1 + tb_refuse(&command, "--suite %s does not go with --case and --cases", o->suite);
  return 0;
}
