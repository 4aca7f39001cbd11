/* earns TORPOR_STATUS_INVALID "the host's table: struct_size is 104, but at least 112 are needed to
 * reach slot `restore_commit`" */
#define STRUCT_SIZE offsetof(struct torpor_host, restore_commit)
#include "host.h"
