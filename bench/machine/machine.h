/* What a figure depends on and does not show: processor, operating system, compiler, the time.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MACHINE_H
#define TB_MACHINE_H

/* The machine and the run, for the table's head and the first columns of every row of the CSV. */
typedef struct tb_machine {
  char cpu[160], os[160], compiler[80], time[32];
  int cores; /* processors that this process may use */
} tb_machine;

void tb_machine_read(tb_machine *out);

#endif
