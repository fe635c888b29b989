/* The smallest case: a failing case made simpler as long as it fails.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SHRINK_H
#define TB_SHRINK_H

#include "descriptor.h"

/* Whether a case, which is always valid, fails in the way that is looked for. */
typedef bool (*tb_fails)(void *arg, const tb_case *c);

/* Shrinks a valid case: calls and sets are dropped, and every number goes to its default, or as near to it as the case still
 * fails: big steps first, single numbers before pairs of them, the cases cheap to look at before those with other data. Of data
 * other than the first kind a few elements are tried, in that kind. Asks fails() at most `budget` times, never twice of the
 * same case, and only of cases whose text is parsed as the same valid case. False: the start itself does not fail, and *out is
 * the start. With budget to spare *out is minimal: no call or set can be dropped, and no number, and no two at once, can be one
 * nearer to the default. */
bool tb_shrink(const tb_case *start, tb_fails fails, void *arg, int budget, tb_case *out);

#endif
