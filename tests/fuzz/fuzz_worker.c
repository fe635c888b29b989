/* What a worker says: a report of a case that the parent chose, of which the first byte says which it is, a greeting, and
 * times.
 *
 * SPDX-License-Identifier: MIT */
#include "collect.h"
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const cases[] = {
    "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 fill=wide-x seed=0",
    "conv_transpose2d n0 c2:3 in4x3 k3x2 fill=wide-x seed=0",
    "max_pool2d n1 c2 in4x3 k2 indices bf16 nhwc fill=ties seed=0",
    "max_pool2d c1 in4x3 k2 s64 fill=wide seed=0",
    "normal stream=torch-cpu-avx2 seed=1 calls=16,reseed,3x5",
    "normal f16 stream=any seed=1 calls=100",
    "no case",
};
enum { CASES = sizeof cases / sizeof *cases };

static int outputs, control;
static tb_block *block;
static void *answers;

static void make_memory(void) {
  outputs = memfd_create("fuzz", 0);
  control = memfd_create("fuzz", 0);
  fuzz_require(outputs >= 0 && ftruncate(outputs, TB_OUTPUTS_BYTES) == 0, "no memory file");
  fuzz_require(control >= 0 && ftruncate(control, TB_CONTROL_BYTES) == 0, "no memory file");
  block = mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE, MAP_SHARED, control, 0);
  answers = mmap(NULL, TB_ANSWERS_FULL, PROT_READ, MAP_SHARED, outputs, TB_ANSWERS_OFFSET);
  fuzz_require(block != MAP_FAILED && answers != MAP_FAILED, "no memory");
}

static void require_text(const char *text, size_t size) {
  const char *end = memchr(text, 0, size);
  fuzz_require(end, "a text without an end");
  for (; text < end; text++)
    fuzz_require((unsigned char)*text >= ' ' && *text != 127, "a control character");
}

static void look_at(const tb_report *r) {
  require_text(r->stage, sizeof r->stage);
  require_text(r->detail, sizeof r->detail);
  fuzz_require(r->outcome > TB_PENDING && r->outcome <= TB_FAULT, "outcome %d", (int)r->outcome);
  for (int i = 0; r->outcome == TB_RAN && i < TB_TENSORS; i++)
    fuzz_require(r->bytes[i] >= 0 && r->bytes[i] < 1000 && (r->bytes[i] == 0 || (r->end[i] >= 0 && r->start[i] >= 0)),
                 "an output without a place");
}

static void greet(const uint8_t *bytes, size_t size) {
  static tb_hello hello;
  char why[TB_REGISTRY_MESSAGE] = "";
  memset(&hello, 0, sizeof hello);
  memcpy(&hello, bytes, size < sizeof hello ? size : sizeof hello);
  const bool ok = tb_collect_greeting(&hello, why);
  fuzz_require(ok || *why, "a greeting is refused without a reason");
  for (int i = 0; ok && i < hello.kernels; i++) {
    require_text(hello.kernel[i].name, sizeof hello.kernel[i].name);
    require_text(hello.kernel[i].summary, sizeof hello.kernel[i].summary);
    require_text(hello.kernel[i].library, sizeof hello.kernel[i].library);
  }
}

static void time_orders(const uint8_t *bytes, size_t size) {
  static const tb_order order[] = {{.step = TB_STEP_PREPARE},
                                   {.step = TB_STEP_WARM_UP},
                                   {.step = TB_STEP_RUN, .runs = 1000},
                                   {.step = TB_STEP_RUN, .runs = 3, .single = 1}};
  static tb_times times;
  char why[sizeof((tb_report *)0)->detail] = "";
  const ssize_t written = pwrite(control, bytes, size < sizeof times ? size : sizeof times, TB_TIMES_OFFSET);
  for (size_t i = 0; written >= 0 && i < sizeof order / sizeof *order; i++) {
    const bool ok = tb_collect_times(control, &order[i], 2, &times, why);
    fuzz_require(ok || *why, "times are refused without a reason");
    for (int k = 0; ok && k < times.count; k++)
      fuzz_require(times.seconds[k] >= 0 && times.seconds[k] <= 2, "%g seconds of 2", times.seconds[k]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  tb_report out;
  char why[sizeof out.detail] = "";
  if (!block)
    make_memory();
  if (size == 0)
    return 0;
  tb_report *told = &block->record[0].report;
  memset(told, 0, sizeof *told);
  memcpy(told, bytes + 1, size - 1 < sizeof *told ? size - 1 : sizeof *told);
  tb_case c;
  tb_error error;
  if (!tb_case_parse(cases[*bytes % CASES], &c, &error))
    c.op = NULL;
  const tb_told what = tb_collect(outputs, block, 0, &c, answers, &out, why);
  fuzz_require(what != TB_NONSENSE || *why, "a report is refused without a reason");
  if (what == TB_TOLD) {
    fuzz_taken++;
    look_at(&out);
  }
  greet(bytes + 1, size - 1);
  time_orders(bytes + 1, size - 1);
  return 0;
}
