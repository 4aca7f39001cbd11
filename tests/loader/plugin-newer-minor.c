/* A later ABI that appended a slot: any two minors work together.
 * earns TORPOR_STATUS_OK "fine-host" */
#define ABI_MINOR (TORPOR_ABI_MINOR + 1)
#define STRUCT_SIZE (sizeof(struct torpor_plugin) + 8)
#define TABLE
#include "plugin.h"
extern EXPORT const struct newer_plugin {
    struct torpor_plugin plugin;
    void (*appended)(void);
} torpor_plugin;
const struct newer_plugin torpor_plugin = {.plugin = {.abi_major = ABI_MAJOR,
                                                      .abi_minor = ABI_MINOR,
                                                      .struct_size = STRUCT_SIZE,
                                                      .name = "newer",
                                                      .version = "9",
                                                      .attach = fine_attach,
                                                      .declare_type = fine_declare_type,
                                                      .declare_codec = fine_declare_codec,
                                                      .declare_migration = fine_declare_migration,
                                                      .report = fine_report,
                                                      .peek = fine_peek,
                                                      .selfcheck = fine_selfcheck,
                                                      .detach = fine_detach}};
