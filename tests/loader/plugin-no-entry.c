/* earns TORPOR_STATUS_INVALID "no Torpor plugin: it has no symbol `torpor_plugin`" */
#define TABLE
#include "plugin.h"
