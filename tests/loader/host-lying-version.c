/* earns TORPOR_STATUS_VERSION "the host's table says ABI 1.1 with struct_size 184, but in ABI 1.1
 * it is 176" */
#define STRUCT_SIZE (sizeof(struct torpor_host) + 8)
#include "host.h"
