/* tenbin-pairs: the process in which `tenbin gate` and `tenbin bench --compare` load two plugins and time their kernels. It is
 * asked by its arguments and by lines on standard input, and answers with lines on standard output; pairs.c reads them.
 *
 *     tenbin-pairs list FILE                                           what a plugin holds, and the files that it loads
 *     tenbin-pairs time BASE CANDIDATE KERNEL KERNEL KEY=VALUE..      rows: SERIAL ROUNDS PAIRS RUNS WARM DESCRIPTOR
 *     tenbin-pairs count FILE KERNEL                                   rows: DESCRIPTOR; for a profiler
 *
 * KERNEL KERNEL: the base's and the candidate's.
 *
 * SPDX-License-Identifier: MIT */
#include "output.h"
#include "pairs.h"
#include "printable.h"
#include "program.h"
#include "registry.h"
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* The parent's pipes, moved out of a kernel's way: what it prints goes nowhere, and what it reads or closes is not theirs. */
static FILE *take(int fd, const char *mode) {
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 100), nowhere = open("/dev/null", O_RDWR);
  FILE *f = moved < 0 ? NULL : fdopen(moved, mode);
  if (!f || nowhere < 0 || dup2(nowhere, fd) < 0) {
    fprintf(stderr, "tenbin-pairs: standard %s cannot be used\n", fd == STDIN_FILENO ? "input" : "output");
    exit(TB_EXIT_CANNOT_RUN);
  }
  close(nowhere);
  setvbuf(f, NULL, _IOLBF, BUFSIZ);
  return f;
}

static int print_file(struct dl_phdr_info *info, size_t size, void *out) {
  char path[TB_PAIRS_PATH];
  struct stat s;
  (void)size;
  if (*info->dlpi_name && stat(info->dlpi_name, &s) == 0) {
    tb_printable(path, sizeof path, info->dlpi_name);
    fprintf(out, "file %ju:%ju %s\n", (uintmax_t)s.st_dev, (uintmax_t)s.st_ino, path);
  }
  return 0;
}

static int list(FILE *out, const char *path) {
  char message[TB_REGISTRY_MESSAGE], warning[TB_REGISTRY_MESSAGE], name[TB_PLUGIN_NAME], version[TB_PLUGIN_VERSION];
  const tenbin_plugin *plugin = tb_registry_load(path, message, warning);
  if (*warning)
    fprintf(out, "warning %s\n", warning);
  if (!plugin) {
    fprintf(out, "fault %s\n", message);
    return TB_EXIT_CANNOT_RUN;
  }
  tb_printable(name, sizeof name, plugin->name);
  tb_printable(version, sizeof version, plugin->version);
  fprintf(out, "plugin %s %s\n", name, version);
  for (int32_t i = 0; i < plugin->kernels; i++) {
    tb_kernel_info k;
    tb_registry_describe(plugin->kernel[i], &k);
    fprintf(out, "kernel %s %s %s\n", k.name, k.op, k.library);
  }
  dl_iterate_phdr(print_file, out);
  if (fflush(out) == 0 && !ferror(out))
    return TB_EXIT_OK;
  fputs("tenbin-pairs: standard output cannot be written\n", stderr);
  return TB_EXIT_CANNOT_RUN;
}

/* A copy of a file in memory. Its pages lie elsewhere in every process, and two copies of one library are two libraries. -1:
 * there is no memory, or no such file. */
static int copy_of(const char *path) {
  const int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("tenbin", MFD_CLOEXEC);
  struct stat s;
  bool ok = from >= 0 && to >= 0 && fstat(from, &s) == 0;
  for (off_t done = 0; ok && done < s.st_size;) {
    char buffer[8192];
    const ssize_t n = pread(from, buffer, sizeof buffer, done);
    ok = n > 0 && write(to, buffer, (size_t)n) == n;
    done += n;
  }
  if (from >= 0)
    close(from);
  if (!ok && to >= 0)
    close(to);
  return ok ? to : -1;
}

/* The arguments. */
struct asked {
  const char *path[TB_SIDES], *kernel[TB_SIDES];
  int first; /* the side that is loaded first */
  bool apart, record;
  int threads, place;
};

/* Loads a side's plugin from a copy, or from its own path if a library that it finds by $ORIGIN is not found from the copy. */
static const tenbin_plugin *load(const struct asked *a, int side, char message[TB_REGISTRY_MESSAGE]) {
  char path[64], warning[TB_REGISTRY_MESSAGE];
  const int copy = copy_of(a->path[side]);
  const tenbin_plugin *(*loader)(const char *, char *, char *) = a->apart ? tb_registry_load_apart : tb_registry_load;
  const tenbin_plugin *plugin = NULL;
  if (copy >= 0) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    plugin = loader(path, message, warning);
  }
  return plugin ? plugin : loader(a->path[side], message, warning);
}

static bool load_both(FILE *out, const struct asked *a, tb_pair_context *context) {
  for (int i = 0; i < TB_SIDES; i++) {
    char message[TB_REGISTRY_MESSAGE];
    const int side = a->first ^ i;
    context->place->side = (unsigned char)side;
    const tenbin_plugin *plugin = load(a, side, message);
    context->kernel[side] = plugin ? tb_registry_find(plugin, a->kernel[side]) : NULL;
    if (!context->kernel[side]) {
      fprintf(out, "fault %s\n", plugin ? "the kernel is gone" : message);
      return false;
    }
  }
  return true;
}

static bool read_asked(int argc, char **argv, struct asked *a, tb_pair_context *context) {
  if (argc < 6)
    return false;
  for (int s = 0; s < TB_SIDES; s++) {
    a->path[s] = argv[2 + s];
    a->kernel[s] = argv[4 + s];
  }
  a->threads = 1;
  a->place = -1;
  for (int i = 6; i < argc; i++) {
    const char *value = strchr(argv[i], '=');
    if (!value)
      return false;
    value++;
    if (strncmp(argv[i], "first=", 6) == 0)
      a->first = atoi(value);
    else if (strncmp(argv[i], "apart=", 6) == 0)
      a->apart = atoi(value);
    else if (strncmp(argv[i], "record=", 7) == 0)
      a->record = atoi(value);
    else if (strncmp(argv[i], "threads=", 8) == 0)
      a->threads = atoi(value);
    else if (strncmp(argv[i], "place=", 6) == 0)
      a->place = atoi(value);
    else if (strncmp(argv[i], "seed=", 5) == 0)
      context->random = strtoull(value, NULL, 10);
    else if (strncmp(argv[i], "extra=", 6) == 0)
      context->extra = strtod(value, NULL);
    else
      return false;
  }
  return true;
}

static void print_times(FILE *out, int serial, const tb_pair_times *t, const tb_pair_schedule *s) {
  fprintf(out, "times %d %.9g %.9g %.9g %.9g %.9g %.9g %zu %zu %zu %zu %zu %zu %" PRId64 " %" PRId64, serial, t->log_ratio,
          t->seconds[TB_BASE], t->seconds[TB_CANDIDATE], t->address_effect, t->prepare[TB_BASE], t->prepare[TB_CANDIDATE],
          t->plan[TB_BASE], t->plan[TB_CANDIDATE], t->peak[TB_BASE], t->peak[TB_CANDIDATE], t->workspace[TB_BASE],
          t->workspace[TB_CANDIDATE], t->elements, t->differing);
  for (int i = 0; i < s->rounds; i++)
    fprintf(out, " %.9g", s->each[i]);
  fputc('\n', out);
}

/* SIGPROF ends the process after so many seconds of processor time; 0: never. */
static void limit(double seconds) {
  struct itimerval timer = {0};
  timer.it_value.tv_sec = (time_t)seconds;
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
  setitimer(ITIMER_PROF, &timer, NULL);
}

static void answer(FILE *out, int serial, tb_pair_context *context, const tb_problem *problem, const tb_pair_schedule *s) {
  tb_pair_times times;
  tb_pair_fault fault = {0};
  limit(tb_pairs_cpu_limit(s, tb_case_work(&problem->c), problem->c.threads));
  const bool ok = tb_time_pairs(context, problem, s, &times, &fault);
  limit(0);
  if (ok)
    print_times(out, serial, &times, s);
  else
    fprintf(out, "no %d %d %d %s\n", serial, fault.side, fault.unsupported, fault.why);
}

/* "SERIAL ROUNDS PAIRS RUNS WARM DESCRIPTOR" */
static bool time_row(FILE *out, const struct asked *a, tb_pair_context *context, char *line, tb_problem *problem) {
  char message[TB_MESSAGE_MAX];
  tb_pair_schedule schedule = {0};
  tb_case c;
  tb_error error;
  int serial, warm, at = 0;
  if (sscanf(line, "%d %d %d %d %d %n", &serial, &schedule.rounds, &schedule.pairs, &schedule.runs, &warm, &at) != 5 || at == 0)
    return false;
  schedule.warm = warm;
  line[strcspn(line, "\n")] = 0;
  if (!tb_case_parse(line + at, &c, &error))
    return false;
  c.threads = a->threads;
  if (!tb_problem_make(&c, problem, message))
    return false;
  if (!(schedule.each = calloc((size_t)schedule.rounds, sizeof *schedule.each)))
    return false;
  answer(out, serial, context, problem, &schedule);
  free(schedule.each);
  return true;
}

static int time_rows(FILE *in, FILE *out, int argc, char **argv) {
  static tb_pair_place unseen;
  struct asked a = {0};
  tb_pair_context context = {.place = &unseen};
  if (!read_asked(argc, argv, &a, &context))
    return TB_EXIT_USAGE;
  if (a.place >= 0) {
    void *shared = mmap(NULL, sizeof *context.place, PROT_READ | PROT_WRITE, MAP_SHARED, a.place, 0);
    if (shared == MAP_FAILED)
      return TB_EXIT_CANNOT_RUN;
    context.place = shared;
  }
  context.record = a.record ? out : NULL;
  context.pool = tb_pool_create(a.threads);
  tb_problem *problem = malloc(sizeof *problem);
  if (!context.pool || !problem || !tb_slot_open(&context.slot[TB_BASE]) || !tb_slot_open(&context.slot[TB_CANDIDATE])) {
    fputs("fault no memory or no threads\n", out);
    return TB_EXIT_CANNOT_RUN;
  }
  if (!load_both(out, &a, &context))
    return TB_EXIT_CANNOT_RUN;
  char *line = NULL;
  size_t room = 0;
  bool ok = true;
  while (ok && getline(&line, &room, in) > 0)
    ok = time_row(out, &a, &context, line, problem);
  free(line);
  free(problem);
  return ok ? TB_EXIT_OK : TB_EXIT_USAGE;
}

/* One run of each row inside tb_counted; "done" or "no" for each. */
static int count(FILE *in, FILE *out, const char *path, const char *kernel) {
  static tb_pair_place unseen;
  static tb_problem problem;
  char message[TB_REGISTRY_MESSAGE], warning[TB_REGISTRY_MESSAGE], invalid[TB_MESSAGE_MAX], *line = NULL;
  const tenbin_plugin *plugin = tb_registry_load(path, message, warning);
  tb_pair_context context = {.place = &unseen, .pool = tb_pool_create(1)};
  size_t room = 0;
  context.kernel[TB_BASE] = plugin ? tb_registry_find(plugin, kernel) : NULL;
  if (!context.kernel[TB_BASE] || !context.pool || !tb_slot_open(&context.slot[TB_BASE]))
    return TB_EXIT_CANNOT_RUN;
  while (getline(&line, &room, in) > 0) {
    tb_pair_fault fault;
    tb_case c;
    tb_error error;
    line[strcspn(line, "\n")] = 0;
    const bool ok =
        tb_case_parse(line, &c, &error) && tb_problem_make(&c, &problem, invalid) && tb_run_counted(&context, &problem, &fault);
    fputs(ok ? "done\n" : "no\n", out);
  }
  free(line);
  return TB_EXIT_OK;
}

int main(int argc, char **argv) {
  tb_output_start();
  tb_supervise();
  FILE *in = take(STDIN_FILENO, "r"), *out = take(STDOUT_FILENO, "w");
  if (argc == 3 && strcmp(argv[1], "list") == 0)
    return list(out, argv[2]);
  if (argc == 4 && strcmp(argv[1], "count") == 0)
    return count(in, out, argv[2], argv[3]);
  if (argc > 5 && strcmp(argv[1], "time") == 0)
    return time_rows(in, out, argc, argv);
  fputs("tenbin-pairs serves tenbin gate and tenbin bench: see `tenbin gate --help`\n", stderr);
  return TB_EXIT_USAGE;
}
