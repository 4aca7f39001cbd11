/* earns TORPOR_STATUS_INVALID "struct_size is 80, but at least 88 are needed to reach slot
 * `detach`" */
#define STRUCT_SIZE offsetof(struct torpor_plugin, detach)
#include "plugin.h"
