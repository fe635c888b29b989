/* OpenMP's threads: the environment, and omp_set_num_threads of whatever runtime is there.
 *
 * SPDX-License-Identifier: MIT */
#include "openmp.h"
#include "interrupt.h"
#include "program.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tb_openmp_require(char **argv, int most) {
  char number[16];
  snprintf(number, sizeof number, "%d", most);
  const char *present = getenv("OMP_NUM_THREADS");
  if (present && strcmp(present, number) == 0)
    return;
  if (setenv("OMP_NUM_THREADS", number, 1) == 0) {
    tb_interrupt_hand_over();
    execv("/proc/self/exe", argv);
    tb_interrupt_start();
  }
  tb_report_error(0, "warning: cannot start anew with OMP_NUM_THREADS=%s; libraries that use OpenMP may use another number",
                  number);
}

void tb_openmp_use(int threads) {
  /* GNU's, LLVM's and Intel's. A plugin's is not among the program's own symbols, but it is loaded. */
  static const char *const runtime[] = {"libgomp.so.1", "libomp.so.5", "libomp.so", "libiomp5.so"};
  static int current;
  if (threads == current)
    return;
  for (size_t i = 0; i < sizeof runtime / sizeof *runtime; i++) {
    void *handle = dlopen(runtime[i], RTLD_LAZY | RTLD_NOLOAD);
    void (*set)(int) = NULL;
    if (handle)
      *(void **)&set = dlsym(handle, "omp_set_num_threads");
    if (set)
      set(threads);
    if (handle)
      dlclose(handle);
  }
  current = threads;
}
