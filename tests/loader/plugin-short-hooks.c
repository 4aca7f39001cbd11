/* earns TORPOR_STATUS_INVALID "struct_size is 40, but at least 48 are needed to reach slot
 * `post_checkpoint`" */
#define HOOKS_SIZE offsetof(struct torpor_hooks, post_checkpoint)
#include "plugin.h"
