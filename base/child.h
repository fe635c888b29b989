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

/* Whether a child has ended, which is not reaped by this; with 0 as options: waits until it has, with WNOHANG: does not wait.
 */
bool tb_child_ended(pid_t pid, int options);

/* Waits until a child has ended that leads a process group, kills what it has started there and left behind, and reaps it. Its
 * status as waitpid gives it. *seconds: of processor time that it has used, with the processes that it has reaped. */
int tb_child_reap(pid_t pid, double *seconds);

/* Ends a child that supervises a process (worker/supervisor.h) and ends what that has started: whatever it is doing, or
 * by_force false once it ends by itself. Its status, and *seconds: tb_child_reap. */
int tb_child_stop(pid_t pid, bool by_force, double *seconds);

/* Kills the children of this process, and those that come to it as a subreaper when they lose their parents, until there are
 * none, and reaps them. How many it has killed. */
int tb_children_end(void);

/* How many processes a process has started that are alive, with those that they have started, or `most` + 1 if these are more.
 */
int tb_descendants(pid_t pid, int most);

/* The oldest child of a process of one thread; 0: it has none. */
pid_t tb_first_child(pid_t parent);

/* Seconds that a thread of a process, the one that did so longest, has been ready to run and had no processor. */
double tb_waiting_time(pid_t pid);

/* How many processes the system has ended since it started, because it had no memory left. */
long tb_killed_for_memory(void);

/* Closes the pipes and ends it, if there is one: tb_child_stop. Its status, or 0. */
int tb_child_end(tb_child *child, bool by_force);

#endif
