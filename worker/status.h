/* What a kernel's functions return, in words.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STATUS_H
#define TB_STATUS_H

#include "kernel.h"

static inline const char *tb_status_name(tenbin_status status) {
  switch (status) {
  case TENBIN_OK:
    return "ok";
  case TENBIN_OUT_OF_MEMORY:
    return "out of memory";
  case TENBIN_UNSUPPORTED:
    return "unsupported";
  case TENBIN_FAILED:
    return "failed";
  }
  return "a status that does not exist";
}

#endif
