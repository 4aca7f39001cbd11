/* earns TORPOR_STATUS_INVALID "the host's table: struct_size is 4294967295, beyond 65536" */
#define STRUCT_SIZE UINT32_MAX
#include "host.h"
