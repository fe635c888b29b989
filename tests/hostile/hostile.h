/* What a row of hostile.txt does to the process that it is in.
 *
 * SPDX-License-Identifier: MIT */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <setjmp.h>

/* Does what ACTION of a row's id, STAGE_ACTION, says. It may not return, and may return twice. */
void hostile_act(const char *action);

/* A problem comes that is not to be hit: a thread that was left to crash does so now. */
void hostile_next(void);

/* Where the plugin's constructor was, which has returned. */
extern jmp_buf hostile_away;

/* Of memory.c: mappings, the memory file and tenbin's block in it. */
void hostile_unmap(void);
void hostile_protect(void);
void hostile_truncate(void);
void hostile_extend(void);
void hostile_overwrite(void);
void hostile_current_range(void);
void hostile_current_other(void);
void hostile_done(void);
void hostile_outcome(void);
void hostile_unsupported(void);
void hostile_stage(void);
void hostile_texts(void);
void hostile_digests(void);
void hostile_sizes(void);
void hostile_flags(void);

#endif
