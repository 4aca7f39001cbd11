/* earns TORPOR_STATUS_INVALID "the host's table: struct_size is 128, but at least 136 are needed to
 * reach slot `restore_commit`" */
#define STRUCT_SIZE offsetof(struct torpor_host, restore_commit)
#include "host.h"
