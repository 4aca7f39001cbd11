/* earns TORPOR_STATUS_IO "failed to attach with status 11 and no reason" */
#include <torpor/plugin.h>
static int32_t
fail_mute(const struct torpor_host *host, void *host_data, const char *const *options,
          uint64_t n_options, struct torpor_session **out, struct torpor_error *error)
{
    (void)host, (void)host_data, (void)options, (void)n_options, (void)error;
    *out = (struct torpor_session *)out; /* an output on error is not to be trusted */
    return TORPOR_STATUS_IO;
}
#define ATTACH fail_mute
#include "plugin.h"
