/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "3b2935e83f0a856d474334d8a77836e1"

#endif
