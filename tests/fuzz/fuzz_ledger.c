/* The ledgers: the same lines as each of those that a suite reads.
 *
 * SPDX-License-Identifier: MIT */
#include "folder.h"
#include "fuzz.h"
#include "operator.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE "space.ledger"

/* The golden data of a suite with one ledger that says something. */
static void make_golden(const char *ledger, const void *bytes, size_t size) {
  static char container[2000];
  char manifest[2000], name[80], digest[33];
  tb_text t = {container, 0, sizeof container}, lines = {manifest, 0, sizeof manifest};
  folder_container(&t);
  fuzz_data("golden/a.safetensors", container, t.used);
  folder_list(&lines, "a.safetensors", container, t.used);
  for (int i = 0; i == 0 || tb_operator_at(i - 1); i++) {
    const tb_operator *op = i > 0 ? tb_operator_at(i - 1) : NULL;
    const char *one = i == 0 ? SPACE : op->grid ? op->grid->ledger : NULL;
    const bool chosen = one && strcmp(one, ledger) == 0 && size > 0; /* an empty file is damaged */
    if (!one)
      continue;
    snprintf(name, sizeof name, "golden/%s", one);
    fuzz_data(name, chosen ? bytes : "#", chosen ? size : 1);
    folder_list(&lines, one, chosen ? bytes : "#", chosen ? size : 1);
  }
  fuzz_data("golden/MANIFEST", manifest, lines.used);
  tb_digest_print(XXH3_128bits(manifest, lines.used), digest);
  setenv("TENBIN_MANIFEST", digest, 1);
}

/* A block of a grid has one name. */
static void compare_names(const tb_suite_group *group, const tb_grid_block *block) {
  for (int i = 0; i < group->chunks; i++) {
    const tb_grid_block *other = &group->chunk[i].block;
    fuzz_require(memcmp(block->own, other->own, sizeof block->own) != 0 || strcmp(block->key, other->key) == 0,
                 "one block is '%s' and '%s'", block->key, other->key);
  }
}

/* The first and the last case of each chunk: each is valid, and those of a grid are canonical. */
static void look_at(const tb_suite *suite) {
  static tb_problem p;
  for (int g = 0; g < suite->groups; g++)
    for (int k = 0; k < suite->group[g].chunks && suite->group[g].kind != TB_LISTED; k++)
      for (int last = 0; last < 2; last++) {
        const tb_chunk *chunk = &suite->group[g].chunk[k];
        char text[TB_TEXT_MAX];
        tb_chunk_text(&suite->group[g], chunk, last ? chunk->cases - 1 : 0, text);
        fuzz_require(tb_problem_parse(text, &p), "a ledger's case: %s", text);
        if (suite->group[g].kind == TB_GRID)
          compare_names(&suite->group[g], &chunk->block);
        fuzz_require(suite->group[g].kind == TB_SPACE || strcmp(text, p.text) == 0, "%s is another case: %s", text, p.text);
      }
}

static bool read_ledger(const char *ledger, const void *bytes, size_t size) {
  char message[4096] = "";
  make_golden(ledger, bytes, size);
  tb_suite *suite = tb_suite_open(strcmp(ledger, SPACE) == 0 ? "full" : "grid", (tb_shard){0, 1}, message, sizeof message);
  fuzz_require(suite || *message, "%s is refused without a reason", ledger);
  fuzz_require(suite || strstr(message, ledger), "%s", message);
  if (suite)
    look_at(suite);
  tb_suite_close(suite);
  return suite != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static bool made;
  bool taken = false;
  if (!made)
    folder_cases();
  made = true;
  for (int i = 0; tb_operator_at(i); i++)
    if (tb_operator_at(i)->grid)
      taken = read_ledger(tb_operator_at(i)->grid->ledger, bytes, size) || taken;
  taken = read_ledger(SPACE, bytes, size) || taken;
  fuzz_taken += taken;
  return 0;
}
