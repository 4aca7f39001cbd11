/* earns TORPOR_STATUS_VERSION "the host's table says ABI 2.1 with struct_size 160, but in ABI 2.1
 * it is 152" */
#define STRUCT_SIZE (sizeof(struct torpor_host) + 8)
#include "host.h"
