/* How the loader reports: a status and a text into the caller's torpor_error. */
#ifndef TORPOR_HOST_FAIL_H
#define TORPOR_HOST_FAIL_H

#include <torpor/host.h>

/* Fill `error` (may be NULL), return `status`. The text is cut at a character boundary where it is
 * too long. */
int32_t torpor_fail(struct torpor_error *error, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Forget what `error` (may be NULL) held before this call, so that it never tells of an older one.
 */
void torpor_fail_clear(struct torpor_error *error);

#endif
