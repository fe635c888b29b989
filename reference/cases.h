/* Files of cases: the reader.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CASES_H
#define TB_CASES_H

#include "descriptor.h"

/* A file of cases is text, in lines of at most TB_LINE_MAX - 1 bytes. Blank lines and lines that begin with # are skipped. A
 * line in brackets opens a group:
 *
 *     [GROUP ATTRIBUTE..] what the group is about
 *
 * with the attributes fill=wide-x,wide-w (each line stands for one case per fill named, of its operator's kinds of data), heavy
 * (left out of the quick suite) and reject (PyTorch refuses these); digest and statistics are for the export alone: its data
 * hold digests in the place of the elements, or also counts and sums of a distribution (golden/README.md). Every other line is
 * a descriptor, with the reason why it is there:
 *
 *     conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1   # M01 M02: FLAGS, a colon, and the reason
 *
 * Flags name the bugs that a case catches; layer=NAME makes a line a layer of the benchmark. Lines before the first group, such
 * as those of a plain list of descriptors, stand in a group without a name; there every line is a layer.
 *
 * This reader takes the tokens of a descriptor in any order. The export of golden data takes canonical lines alone. */

typedef struct tb_case_line {
  tb_case c;
  char *text;  /* the canonical descriptor */
  char *flags; /* separated by blanks, without layer=; may be empty */
  char *layer; /* of a layer, or NULL; in a group without a name lineN, by the line's number, where layer= does not give it */
  char *why;   /* may be empty */
  int group;
  int line; /* in the file, from 1 */
} tb_case_line;

typedef struct tb_case_group {
  char *name, *about;
  bool heavy, reject;
  int fills;
  char fill[3][16]; /* names */
} tb_case_group;

typedef struct tb_case_file {
  char *path;
  int groups, lines;
  tb_case_group *group;
  tb_case_line *line;
} tb_case_file;

/* Reads the file that a word names: the word is its path, unless no such file is there and it is OPERATOR/NAME of a file
 * OPERATOR/NAME.cases or .layers of conformance/cases in the folder of tenbin's data, or NAME where one operator alone has a
 * file of that name. NULL: message (of `size` bytes) names file, line and token. Free with tb_cases_free. */
tb_case_file *tb_cases_open(const char *word, char *message, size_t size);

/* As tb_cases_open, of the file OPERATOR/NAME.cases there, whatever file of that name is here. */
tb_case_file *tb_cases_committed(const char *name, char *message, size_t size);

void tb_cases_free(tb_case_file *file);

#endif
