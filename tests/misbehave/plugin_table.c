/* kernels/example.c with another table, by macros: KERNELS kernels, of which the last is the SAME as the first; texts
 * NAME, OP, SUMMARY, LIBRARY, PLUGIN, VERSION, PRINT; WHY, an expression: it supports nothing; FILL: the same, and the reason
 * fills its array; GREET, a byte: what it says in place of its worker.
 *
 * SPDX-License-Identifier: MIT */
#define tenbin_plugin_table right_table
#include "mine.c"
#undef tenbin_plugin_table

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef KERNELS
#define KERNELS 1
#endif

enum { ROOM = KERNELS > 0 ? KERNELS : 1 };
static tenbin_kernel kernels[ROOM];
static const tenbin_kernel *pointers[ROOM];
static char names[ROOM][16];

#ifdef LIBRARY
static const char *library(void) {
  return LIBRARY;
}
#endif

#if defined(WHY) || defined(FILL)
static tenbin_status refuse(const tenbin_problem *problem, tenbin_answer *answer) {
  (void)problem;
#ifdef FILL
  memset(answer->why, FILL, sizeof answer->why);
#else
  snprintf(answer->why, sizeof answer->why, "%s", WHY);
#endif
  return TENBIN_UNSUPPORTED;
}
#endif

#ifdef PRINT
static tenbin_status print(const tenbin_plan *plan, const tenbin_call *call) {
  (void)plan;
  (void)call;
  printf("%s", PRINT);
  fflush(stdout);
  return TENBIN_OK;
}
#endif

static void make_kernel(int i) {
  kernels[i] = *right_table()->kernel[0];
  snprintf(names[i], sizeof names[i], "mine%d", i);
  kernels[i].name = names[i];
#ifdef NAME
  kernels[i].name = NAME;
#endif
#ifdef OP
  kernels[i].op = OP;
#endif
#ifdef SUMMARY
  kernels[i].summary = SUMMARY;
#endif
#ifdef LIBRARY
  kernels[i].library = library;
#endif
#if defined(WHY) || defined(FILL)
  kernels[i].supports = refuse;
#endif
#ifdef PRINT
  kernels[i].run = print;
#endif
  pointers[i] = &kernels[i];
}

#ifdef GREET
/* Says in its worker's place who it is, with bytes that are all the same. */
static void greet(void) {
  static char bytes[200000];
  memset(bytes, GREET, sizeof bytes);
  const ssize_t written = write(4, bytes, sizeof bytes);
  (void)written;
}
#endif

const tenbin_plugin *tenbin_plugin_table(void);
const tenbin_plugin *tenbin_plugin_table(void) {
  static tenbin_plugin plugin;
#ifdef GREET
  greet();
#endif
  plugin = *right_table();
  for (int i = 0; i < ROOM; i++)
    make_kernel(i);
#ifdef SAME
  pointers[ROOM - 1] = pointers[0];
#endif
  plugin.kernels = KERNELS;
  plugin.kernel = pointers;
#ifdef NO_ARRAY
  plugin.kernel = NULL;
#endif
#ifdef PLUGIN
  plugin.name = PLUGIN;
#endif
#ifdef VERSION
  plugin.version = VERSION;
#endif
  return &plugin;
}
