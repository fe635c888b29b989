/* The parent's side of a worker: starts it, asks it, survives it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CLIENT_H
#define TB_CLIENT_H

#include "protocol.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The memory files of the tensors: descriptors, or -1. Workers that share them have their tensors in the same pages. */
typedef struct tb_files {
  int inputs, outputs;
} tb_files;

/* Their sizes are sealed; the file of inputs is for the caller to seal further. False: errno says why. Close in any case. */
bool tb_files_open(tb_files *files);
void tb_files_close(tb_files *files);

typedef struct tb_worker {
  char program[4096]; /* tenbin-worker */
  char plugin[4096];  /* empty: the built-in kernels */
  pid_t pid;          /* 0: not running; it is started again when it is needed */
  int request, report, control, prints;
  tb_files files;
  bool lent;                                                 /* they are the caller's */
  tb_record *record;                                         /* [TB_BLOCK_MAX], the parent's: see tb_worker_run */
  void (*get)(const void *context, int32_t i, tb_case *out); /* the case in the text of record i; NULL: the text is parsed */
  const void *context;
  tb_block *block;     /* in shared memory; survives the worker */
  const void *answers; /* likewise, for reading */
  uint32_t serial;     /* of the last request */
  char why[600];       /* why it cannot be started any more; empty while it can */
  long killed;         /* tb_killed_for_memory before it */
  double used;         /* seconds of processor time, by the last process that was ended and what it had started */
  tb_hello hello;
  const volatile sig_atomic_t *stop; /* set from outside to end what is running; may be NULL */
} tb_worker;

typedef enum tb_answer {
  TB_ANSWERED,
  TB_DIED,    /* in the middle of a record, whose report says how; or what it says of that record makes no sense */
  TB_STOPPED, /* *stop was set */
  TB_LOST     /* a file that it needs cannot be used */
} tb_answer;

/* Starts a worker for a plugin (NULL: the built-in kernels). False: message says why the plugin cannot be loaded or the worker
 * not be started, and nothing is left running. */
bool tb_worker_start(tb_worker *worker, const char *program, const char *plugin, char message[600]);

/* The same, with memory files that are the caller's, and outlive the worker. */
bool tb_worker_start_on(tb_worker *worker, const tb_files *files, const char *program, const char *plugin, char message[600]);
void tb_worker_stop(tb_worker *worker);

/* The same, and it is started by the first that needs it. False: there is no memory. */
bool tb_worker_make(tb_worker *worker, const char *program, const char *plugin);

/* Ends the process, if there is one, whatever it is doing, or by_force false once it ends by itself. Its status as waitpid
 * gives it, or 0. */
int tb_worker_end(tb_worker *worker, bool by_force);

/* Makes sure that a worker runs. False: it cannot be started, and worker->why says why; nobody tries again. */
bool tb_worker_ready(tb_worker *worker);

/* Runs records request->from .. request->to - 1 of worker->record, whose texts are filled in, and fills in their reports.
 * TB_DIED: *next is the record after the one that ended the worker, and the reports after it are pending; ask again from there,
 * and a new worker goes on. Where none can be started, the reports that are left say so (TB_ENDED_OUTSIDE). */
tb_answer tb_worker_run(tb_worker *worker, const tb_request *request, int32_t *next);

/* Runs an order on a kernel and the case in worker->record[0].text, and fills in that record's report and the times, of which
 * there are as many as the order says. Not to be asked again after another answer than TB_ANSWERED, or if the report's outcome
 * is not TB_RAN: then there are no times. */
tb_answer tb_worker_time(tb_worker *worker, const char *kernel, const tb_order *order, tb_times *times);

/* Reads from a range of the memory files, as the last record has left it. */
bool tb_worker_read(const tb_worker *worker, int slot, int64_t offset, void *out, size_t bytes);

/* What the kernel printed during the last request, in lines fit to print, at most size - 1 bytes of it. */
void tb_worker_prints(const tb_worker *worker, char *out, size_t size);

#endif
