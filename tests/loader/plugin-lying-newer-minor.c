/* earns TORPOR_STATUS_VERSION "says ABI 2.7 with struct_size 88, but in ABI 2.1 it is 96" */
#define ABI_MINOR 7
#define STRUCT_SIZE (sizeof(struct torpor_plugin) - 8)
#include "plugin.h"
