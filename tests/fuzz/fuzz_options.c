/* Command lines: the arguments of check, gate and bench, a line each.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "check_options.h"
#include "fuzz.h"
#include "gate.h"

#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS = 40 };

/* A copy, for what is no option is moved to its end. */
static int split(char *text, char *argv[ARGUMENTS + 1]) {
  int argc = 1;
  char *rest = text;
  argv[0] = "tenbin";
  for (char *line; argc < ARGUMENTS && (line = strsep(&rest, "\n"));)
    argv[argc++] = line;
  argv[argc] = NULL;
  return argc;
}

static void require_code(bool read, int code) {
  fuzz_require(read ? code == 0 : code == 0 || code == TB_EXIT_USAGE, "exit code %d", code);
}

static bool check_takes(int argc, char **argv, bool diagnose) {
  static tb_check_options o;
  int code = 0;
  const bool read = tb_check_options_parse(argc, argv, diagnose, &o, &code);
  require_code(read, code);
  fuzz_require(!read || (o.jobs >= 1 && o.shard.shard >= 0 && o.shard.shard < o.shard.shards && o.operators),
               "check takes jobs %d, shard %d of %d", o.jobs, o.shard.shard, o.shard.shards);
  return read;
}

static bool gate_takes(int argc, char **argv) {
  tb_gate_options o;
  int code = 0;
  const bool read = tb_gate_options_parse(argc, argv, &o, &code);
  require_code(read, code);
  fuzz_require(!read || (o.tolerance > 0 && o.alpha > 0 && o.alpha < 1 && o.budget > 0 && o.extra >= 0 && o.on.threads >= 1),
               "gate takes tolerance %g, alpha %g, budget %g, extra %g", o.tolerance, o.alpha, o.budget, o.extra);
  tb_gate_options_free(&o);
  return read;
}

static bool bench_takes(int argc, char **argv) {
  tb_options o;
  int code = 0;
  const bool read = tb_options_parse(argc, argv, &o, &code);
  require_code(read, code);
  fuzz_require(!read || (o.min_time > 0 && o.on.threads >= 1 && o.thread_list.count >= 1), "bench takes %g s, %d threads",
               o.min_time, o.on.threads);
  for (int i = 0; read && i < o.on.batch.count; i++)
    fuzz_require(o.on.batch.v[i] >= 1, "bench takes a batch of %d", (int)o.on.batch.v[i]);
  tb_options_free(&o);
  return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  bool taken = false;
  fuzz_mute(true);
  for (int i = 0; i < 4; i++) {
    char *argv[ARGUMENTS + 1], *text = fuzz_text(bytes, size);
    const int argc = split(text, argv);
    taken = (i < 2 ? check_takes(argc, argv, i == 1) : i == 2 ? gate_takes(argc, argv) : bench_takes(argc, argv)) || taken;
    free(text);
  }
  fuzz_mute(false);
  unsetenv("TENBIN_DATA"); /* --data */
  fuzz_taken += taken;
  return 0;
}
