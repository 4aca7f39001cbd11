/* earns TORPOR_STATUS_INVALID "none were registered" */
#define REGISTER(host, host_data, session) TORPOR_STATUS_OK
#include "plugin.h"
