/* Times for readers.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SECONDS_H
#define TB_SECONDS_H

#define TB_SECONDS 24

/* "114.2 us": four digits and a unit that suits them. */
void tb_seconds(double seconds, char out[TB_SECONDS]);

#endif
