/* earns TORPOR_STATUS_INVALID "says that it attached, but gave no session" */
#include <torpor/plugin.h>
static int32_t
attach_to_nothing(const struct torpor_host *host, void *host_data, const char *const *options,
                  uint64_t n_options, struct torpor_session **out, struct torpor_error *error)
{
    (void)host, (void)host_data, (void)options, (void)n_options, (void)error;
    *out = NULL;
    return TORPOR_STATUS_OK;
}
#define ATTACH attach_to_nothing
#include "plugin.h"
