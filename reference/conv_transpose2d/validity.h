/* Which arguments PyTorch 2.13.0 accepts for conv_transpose2d, and what shape the output has.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_VALIDITY_H
#define TB_VALIDITY_H

#include "conv_arguments.h"

/* Checks the arguments of F.conv_transpose2d by PyTorch 2.13.0's rules, in its order. True: *y is the output's shape (as many
 * dimensions as x). False: *y is untouched and message holds the first line of PyTorch's error.
 *
 * Two departures, both of which reject what PyTorch rejects by accident of its types: sizes, element counts and positions that
 * do not fit 63 bits have a message of our own (PyTorch truncates to 32 bits first), and an empty batch with an empty kernel or
 * no output channels, where PyTorch raises an internal IndexError, has the message of the same fault in a full batch. */
bool tb_conv_check(const tb_conv *c, tb_list *y, char message[TB_MESSAGE_MAX]);

/* H_out = (H - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1 (torch.nn.ConvTranspose2d); axis 0 is
 * height. False: it does not fit 64 bits. */
bool tb_conv_output_size(const tb_conv *c, int axis, int64_t *out);

#endif
