/* earns TORPOR_STATUS_OK "fine-host, 1 options, table of 152 bytes, 1 steps" */
#include "plugin.h"
