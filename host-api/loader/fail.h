/* How the loader reports: torpor_error_set of loader.h, and this. */
#ifndef TORPOR_HOST_FAIL_H
#define TORPOR_HOST_FAIL_H

#include "exported.h"

/* Bytes that `error` (may be NULL) has for its text; 0: none. */
size_t torpor_fail_room(const struct torpor_error *error);

/* Forget what `error` (may be NULL) held before this call, so that it never tells of an older one.
 */
void torpor_fail_clear(struct torpor_error *error);

#endif
