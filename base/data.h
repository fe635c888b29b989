/* The folder of tenbin's data: of conformance/ with its cases, and golden/.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DATA_H
#define TB_DATA_H

#include <stdbool.h>
#include <stddef.h>

/* The folder that the option --data or the environment variable TENBIN_DATA names; or else ../share/tenbin beside the folder of
 * this program, if it is there; or else the source tree that the program was built from. */
const char *tb_data_dir(void);

/* If no file `path` is there, adds to the message (of `size` bytes) a line that says which folders were looked in. */
void tb_data_missing(const char *path, char *message, size_t size);

/* The option, for a table of options. It becomes the environment variable, and so reaches the programs that this one starts. */
#define TB_DATA_OPTION {.name = "data", .read = tb_read_data, .value = NULL, .expected = "a folder"}
bool tb_read_data(const char *text, void *nothing);

#endif
