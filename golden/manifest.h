/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "4ba0633bd7d30dc5869dc1dfe662ced1"

#endif
