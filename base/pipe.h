/* Reading from a pipe with a deadline.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PIPE_H
#define TB_PIPE_H

#include <sys/types.h>

/* Reads `bytes` bytes before the deadline, seconds as tb_now has them. How many came: fewer at the end of the pipe, -1 at the
 * deadline. */
ssize_t tb_read_until(int fd, void *out, size_t bytes, double deadline);

#endif
