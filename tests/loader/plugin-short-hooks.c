/* earns TORPOR_STATUS_INVALID "struct_size is 40, but at least 48 are needed to reach slot
 * `outcome`" */
#define HOOKS_SIZE offsetof(struct torpor_hooks, outcome)
#include "plugin.h"
