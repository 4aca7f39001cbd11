/* earns TORPOR_STATUS_INVALID "the host's table is NULL" */
#define TABLE NULL
#include "host.h"
