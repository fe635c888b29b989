/* Tensors in memory: dense ones in row-major order, and those whose strides put their elements elsewhere.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STRIDES_H
#define TB_STRIDES_H

#include "problem.h"

/* Whether the elements follow each other in row-major order. The stride of a dimension of size 1 says nothing. */
bool tb_desc_is_dense(const tenbin_desc *desc);

/* Bytes of its elements alone; 0 where absent or empty. */
size_t tb_desc_dense_bytes(const tenbin_desc *desc);

/* Copies the elements between a dense tensor and memory whose first element is (0, 0, ..). What lies between the elements in
 * memory stays as it is. */
void tb_desc_scatter(const tenbin_desc *desc, const void *dense, void *memory);
void tb_desc_gather(const tenbin_desc *desc, const void *memory, void *dense);

/* Makes each element in memory the same. */
void tb_desc_fill(const tenbin_desc *desc, const void *element, void *memory);

#endif
