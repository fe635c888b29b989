/* The validator, which is tenbin's own, compared with PyTorch.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_VALIDATOR_H
#define TB_VALIDATOR_H

#include "report.h"
#include "suite.h"

/* Every rejected case ends in PyTorch's message, and every other one has an output of PyTorch's shape. */
void tb_run_validator(tb_tap *tap, const tb_suite *suite, tb_tally *tally);

#endif
