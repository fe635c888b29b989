/* Which arguments PyTorch 2.13.0 accepts for max_pool2d, and what shape the output has.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_RULES_H
#define TB_MAX_POOL2D_RULES_H

#include "descriptor.h"
#include "validity.h"

/* The arguments of F.max_pool2d, valid or not; x is the shape of its tensor. An empty stride stands for kernel_size. */
typedef struct tb_max_pool2d {
  tb_list x, kernel_size, stride, padding, dilation;
  bool ceil_mode;
} tb_max_pool2d;

/* Checks the arguments by PyTorch 2.13.0's rules, in its order. True: *y is the shape of y and of indices (as many dimensions
 * as x). False: *y is untouched and message holds the first line of PyTorch's error.
 *
 * Two departures, which have a message of our own: numbers of elements that do not fit 63 bits, and an extent dilation *
 * (kernel_size - 1) of 2^31 or more, where PyTorch's arithmetic in 32 bits wraps around and lets it pass. */
bool tb_max_pool2d_check(const tb_max_pool2d *c, tb_list *y, char message[TB_MESSAGE_MAX]);

/* A parameter of one axis, 0 being height: a list of one number means both, an empty stride the kernel_size. */
int64_t tb_max_pool2d_kernel(const tb_max_pool2d *c, int axis);
int64_t tb_max_pool2d_stride(const tb_max_pool2d *c, int axis);

/* The output's size along an axis, as in torch.nn.MaxPool2d:
 *     floor((in + 2*padding - dilation*(kernel_size - 1) - 1 + (ceil_mode ? stride - 1 : 0)) / stride) + 1
 * and with ceil_mode one less where the last window would begin at or after in + padding. It may be negative. All numbers are
 * below 2^31 but in, which is below 2^62; stride is not 0. */
int64_t tb_max_pool2d_output_size(int64_t in, int64_t kernel_size, int64_t stride, int64_t padding, int64_t dilation,
                                  bool ceil_mode);

#endif
