/* A child process whose standard input and output are pipes.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHILD_H
#define TB_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct tb_child {
  pid_t pid;
  int in, out; /* its standard input, to write to, and its standard output, to read from; -1: none */
} tb_child;

/* Starts *argv, found by PATH where it has no slash, in a process group of its own: a terminal's Ctrl-C is for the parent,
 * which would otherwise see its child crash. What the child writes on standard error is dropped: it is a kernel's. Where
 * `shared` is not negative, it is the child's descriptor 3. False: errno says why. */
bool tb_child_start(char *const *argv, int shared, tb_child *out);

/* Closes the pipes, sends `signal`, if that is not 0, and waits. What it has started in its group and left behind is killed.
 * The status as waitpid gives it. */
int tb_child_end(tb_child *child, int signal);

#endif
