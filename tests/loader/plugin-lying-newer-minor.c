/* earns TORPOR_STATUS_VERSION "says ABI 1.7 with struct_size 80, but in ABI 1.1 it is 88" */
#define ABI_MINOR 7
#define STRUCT_SIZE (sizeof(struct torpor_plugin) - 8)
#include "plugin.h"
