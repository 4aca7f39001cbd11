/* earns TORPOR_STATUS_INVALID "the host's table: slot `clock` is NULL" */
#define CLOCK NULL
#include "host.h"
