/* earns TORPOR_STATUS_VERSION "says ABI 1.1 with struct_size 96, but in ABI 1.1 it is 88" */
#define STRUCT_SIZE (sizeof(struct torpor_plugin) + 8)
#include "plugin.h"
