/* earns TORPOR_STATUS_INVALID "slot `attach` is NULL" */
#define ATTACH NULL
#include "plugin.h"
