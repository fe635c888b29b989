/* The tables whose columns are separated by two blanks: support.txt, known.txt and those of the zoo.
 *
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "known.h"
#include "lens.h"
#include "memory.h"
#include "support.h"
#include "zoo.h"

#include <stdio.h>
#include <string.h>

static const char *const kernels[][2] = {{"naive", ""}, {"onednn_plain", "oneDNN 3.2.0"}, {"max_pool_onednn", "oneDNN 3.7"}};
static const char *const cases[] = {"conv_transpose2d n0 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 g2 bias fill=wide-x seed=7",
                                    "conv_transpose2d x=[1] w=[2] stride=[] padding=[9223372036854775807] fill=wide-x seed=0",
                                    "max_pool2d n1 c2 in3x3 k3 s9223372036854775807 p9223372036854775807 fill=special seed=0",
                                    "normal stream=torch-cuda:4 seed=0 calls=1,2x3"};
enum { KERNELS = sizeof kernels / sizeof *kernels, CASES = sizeof cases / sizeof *cases };

static bool read_support(int k) {
  tb_support s;
  char message[300] = "";
  const bool ok = tb_support_open(&s, kernels[k][0], kernels[k][1], message, sizeof message);
  fuzz_require(ok || *message, "support.txt is refused without a reason");
  for (int i = 0; ok && i < CASES; i++) {
    tb_case c;
    tb_error error;
    fuzz_require(tb_case_parse(cases[i], &c, &error), "%s: %s", cases[i], error.text);
    tb_support_expected(&s, &c);
  }
  return ok && s.found;
}

static bool read_known(int k) {
  tb_known known;
  tb_case_result results[CASES];
  char message[300] = "";
  const bool ok = tb_known_open(&known, kernels[k][0], kernels[k][1], message, sizeof message);
  fuzz_require(ok || *message, "known.txt is refused without a reason");
  if (!ok)
    return false;
  memset(results, 0, sizeof results);
  for (int i = 0; i < CASES; i++) {
    results[i].text = (char *)(uintptr_t)cases[i];
    results[i].verdict = TB_V_FAILED;
  }
  tb_known_take(&known, results, CASES);
  for (int i = 0; i < CASES; i++)
    if (results[i].verdict == TB_V_KNOWN)
      free(results[i].why);
  return known.rows > 0;
}

static bool read_zoo(void) {
  static const tb_lens lens = {.table = "a.txt", .folder = "fuzz.data/fuzz_tables"};
  fuzz_data("scatter.so", "", 0); /* rows of plugins that are not there are left out */
  tb_zoo zoo = tb_zoo_open(&lens);
  const bool any = zoo.mutants > 0;
  tb_zoo_close(&zoo);
  return any;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  bool taken = false;
  fuzz_data("conformance/support.txt", bytes, size);
  fuzz_data("conformance/known.txt", bytes, size);
  fuzz_data("conformance/mutants/a.txt", bytes, size);
  for (int k = 0; k < KERNELS; k++) {
    taken = read_support(k) || taken;
    taken = read_known(k) || taken;
  }
  taken = read_zoo() || taken;
  fuzz_taken += taken;
  return 0;
}
