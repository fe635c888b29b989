/* MANIFEST, and the files that it lists.
 *
 * SPDX-License-Identifier: MIT */
#include "folder.h"
#include "fuzz.h"
#include "golden.h"

#include <string.h>

static void look_at(const tb_golden *g) {
  size_t size;
  for (int i = 0; i < tb_golden_count(g); i++)
    fuzz_require(tb_golden_find(g, tb_golden_at(g, i)->text) == tb_golden_at(g, i), "an answer is not found");
  const char *text = tb_golden_text(g, "b.ledger", &size);
  fuzz_require(!text || size == 6, "b.ledger has another size");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static char container[2000];
  tb_text t = {container, 0, sizeof container};
  char digest[33], message[TB_GOLDEN_MESSAGE] = "", dir[4200];
  folder_container(&t);
  fuzz_data("golden/a.safetensors", container, t.used);
  fuzz_data("golden/b.ledger", "a\nb\nc\n", 6);
  tb_digest_print(XXH3_128bits(bytes, size), digest);
  strcpy(dir, fuzz_data("golden/MANIFEST", bytes, size));
  *strrchr(dir, '/') = 0;
  tb_golden *g = tb_golden_open(dir, digest, message);
  fuzz_require(g || *message, "MANIFEST is refused without a reason");
  if (g) {
    fuzz_taken++;
    look_at(g);
  }
  tb_golden_close(g);
  return 0;
}
