/* The signals that ask a program to end: SIGINT, SIGTERM, SIGHUP.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_INTERRUPT_H
#define TB_INTERRUPT_H

#include <signal.h>

/* Becomes nonzero by the first of these signals: the program stops its work, reports what is finished, and ends with exit code
 * 130. */
extern volatile sig_atomic_t tb_interrupted;

/* At the beginning of main, after tb_output_start. A signal that comes a second after the first ends the program at once, for a
 * kernel may hang. SIGHUP stays ignored under nohup. A reader that has gone and a file that may not grow are noticed by the
 * write that fails, not by a signal. */
void tb_interrupt_start(void);

/* For a program that starts another of tenbin's, before it does; and for that one, which is then asked to end when its parent
 * has died, however it did. */
void tb_interrupt_children(void);
void tb_interrupt_with_parent(void);

/* Until then, and in a program without work that has to be stopped: the first of these signals ends it with exit code 130. */
void tb_interrupt_at_once(void);

/* Before exec: these signals wait for the next program's tb_interrupt_start, for loading its libraries takes a while. One that
 * has come already ends the program here. Where exec fails, tb_interrupt_start lets them in again. */
void tb_interrupt_hand_over(void);

#endif
