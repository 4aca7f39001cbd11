/* torpor/error.h: how a call says that it failed, and why.
 *
 * SPDX-License-Identifier: MIT
 *
 * A function that can fail returns a status; 0 is success. It also takes a struct torpor_error, in
 * which it leaves the same status and a text for people. A function's output is untouched if it
 * fails.
 *
 *     struct torpor_error error = {TORPOR_ERROR_INIT};
 *     if (torpor_save(torpor, NULL, &error) != TORPOR_STATUS_OK)
 *         fprintf(stderr, "%s\n", error.message);
 *
 * A caller who needs no text may pass NULL. A callback of the host is never given NULL: it may fill
 * the text without a check, by hand or with torpor_error_set of loader.h. */
#ifndef TORPOR_ERROR_H
#define TORPOR_ERROR_H

#include <torpor/version.h>

/* Numbers are given by hand and never reused. */
#define TORPOR_STATUS_OK 0
#define TORPOR_STATUS_INVALID 1     /* an argument, option or descriptor is wrong */
#define TORPOR_STATUS_UNSUPPORTED 2 /* known, but not built into this version */
#define TORPOR_STATUS_VERSION 3     /* ABI, format or type version that cannot be used */
#define TORPOR_STATUS_NOT_FOUND 4   /* no such file, path, type, plugin */
#define TORPOR_STATUS_EXISTS 5      /* a name or file is taken */
#define TORPOR_STATUS_DAMAGED 6     /* checksum, length or structure of a file is wrong */
#define TORPOR_STATUS_MISMATCH 7    /* file and live host differ in shape, count, dtype, kind */
#define TORPOR_STATUS_UNIT 8        /* unknown unit, or two units of different dimension */
#define TORPOR_STATUS_FINGERPRINT 9 /* a valid checkpoint, but of another model */
#define TORPOR_STATUS_NO_SPACE 10   /* disk or quota full */
#define TORPOR_STATUS_IO 11         /* another error of the operating system */
#define TORPOR_STATUS_NO_MEMORY 12
#define TORPOR_STATUS_LIMIT 13   /* depth, count or size beyond what is allowed */
#define TORPOR_STATUS_BUSY 14    /* another process holds the folder */
#define TORPOR_STATUS_ORDER 15   /* a call at a time when it is not allowed */
#define TORPOR_STATUS_REFUSED 16 /* this state cannot be saved exactly */
#define TORPOR_STATUS_HOST 17    /* a callback of the host failed without a status of its own */
#define TORPOR_STATUS_TORN                                                                         \
    18 /* a restore failed while it was writing: the live state is unusable */

/* Caller's memory. */
struct torpor_error {
    uint32_t struct_size;
    int32_t status;
    char message[1016]; /* UTF-8, ends with NUL; a longer text loses part of its middle */
};
#define TORPOR_ERROR_INIT .struct_size = sizeof(struct torpor_error)

#endif /* TORPOR_ERROR_H */
