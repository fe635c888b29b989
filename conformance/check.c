/* tenbin check: cases x kernels, as TAP on standard output and text for people on standard error.
 *
 * SPDX-License-Identifier: MIT */
#include "conformance.h"
#include "diagnose.h"
#include "memory.h"
#include "run.h"
#include "validator.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY 64

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
                            "                          a FILE.so alone means the same\n"
                            "                          (default: all built-in kernels, and the validator)\n"
                            "  --suite quick|full      the committed cases; quick, the default, leaves the\n"
                            "                          heavy ones out\n"
                            "  --case 'DESCRIPTOR'     one case instead, such as\n"
                            "                          'conv_transpose2d n1 c4:6 in5x4 k3 s2 p1 op1'\n"
                            "  --cases FILE            the cases of a file instead\n"
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
                            "be loaded, 130 interrupted. $TENBIN_DATA names the folder that holds golden/ and conformance/.\n";

struct options {
  const char *kernel[MANY], *text[MANY], *file[MANY];
  int kernels, texts, files, jobs;
  const char *suite;
  tb_shard shard;
  bool until_failure, undiagnosed, verbose;
  bool diagnose; /* and nothing else: no TAP, and no validator */
};

static const char *command = "tenbin check"; /* in messages */
static volatile sig_atomic_t stop;

static void on_interrupt(int number) {
  (void)number;
  stop = 1;
}

static int refuse(const char *format, const char *word) {
  fprintf(stderr, "%s: ", command);
  fprintf(stderr, format, word);
  fprintf(stderr, "\nTry `%s --help`.\n", command);
  return TB_EXIT_USAGE;
}

/* Whether a kernel's name means a plugin. */
static bool is_file(const char *word) {
  return strstr(word, ".so") || strchr(word, '/');
}

/* A whole number from least to most and nothing else. */
static bool whole(const char *text, const char *end, int least, int most, int *out) {
  char *after;
  const long value = strtol(text, &after, 10);
  if (after == text || after != end || value < least || value > most)
    return false;
  *out = (int)value;
  return true;
}

static bool parse_shard(const char *text, tb_shard *out) {
  const char *slash = strchr(text, '/');
  int i, n;
  if (!slash || !whole(slash + 1, text + strlen(text), 1, 1000000, &n) || !whole(text, slash, 1, n, &i))
    return false;
  *out = (tb_shard){i - 1, n};
  return true;
}

/* 0, or an exit code + 1. */
static int parse(int argc, char **argv, struct options *o) {
  static const struct option options[] = {{"kernel", required_argument, NULL, 'k'},
                                          {"case", required_argument, NULL, 'c'},
                                          {"cases", required_argument, NULL, 'f'},
                                          {"suite", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"shard", required_argument, NULL, 'i'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"until-failure", no_argument, NULL, 'u'},
                                          {"no-diagnosis", no_argument, NULL, 'n'},
                                          {0}};
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
    const char **list = c == 'k' ? &o->kernel[o->kernels] : c == 'c' ? &o->text[o->texts] : &o->file[o->files];
    if ((c == 'k' && o->kernels == MANY) || (c == 'c' && o->texts == MANY) || (c == 'f' && o->files == MANY))
      return 1 + refuse("too many of %s", argv[optind - 1]);
    switch (c) {
    case 'h':
      fputs(usage, stdout);
      return 1 + TB_EXIT_OK;
    case 'k':
      o->kernels++;
      *list = optarg;
      break;
    case 'c':
      o->texts++;
      *list = optarg;
      break;
    case 'f':
      o->files++;
      *list = optarg;
      break;
    case 's':
      o->suite = optarg;
      break;
    case 'u':
      o->until_failure = true;
      break;
    case 'n':
      o->undiagnosed = true;
      break;
    case 'v':
      o->verbose = true;
      break;
    case 'j':
      if (!whole(optarg, optarg + strlen(optarg), 1, 256, &o->jobs))
        return 1 + refuse("--jobs wants a whole number from 1 to 256, not '%s'", optarg);
      break;
    case 'i':
      if (!parse_shard(optarg, &o->shard))
        return 1 + refuse("--shard wants I/N with 1 <= I <= N, not '%s'", optarg);
      break;
    case ':':
      return 1 + refuse("%s wants an argument", argv[optind - 1]);
    default:
      return 1 + refuse("unknown or ambiguous option %s", argv[optind - 1]);
    }
  }
  for (; optind < argc; optind++) {
    if (!is_file(argv[optind]))
      return 1 + refuse("unexpected argument '%s'; a built-in kernel is given with --kernel", argv[optind]);
    if (o->kernels == MANY)
      return 1 + refuse("too many kernels: %s", argv[optind]);
    o->kernel[o->kernels++] = argv[optind];
  }
  if (o->suite && strcmp(o->suite, "quick") != 0 && strcmp(o->suite, "full") != 0)
    return 1 + refuse("unknown suite '%s'; there are quick and full", o->suite);
  if (o->suite && (o->texts || o->files))
    return 1 + refuse("--suite %s does not go with --case and --cases", o->suite);
  return 0;
}

void tb_beside(const char *name, char *out, unsigned long size) {
  char self[4000];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  char *slash = strrchr(self, '/');
  snprintf(out, size, "%.*s%s", slash ? (int)(slash - self + 1) : 0, self, name);
}

/* A kernel's name as given: FILE.so, FILE.so:NAME or NAME. */
struct selection {
  char file[4096]; /* empty: built-in */
  char name[64];   /* empty: all of the file */
};

static void select_kernel(const char *word, struct selection *s) {
  const char *colon = strrchr(word, ':');
  memset(s, 0, sizeof *s);
  if (!is_file(word)) {
    snprintf(s->name, sizeof s->name, "%s", word);
    return;
  }
  size_t length = colon ? (size_t)(colon - word) : strlen(word);
  snprintf(s->file, sizeof s->file, "%.*s", (int)length, word);
  if (colon)
    snprintf(s->name, sizeof s->name, "%s", colon + 1);
}

struct session {
  const struct options *options;
  const tb_suite *suite;
  tb_tap tap;
  tb_tally *tally;
  int tallies, executed;
};

static tb_tally *new_tally(struct session *s) {
  s->tally = tb_need(realloc(s->tally, (size_t)(s->tallies + 1) * sizeof *s->tally));
  memset(&s->tally[s->tallies], 0, sizeof *s->tally);
  return &s->tally[s->tallies++];
}

/* What the failures have in common, for people. */
static void diagnose(struct session *s, const tb_run *run, tb_survey *survey) {
  tb_survey_show(survey);
  const tb_diagnosis d = {.program = run->program,
                          .plugin = run->plugin,
                          .kernel = run->kernel->name,
                          .select = run->select,
                          .jobs = run->jobs,
                          .suite = run->suite,
                          .survey = survey,
                          .stop = &stop};
  if (!tb_diagnose(&d, s->options->diagnose ? stdout : stderr) && !stop)
    fprintf(stderr, "%s: %s: the diagnosis ends early: a worker cannot be started any more\n", command, run->kernel->name);
}

/* One kernel through the suite. 0, or an exit code. */
static int run_kernel(struct session *s, const char *program, const struct selection *selection, const tb_kernel_info *info) {
  char select[4400];
  snprintf(select, sizeof select, "%s%s%s", selection->file, selection->file[0] ? ":" : "", info->name);
  tb_tally *tally = new_tally(s);
  snprintf(tally->kernel, sizeof tally->kernel, "%s", info->name);
  snprintf(tally->library, sizeof tally->library, "%s", info->library);
  tb_survey survey = {0};
  const tb_run run = {.tap = s->options->diagnose ? NULL : &s->tap,
                      .suite = s->suite,
                      .program = program,
                      .plugin = selection->file[0] ? selection->file : NULL,
                      .kernel = info,
                      .select = select,
                      .until_failure = s->options->until_failure,
                      .verbose = s->options->verbose,
                      .jobs = s->options->jobs,
                      .stop = &stop,
                      .tally = tally,
                      .take = tb_survey_take,
                      .arg = &survey};
  const bool ok = tb_run_suite(&run);
  if (ok && survey.failing > 0 && !run.until_failure && !s->options->undiagnosed)
    diagnose(s, &run, &survey);
  tb_survey_free(&survey);
  s->executed += tb_tally_cases(tally) - tally->count[TB_V_UNSUPPORTED] - tally->count[TB_V_NOT_RUN];
  if (!ok && stop) {
    if (run.tap)
      tb_tap_bail(run.tap, "interrupted");
    fprintf(stderr, "%s: interrupted; these are the results so far\n", command);
    return TB_EXIT_INTERRUPTED;
  }
  if (!ok && ferror(stdout))
    return TB_EXIT_CANNOT_RUN; /* finish() says so */
  if (!ok) {
    if (run.tap)
      tb_tap_bail(run.tap, "a worker cannot be started any more");
    fprintf(stderr, "%s: %s: a worker cannot be started any more\n", command, info->name);
    return TB_EXIT_CANNOT_RUN;
  }
  const bool all = s->options->shard.shards == 1 && !(run.until_failure && tb_tally_failures(tally));
  if (s->suite->name[0] && !selection->file[0] && all && !s->options->diagnose)
    tb_run_support(&s->tap, s->suite, tally);
  return 0;
}

static int no_kernel(const struct selection *selection, const tb_hello *hello) {
  fprintf(stderr, "%s: %s%sthere is no kernel '%s'; there are", command, selection->file, selection->file[0] ? ": " : "",
          selection->name);
  for (int i = 0; i < hello->kernels; i++)
    fprintf(stderr, " %s", hello->kernel[i].name);
  fprintf(stderr, "\n");
  return TB_EXIT_USAGE;
}

/* All kernels that the selection means. 0, or an exit code. */
static int run_selection(struct session *s, const struct selection *selection) {
  char program[4096], message[600];
  static tb_worker worker;
  tb_beside("tenbin-worker", program, sizeof program);
  if (!tb_worker_start(&worker, program, selection->file[0] ? selection->file : NULL, message)) {
    fprintf(stderr, "%s: %s\n", command, message);
    return TB_EXIT_CANNOT_RUN;
  }
  tb_worker_stop(&worker);
  if (worker.hello.warning[0])
    fprintf(stderr, "%s: warning: %s\n", command, worker.hello.warning);
  int code = 0;
  bool found = false;
  for (int i = 0; code == 0 && i < worker.hello.kernels; i++)
    if (!selection->name[0] || strcmp(selection->name, worker.hello.kernel[i].name) == 0) {
      found = true;
      code = run_kernel(s, program, selection, &worker.hello.kernel[i]);
    }
  return found ? code : no_kernel(selection, &worker.hello);
}

/* A descriptor that breaks a rule is refused before any kernel sees it. */
static bool valid(const tb_suite *suite) {
  for (int g = 0; g < suite->groups; g++)
    for (int i = 0; suite->group[g].kind == TB_LISTED && i < suite->group[g].listed; i++) {
      static tb_problem p;
      char message[TB_MESSAGE_MAX];
      if (tb_problem_make(suite->group[g].list[i].c, &p, message))
        continue;
      fprintf(stderr, "%s: invalid case: %s\n  %s\n", command, message, suite->group[g].list[i].text);
      return false;
    }
  return true;
}

/* Without TAP, the tallies say how it went. */
static int conclude(const struct session *s) {
  int failures = s->executed == 0;
  for (int i = 0; i < s->tallies; i++)
    failures += tb_tally_failures(&s->tally[i]);
  return failures ? TB_EXIT_NONCONFORMING : TB_EXIT_OK;
}

static int finish(struct session *s, int code) {
  const bool tap = !s->options->diagnose;
  if (s->tallies > 0 && (code == 0 || code == TB_EXIT_INTERRUPTED))
    tb_report_table(stderr, s->tally, s->tallies);
  if (code == 0 && s->executed == 0) {
    fprintf(stderr, "%s: nothing was executed\n", command);
    if (tap)
      tb_tap_point(&s->tap, false, "something was executed", NULL);
  }
  if (code != 0) /* it ended early, and said so */
    fflush(stdout);
  else if (!tap)
    code = conclude(s);
  else if (!tb_tap_finish(&s->tap))
    code = TB_EXIT_NONCONFORMING;
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "%s: standard output cannot be written; the run has no result\n", command);
    code = TB_EXIT_CANNOT_RUN;
  }
  free(s->tally);
  return code;
}

static int check(const struct options *o, const tb_suite *suite) {
  struct session s = {.options = o, .suite = suite};
  struct selection selection;
  int code = 0;
  if (!o->diagnose)
    tb_tap_start(&s.tap, stdout);
  if (o->kernels == 0 && suite->name[0] && !o->diagnose) {
    tb_tally *tally = new_tally(&s);
    strcpy(tally->kernel, "validator");
    tb_run_validator(&s.tap, suite, tally);
  }
  select_kernel("", &selection);
  for (int i = 0; code == 0 && i < (o->kernels ? o->kernels : 1); i++) {
    if (o->kernels)
      select_kernel(o->kernel[i], &selection);
    code = run_selection(&s, &selection);
  }
  return finish(&s, code);
}

static int check_main(int argc, char **argv, bool diagnosis) {
  struct options o = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN), .shard = {0, 1}, .diagnose = diagnosis};
  char message[4096];
  int code = parse(argc, argv, &o);
  if (code)
    return code - 1;
  /* One thread for libraries with threads of their own, unless a case says otherwise. */
  setenv("OMP_NUM_THREADS", "1", 0);
  setenv("OMP_WAIT_POLICY", "passive", 0); /* threads that spin would take the other workers' processors */
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  tb_suite *suite = o.texts || o.files ? tb_suite_make(o.file, o.files, o.text, o.texts, o.shard, message, sizeof message)
                                       : tb_suite_open(o.suite ? o.suite : "quick", o.shard, message, sizeof message);
  if (!suite) {
    fprintf(stderr, "%s: %s\n", command, message);
    return strncmp(message, "--case", 6) == 0 ? TB_EXIT_USAGE : TB_EXIT_CANNOT_RUN;
  }
  code = valid(suite) ? check(&o, suite) : TB_EXIT_USAGE;
  tb_suite_close(suite);
  return code;
}

int tb_check_main(int argc, char **argv) {
  return check_main(argc, argv, false);
}

int tb_diagnose_main(int argc, char **argv) {
  command = "tenbin diagnose";
  return check_main(argc, argv, true);
}
