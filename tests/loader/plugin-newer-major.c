/* earns TORPOR_STATUS_VERSION "has ABI 3.1, but this loader has ABI 2.1: the major must be equal"
 */
#define ABI_MAJOR (TORPOR_ABI_MAJOR + 1)
#include "plugin.h"
