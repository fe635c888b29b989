/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "96b5ede420fa7bf375a0eecea6625979"

#endif
