/* Its host refuses the hooks, and it goes on all the same.
 * with host-refuses-hooks earns TORPOR_STATUS_INVALID "none were registered" */
#define REGISTER(host, host_data, session)                                                         \
    ((host)->register_hooks((host_data), &fine_hooks, (session)), TORPOR_STATUS_OK)
#include "plugin.h"
