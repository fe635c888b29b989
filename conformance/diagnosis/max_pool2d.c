/* The diagnosis of max_pool2d: its name.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/max_pool2d.h"
#include "lens.h"

const tb_lens tb_lens_max_pool2d = {.op = &tb_operator_max_pool2d, .table = "max_pool2d/mutants.txt", .folder = "pools"};
