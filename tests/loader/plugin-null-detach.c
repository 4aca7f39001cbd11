/* earns TORPOR_STATUS_INVALID "slot `detach` is NULL" */
#define DETACH NULL
#include "plugin.h"
