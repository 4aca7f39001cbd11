/* earns TORPOR_STATUS_INVALID "slot `name` is NULL" */
#define NAME NULL
#include "plugin.h"
