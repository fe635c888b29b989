/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "5c95999ec6b4083263c63729932821ae"

#endif
