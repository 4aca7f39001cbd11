/* earns TORPOR_STATUS_INVALID "none were registered" */
#define REGISTER(host, host_data, session)                                                         \
    (host)->register_hooks((host_data), (const struct torpor_hooks *)NULL, (session))
#include "plugin.h"
