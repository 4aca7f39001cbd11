/* earns TORPOR_STATUS_VERSION "says ABI 2.1 with struct_size 104, but in ABI 2.1 it is 96" */
#define STRUCT_SIZE (sizeof(struct torpor_plugin) + 8)
#include "plugin.h"
