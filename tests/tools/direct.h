/* Libraries called as their user calls them, without tenbin's interface: what the kernels that use them are compared with.
 * Layers without groups and bias.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DIRECT_H
#define TB_DIRECT_H

#include "conv_arguments.h"

/* make gives what run and free take; x, w and y are dense, stay alive and in place until free, and run writes y. A library's
 * error, or no memory, ends the program with code 3. */
typedef struct direct {
  const char *kernel; /* that does the same by the same library */
  void *(*make)(const tb_problem *p, float *x, float *w, float *y);
  void (*run)(void *self);
  void (*free)(void *self);
} direct;

extern const direct direct_gemm;
#ifdef TENBIN_WITH_ONEDNN
extern const direct direct_plain, direct_blocked;
#endif

#endif
