/* Standard output, of which a program has to know whether it was written.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_OUTPUT_H
#define TB_OUTPUT_H

/* At the beginning of main: a standard stream that is closed is opened on a file that can be neither read nor written, so that
 * no file of the program's own takes its number, and what goes to the stream fails. */
void tb_output_start(void);

/* At the end of main: the exit code, and 3 instead, with a message, where standard output was not written as a whole. */
int tb_output_finish(const char *program, int code);

#endif
