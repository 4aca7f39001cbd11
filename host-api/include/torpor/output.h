/* torpor/output.h: a file that the run appends to, such as a list of spikes. Torpor brings it to
 * the right length when the run starts or resumes, so that nothing is in it twice and nothing is
 * missing:
 *
 * - A run that starts fresh (torpor_restore, at step 0) begins with an empty file. Torpor makes the
 *   file if it is missing. Something may be in it that no checkpoint knows, for instance from a run
 *   that was killed before its first checkpoint: that is copied to "<path>.aside-<n>", with a
 *   warning, before the file is emptied.
 * - A run that resumes goes on behind the last byte that the checkpoint knows. What follows it is
 *   cut off, and comes again.
 *
 * The easiest host opens its file by fopen(path, "a"), before torpor_restore and never with "w",
 * and has `flush` call fflush. In this mode every write goes to the end, wherever that is by then.
 * A header is written after torpor_restore, if that did not resume.
 *
 * Torpor holds a lock of the file (flock, on a descriptor of its own) from the start of the run
 * until the session ends, so that a second run is refused. It must be a regular file.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_OUTPUT_H
#define TORPOR_OUTPUT_H

#include <torpor/error.h>

/* For a file that the host opens only when there is something to write, and makes empty by itself.
 * A fresh start leaves it as it is; so does a restore if the checkpoint does not list it. */
#define TORPOR_OUTPUT_OPTIONAL 1u

struct torpor_output {
    uint32_t struct_size;
    uint32_t flags;    /* TORPOR_OUTPUT_... */
    const char *path;  /* as the operating system takes it. A relative one leads from the working
                          directory in which the host first lists it, also after a chdir; the
                          checkpoint has it as it is given here */
    void *output_data; /* first argument of each slot */
    /* Hand all that was written so far to the operating system: fflush for a FILE *, without which
     * a resume loses the lines that stdio still holds. NULL only if the host writes by write(2).
     * Called at each save, where Torpor then digests what is new, and makes the file durable; and
     * before the file is cut or emptied, so that nothing old follows. */
    int32_t (*flush)(void *output_data, struct torpor_error *error);
    /* (optional) The run starts or resumes, and the file now ends at byte_length (0 at a fresh
     * start): write on there. For hosts that do not open their file for appending. A failure leaves
     * the live state torn. */
    int32_t (*rolled_back)(void *output_data, uint64_t byte_length, struct torpor_error *error);
};
#define TORPOR_OUTPUT_INIT .struct_size = sizeof(struct torpor_output)

#endif /* TORPOR_OUTPUT_H */
