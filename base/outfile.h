/* A file of results, complete or not there.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_OUTFILE_H
#define TB_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct tb_outfile tb_outfile;

/* Finds out whether PATH can be written, by writing a temporary file beside it and removing it. Failures are reported, as those
 * of `option`. Both strings must outlive what is returned. */
tb_outfile *tb_outfile_open(const char *option, const char *path);

/* Whether two paths lead to one file: one that is there by its inode, another by its folder's and its name. */
bool tb_same_file(const char *a, const char *b);

/* A file that is read, and as what. */
typedef struct tb_input {
  const char *option, *path;
} tb_input;

/* Checks that these files are all different, however they are spelt, and that no output is standard output. NULL among the
 * outputs is allowed. Returns an exit code: usage, if two are the same, and reports which. */
int tb_outfiles_apart(tb_outfile *const *output, int outputs, const tb_input *input, int inputs);

/* Where to write to: memory. */
FILE *tb_outfile_text(tb_outfile *f);

/* Writes a temporary file beside PATH and renames it. False: the error is reported, PATH is as it was, and no other file is
 * left. NULL is allowed here and for closing: no file is asked for. */
bool tb_outfile_write(tb_outfile *f);
void tb_outfile_close(tb_outfile *f);

#endif
