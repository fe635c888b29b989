/* Stands in for libFuzzer, as a test: runs a fuzzer on the files of its corpus, and on changes of these. The inputs are
 * numbered, and the same number makes the same input.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"
#include "fuzz.h"
#include "memory.h"
#include "mutate.h"
#include "number.h"

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 60 /* of processor time: an input that takes as long does not end */

static const char usage[] = "usage: fuzz_READER [FILE].. [--corpus FOLDER] [--inputs N] [--part I/N]\n"
                            "\n"
                            "Gives a reader each FILE and each file of FOLDER, and then N inputs that are made of\n"
                            "these by small changes, or of those inputs the I-th of N parts. An input by which\n"
                            "the process ends is written to a file, which is named.\n";

struct options {
  const char *corpus;
  int64_t inputs, part, parts;
};

/* What the parent sees of its child. */
static struct shared {
  int64_t inputs; /* begun */
  long taken;
  bool ended; /* all of them */
  size_t size;
  uint8_t bytes[MUTATE_MAX];
} *shared;

static bool read_inputs(const char *text, void *value) {
  return tb_number_whole(text, text + strlen(text), 1, INT64_MAX, value);
}

static bool read_part(const char *text, void *value) {
  struct options *o = value;
  const char *slash = strchr(text, '/');
  return slash && tb_number_whole(slash + 1, text + strlen(text), 1, 1000000, &o->parts) &&
         tb_number_whole(text, slash, 1, o->parts, &o->part);
}

static bool add_file(mutate_corpus *corpus, const char *path) {
  FILE *in = fopen(path, "re");
  mutate_file file = {.bytes = tb_need(malloc(MUTATE_MAX + 1))};
  file.size = in ? fread(file.bytes, 1, MUTATE_MAX + 1, in) : 0;
  const bool ok = in && !ferror(in) && file.size <= MUTATE_MAX;
  if (in)
    fclose(in);
  if (!ok) {
    free(file.bytes);
    return check(false, "%s: cannot be read, or has more than %d bytes", path, MUTATE_MAX);
  }
  corpus->file = tb_need(realloc(corpus->file, (size_t)(corpus->files + 1) * sizeof file));
  corpus->file[corpus->files++] = file;
  return true;
}

/* In the order of their names, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(mutate_corpus *corpus, const char *folder) {
  struct dirent **entry;
  const int count = scandir(folder, &entry, NULL, by_name);
  bool ok = count >= 0 || check(false, "%s: cannot be read", folder);
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
    if (*entry[i]->d_name != '.')
      ok = add_file(corpus, path) && ok;
    free(entry[i]);
  }
  if (count >= 0)
    free(entry);
  return ok;
}

/* Runs the input in *shared, as a copy of its own size: a sanitizer sees what lies beyond. */
static void run_one(void) {
  const struct itimerval patience = {.it_value = {.tv_sec = SECONDS}};
  uint8_t *bytes = tb_need(malloc(shared->size + 1));
  uint8_t *copy = tb_need(realloc(bytes, shared->size ? shared->size : 1));
  memcpy(copy, shared->bytes, shared->size);
  shared->inputs++;
  setitimer(ITIMER_PROF, &patience, NULL);
  LLVMFuzzerTestOneInput(copy, shared->size);
  shared->taken = fuzz_taken;
  free(copy);
}

_Noreturn static void run_all(const mutate_corpus *corpus, const struct options *o) {
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
  const struct rlimit room = {INT64_C(1) << 30, INT64_C(1) << 30};
  setrlimit(RLIMIT_AS, &room);
#endif
  for (int i = 0; i < corpus->files; i++) {
    shared->size = corpus->file[i].size;
    memcpy(shared->bytes, corpus->file[i].bytes, shared->size);
    run_one();
  }
  for (int64_t i = o->part - 1; i < o->inputs; i += o->parts) {
    shared->size = mutate(corpus, (uint64_t)i, shared->bytes);
    run_one();
  }
  shared->ended = true;
  exit(0);
}

/* Where the last input is kept. */
static void keep_input(void) {
  char path[4096];
  tb_beside("", path, sizeof path);
  snprintf(path + strlen(path), sizeof path - strlen(path), "%s.input", program_invocation_short_name);
  FILE *out = fopen(path, "we");
  const bool kept = out && fwrite(shared->bytes, 1, shared->size, out) == shared->size;
  if ((!out || fclose(out) != 0) || !kept)
    tb_tap_comment(&test_tap, "%s: cannot be written", path);
  else
    tb_tap_comment(&test_tap, "the input is kept, and %s %s repeats it", program_invocation_name, path);
}

static void report(int status, int files, bool mutated) {
  const bool right = status == 0 && shared->ended;
  check(right && (!mutated || (shared->taken > 0 && shared->taken < shared->inputs)),
        "%d inputs of the corpus and %" PRId64 " mutated ones; %ld are taken", files,
        shared->inputs > files ? shared->inputs - files : 0, shared->taken);
  if (WIFSIGNALED(status))
    tb_tap_comment(&test_tap, "signal %d (%s) at input %" PRId64, WTERMSIG(status), strsignal(WTERMSIG(status)),
                   shared->inputs);
  else if (!right)
    tb_tap_comment(&test_tap, "exit code %d %s input %" PRId64, WEXITSTATUS(status), shared->ended ? "after" : "at",
                   shared->inputs);
  if (!right && !shared->ended)
    keep_input();
}

int main(int argc, char **argv) {
  struct options o = {.part = 1, .parts = 1};
  const tb_option option[] = {
      {.name = "corpus", .text = &o.corpus, .expected = "a folder"},
      {.name = "inputs", .read = read_inputs, .value = &o.inputs, .expected = "a number from 1"},
      {.name = "part", .read = read_part, .value = &o, .expected = "I/N with 1 <= I <= N <= 1000000"},
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  mutate_corpus corpus = {0};
  int first, code, status = 0;
  tb_program_start(program_invocation_short_name);
  if (!tb_command_line(&command, argc, argv, &first, &code))
    return code;
  tb_tap_start(&test_tap, stdout);
  bool ok = !o.corpus || add_folder(&corpus, o.corpus);
  for (int i = first; i < argc; i++)
    ok = add_file(&corpus, argv[i]) && ok;
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (ok && check(corpus.files > 0 && shared != MAP_FAILED, "there are inputs")) {
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
      run_all(&corpus, &o);
    waitpid(pid, &status, 0);
    report(status, corpus.files, o.inputs > 0);
  }
  for (int i = 0; i < corpus.files; i++)
    free(corpus.file[i].bytes);
  free(corpus.file);
  return finish();
}
