/* The stages of a kernel's life.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STAGE_H
#define TB_STAGE_H

#include <stdint.h>

/* Where in a kernel's life the process is that runs it. */
typedef enum tb_worker_stage {
  TB_IN_IDLE,
  TB_IN_LOAD,
  TB_IN_SUPPORTS,
  TB_IN_PREPARE,
  TB_IN_WORKSPACE,
  TB_IN_RUN,
  TB_IN_RELEASE,
  TB_IN_OPEN,
  TB_IN_SEED,
  TB_IN_CLONE,
  TB_IN_STATE_SIZE,
  TB_IN_SAVE,
  TB_IN_RESTORE,
  TB_IN_CLOSE,
  TB_IN_FAILING_PREPARE,
  TB_IN_FAILING_OPEN,
  TB_IN_STAGES
} tb_worker_stage;

/* In words; of a number that is no stage, too. */
static inline const char *tb_stage_name(int32_t stage) {
  static const char *const name[TB_IN_STAGES] = {
      [TB_IN_IDLE] = "tenbin's own work",
      [TB_IN_LOAD] = "load",
      [TB_IN_SUPPORTS] = "supports",
      [TB_IN_PREPARE] = "prepare",
      [TB_IN_WORKSPACE] = "workspace",
      [TB_IN_RUN] = "run",
      [TB_IN_RELEASE] = "release",
      [TB_IN_OPEN] = "open",
      [TB_IN_SEED] = "seed",
      [TB_IN_CLONE] = "clone",
      [TB_IN_STATE_SIZE] = "state_size",
      [TB_IN_SAVE] = "save",
      [TB_IN_RESTORE] = "restore",
      [TB_IN_CLOSE] = "close",
      [TB_IN_FAILING_PREPARE] = "prepare, with a failing allocation",
      [TB_IN_FAILING_OPEN] = "open, with a failing allocation",
  };
  return stage >= 0 && stage < TB_IN_STAGES ? name[stage] : "a call";
}

#endif
