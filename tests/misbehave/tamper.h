/* What a kernel can do to the memory that its worker shares with tenbin: worker/protocol.h.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TAMPER_H
#define TAMPER_H

#include "digest.h"
#include "protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The block of records. NULL: it is not found. */
static tb_block *tamper_block(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512], mode[8];
  uintptr_t from, to;
  uint64_t offset;
  tb_block *found = NULL;
  while (maps && !found && fgets(line, sizeof line, maps))
    if (strstr(line, "/memfd:tenbin-control") &&
        sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %" SCNx64, &from, &to, mode, &offset) == 4 && offset == 0)
      found = (tb_block *)from;
  if (maps)
    fclose(maps);
  return found;
}

/* That of the case that is running. */
static tb_report *tamper_report(void) {
  tb_block *block = tamper_block();
  return block ? &block->record[block->current].report : NULL;
}

static void tamper_outcome(void) {
  tb_report *report = tamper_report();
  if (report)
    report->outcome = 77;
}

static void tamper_place(void) {
  tb_report *report = tamper_report();
  if (report)
    report->answer = INT64_MIN / 2;
}

static void tamper_current(int32_t step) {
  tb_block *block = tamper_block();
  if (block)
    block->current += step;
}

/* y is right. */
static void tamper_digests(const tenbin_tensor *y) {
  tb_report *report = tamper_report();
  float *data = y->data;
  const int64_t n = tb_desc_elements(&y->desc);
  if (!report)
    return;
  report->digest[0] = report->digest[1] = tb_digest_y(&y->desc, data);
  for (int64_t i = 0; i < n; i++)
    data[i] = 1;
}

static void tamper_file(void) {
  const int cut = ftruncate(TB_FD_CONTROL, 0);
  (void)cut;
}

static void tamper_reply(void) {
  const tb_reply reply = {.serial = 1, .done = TB_BLOCK_MAX};
  const ssize_t written = write(TB_FD_REPORT, &reply, sizeof reply);
  (void)written;
}

#endif
