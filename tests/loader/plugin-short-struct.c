/* earns TORPOR_STATUS_INVALID "struct_size is 88, but at least 96 are needed to reach slot
 * `detach`" */
#define STRUCT_SIZE offsetof(struct torpor_plugin, detach)
#include "plugin.h"
