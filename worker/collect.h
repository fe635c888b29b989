/* What a worker says of a record, checked, with what the parent finds by itself.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COLLECT_H
#define TB_COLLECT_H

#include "protocol.h"

typedef enum tb_told {
  TB_TOLD,    /* the record is finished, and out is filled in */
  TB_NOTHING, /* it is not: a worker that goes on has yet to run it */
  TB_NONSENSE /* no worker says that: a kernel has written into its memory. why names the field */
} tb_told;

/* Copies record i of the block in the memory file, whose descriptor is `text`, and digests its answers. `answers` is a mapping
 * of TB_ANSWERS_FULL bytes from TB_ANSWERS_OFFSET on. out is untouched unless the record is finished. */
tb_told tb_collect(int shared, const tb_block *block, int32_t i, const char *text, const void *answers, tb_report *out,
                   char why[sizeof out->detail]);

/* Of a worker that has just started: whether its greeting can be true. Its texts are made fit to print. False: why says what
 * cannot. */
bool tb_collect_greeting(tb_hello *hello, char why[TB_REGISTRY_MESSAGE]);

#endif
