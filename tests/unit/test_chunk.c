/* What is said of cases that a worker has not run.
 *
 * SPDX-License-Identifier: MIT */
#include "chunk.h"
#include "memory.h"

#include "test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a case of this text, on a kernel that has timed out so often that nothing is run any more. */
static void left_out(const char *text, tb_verdict verdict, const char *reason) {
  tb_kernel_run run = {.kernel = "none", .time_outs = INT_MAX};
  static tb_worker worker = {.prints = -1}; /* its process is never looked at */
  tb_suite_case listed = {.text = text};
  const tb_suite_group group = {.kind = TB_LISTED, .op = tb_operator_find("conv_transpose2d"), .listed = 1, .list = &listed};
  const tb_chunk chunk = {.cases = 1};
  tb_case_result result;
  worker.pid = getpid();
  worker.record = tb_need(calloc(TB_BLOCK_MAX, sizeof *worker.record));
  const bool ran = tb_chunk_run(&run, &worker, &group, &chunk, &result);
  const char *got = ran && result.judgement ? result.judgement->reason : "";
  check(ran && result.verdict == verdict && strstr(got, reason), "%s: %s, %s", text, tb_verdict_name(verdict), reason);
  if (ran)
    tb_results_free(&result, 1);
  free(worker.record);
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  left_out("conv_transpose2d c1:1 in2 k1 fill=wide-x seed=0", TB_V_NOT_RUN, "left out after 3 time-outs");
  left_out("no case", TB_V_UNTRUSTED, "fault of tenbin");
  left_out("conv_transpose2d c1:1 in1 k1 op1 fill=wide-x seed=0", TB_V_UNTRUSTED, "fault of tenbin");
  return finish();
}
