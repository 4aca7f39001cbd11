/* What Torpor has to know about the model. */
#ifndef TINY_HOST_ADAPTER_H
#define TINY_HOST_ADAPTER_H

#include "model.h"

#include <torpor/loader.h>

/* Load Torpor and show it the model. `options` are KEY=VALUE texts, such as "every=500 ms".
 * Returns NULL on failure; `error` says why. The model must stay where it is until torpor_close. */
struct torpor *adapter_open(struct model *model, const char *const *options, uint64_t n_options,
                            struct torpor_error *error);

/* Certify that all state is covered: save, run, restore, run, compare. Returns 0, or a status;
 * `error` then names what is not covered. */
int32_t adapter_selfcheck(struct torpor *torpor, uint64_t n_steps, struct torpor_error *error);

#endif
