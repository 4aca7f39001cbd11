/* earns TORPOR_STATUS_INVALID "undefined symbol: symbol_of_a_library_that_is_not_there" */
extern const char symbol_of_a_library_that_is_not_there[];
#define NAME symbol_of_a_library_that_is_not_there
#include "plugin.h"
