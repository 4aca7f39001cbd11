/* A table that ends after the last slot which must be there: the rest counts as absent.
 * earns TORPOR_STATUS_OK "fine-host, 1 options, table of 112 bytes" */
#include <torpor/host.h>
#define STRUCT_SIZE (offsetof(struct torpor_host, restore_commit) + sizeof(void *))
#include "host.h"
