/* Smaller problems that stand for a layer whose runs are too long for short pairs.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROXY_H
#define TB_PROXY_H

#include "descriptor.h"

#define TB_PROXIES 64

/* The case itself, and smaller ones after it, each about half of the one before: first fewer rows, as long as there are 8,
 * then fewer channels, as long as that leaves a matrix product its shape, then fewer images; then what is left of all. Kernel,
 * stride, padding, dilation and groups stay. Returns how many they are. */
int tb_proxies(const tb_case *c, tb_case out[TB_PROXIES]);

#endif
