/* earns TORPOR_STATUS_BUSY "failed to attach with status 14 and no reason" */
#include <torpor/host.h>
static int32_t
refuse(void *host_data, const struct torpor_hooks *hooks, void *hook_data)
{
    (void)host_data, (void)hooks, (void)hook_data;
    return TORPOR_STATUS_BUSY;
}
#define REGISTER_HOOKS refuse
#include "host.h"
