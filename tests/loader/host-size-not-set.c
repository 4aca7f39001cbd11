/* earns TORPOR_STATUS_INVALID "the host's table: struct_size is 0, but at least" */
#define STRUCT_SIZE 0
#include "host.h"
