/* earns TORPOR_STATUS_VERSION "has ABI 0.0, but this loader has ABI 2.1" */
#include <torpor/plugin.h>
extern __attribute__((visibility("default"))) const struct torpor_plugin torpor_plugin;
const struct torpor_plugin torpor_plugin = {.abi_major = 0};
