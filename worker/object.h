/* Whether a file is a shared object.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_OBJECT_H
#define TB_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a file is a shared object for this machine. False: why says what it is instead. */
bool tb_object_shared(const char *path, char *why, size_t size);

#endif
