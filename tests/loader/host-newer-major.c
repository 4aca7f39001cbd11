/* earns TORPOR_STATUS_VERSION "the host's table has ABI 3.1, but this loader has ABI 2.1" */
#define ABI_MAJOR (TORPOR_ABI_MAJOR + 1)
#include "host.h"
