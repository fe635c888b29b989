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

/* Copies record i of the block, and digests its answers, which are those of case c; its operator is NULL where the text is no
 * case. `answers` is a mapping of TB_ANSWERS_FULL bytes from TB_ANSWERS_OFFSET on. Of an order, which gives no answers to read,
 * c is NULL. out is untouched unless the record is finished. */
tb_told tb_collect(int outputs, const tb_block *block, int32_t i, const tb_case *c, const void *answers, tb_report *out,
                   char why[sizeof out->detail]);

/* Copies the times of an order that took `most` seconds on the parent's clock, with what comes before and after. False: why
 * says what makes no sense. */
bool tb_collect_times(int control, const tb_order *order, double most, tb_times *out, char why[sizeof((tb_report *)0)->detail]);

/* Of a worker that has just started: whether its greeting can be true. Its texts are made fit to print. False: why says what
 * cannot. */
bool tb_collect_greeting(tb_hello *hello, char why[TB_REGISTRY_MESSAGE]);

#endif
