/* The number of threads of OpenMP libraries, which have threads of their own.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_OPENMP_H
#define TB_OPENMP_H

/* Makes sure that OMP_NUM_THREADS holds `most`. They read it as they are loaded, which is before main: with another number
 * there the program starts itself anew. */
void tb_openmp_require(char **argv, int most);

/* Tells the OpenMP libraries in this process that the calling thread's regions are to have so many threads from now on. Cheap
 * where they have that number already. */
void tb_openmp_use(int threads);

#endif
