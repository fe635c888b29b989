/* The digest of MANIFEST, by which the reader knows it. Written by export.py, with MANIFEST.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MANIFEST_H
#define TB_MANIFEST_H

#define TB_MANIFEST_DIGEST "8ee21612371dde5da9211a0029c3b5d6"

#endif
