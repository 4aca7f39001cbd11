/* earns TORPOR_STATUS_VERSION "the host's table has ABI 2.1, but this loader has ABI 1.1" */
#define ABI_MAJOR (TORPOR_ABI_MAJOR + 1)
#include "host.h"
