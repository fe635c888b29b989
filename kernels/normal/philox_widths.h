/* Includes a kernel's body LANE_BODY behind normal_lanes.h and philox_lanes.h, once for each width that there is.
 *
 * SPDX-License-Identifier: MIT */
#define LANES 4
#include "normal_lanes.h"
#include "philox_lanes.h"

#include LANE_BODY

#if defined(__x86_64__)
#undef LANES
#define LANES 8
#include "normal_lanes.h"
#include "philox_lanes.h"

#include LANE_BODY

#undef LANES
#define LANES 16
#include "normal_lanes.h"
#include "philox_lanes.h"

#include LANE_BODY
#endif
