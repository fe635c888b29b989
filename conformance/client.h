/* The parent's side of a worker: starts it, asks it, survives it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CLIENT_H
#define TB_CLIENT_H

#include "protocol.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct tb_worker {
  char program[4096]; /* tenbin-worker */
  char plugin[4096]; /* empty: the built-in kernels */
  pid_t pid; /* 0: not running; it is started again when it is needed */
  int request, report, shared, prints;
  tb_hello hello;
  long starts;
} tb_worker;

/* Starts a worker for a plugin (NULL: the built-in kernels). False: message says why the plugin cannot be loaded or the worker
 * not be started, and nothing is left running. */
bool tb_worker_start(tb_worker *worker, const char *program, const char *plugin, char message[600]);
void tb_worker_stop(tb_worker *worker);

/* Runs one request. The report says how it ended, the worker's death included; a dead worker is started anew at the next call.
 * wall_seconds is the limit on the clock. False: a worker can no longer be started. */
bool tb_worker_run(tb_worker *worker, const tb_request *request, double wall_seconds, tb_report *report);

/* Reads from a range of the memory file, as the last request has left it. */
bool tb_worker_read(const tb_worker *worker, int slot, int64_t offset, void *out, size_t bytes);

/* What the kernel printed during the last request, at most size - 1 bytes of it. */
void tb_worker_prints(const tb_worker *worker, char *out, size_t size);

#endif
