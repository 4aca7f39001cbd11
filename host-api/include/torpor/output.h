/* torpor/output.h: a file that the run appends to, such as a list of spikes. A resume cuts it back
 * to its length at the checkpoint, so that nothing is written twice. Torpor holds a lock of it
 * (flock, on a descriptor of its own) from the start of the run until the session ends, so that a
 * second run is refused. It must be a regular file.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_OUTPUT_H
#define TORPOR_OUTPUT_H

#include <torpor/error.h>

/* For a file that the host opens only when there is something to write. If a checkpoint does not
 * list it, a restore leaves it as it is. */
#define TORPOR_OUTPUT_OPTIONAL 1u

struct torpor_output {
    uint32_t struct_size;
    uint32_t flags;    /* TORPOR_OUTPUT_... */
    const char *path;  /* as the operating system takes it */
    void *output_data; /* first argument of each slot */
    /* (optional) Save: hand all that was written so far to the operating system. Torpor then
     * digests what is new, and makes the file durable. */
    int32_t (*flush)(void *output_data, struct torpor_error *error);
    /* (optional) Restore, after the commit: the file now ends at byte_length; go on there. A
     * failure leaves the live state torn. */
    int32_t (*rolled_back)(void *output_data, uint64_t byte_length, struct torpor_error *error);
};
#define TORPOR_OUTPUT_INIT .struct_size = sizeof(struct torpor_output)

#endif /* TORPOR_OUTPUT_H */
