/* What the loader needs to report errors, beside torpor_error_set of loader.h. */
#ifndef TORPOR_HOST_FAIL_H
#define TORPOR_HOST_FAIL_H

#include "exported.h"

/* Bytes that `error` (may be NULL) has for its text; 0: none. */
size_t torpor_fail_room(const struct torpor_error *error);

/* Clear `error` (may be NULL), so that it never reports an earlier call's failure. */
void torpor_fail_clear(struct torpor_error *error);

#endif
