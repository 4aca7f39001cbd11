/* earns TORPOR_STATUS_INVALID "struct_size is 0, but at least 24 are needed to reach slot `name`"
 */
#define STRUCT_SIZE 0
#include "plugin.h"
