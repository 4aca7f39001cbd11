/* torpor/clock.h: simulated time.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_CLOCK_H
#define TORPOR_CLOCK_H

#include <stdint.h>

struct torpor_clock {
    uint32_t struct_size;
    uint32_t reserved;
    double time;
    const char *unit; /* "ms", or "1" where steps are only counted; the same at every call, and
                         valid until the session ends */
    uint64_t step;    /* names the checkpoint; grows with time */
};
#define TORPOR_CLOCK_INIT .struct_size = sizeof(struct torpor_clock)

#endif /* TORPOR_CLOCK_H */
