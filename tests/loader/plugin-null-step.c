/* earns TORPOR_STATUS_INVALID "slot `step` is NULL" */
#define HOOK_STEP NULL
#include "plugin.h"
