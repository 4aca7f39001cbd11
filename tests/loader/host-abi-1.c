/* A host that was built with the header of ABI 1.1: the same beginning, other slots.
 * earns TORPOR_STATUS_VERSION "the host's table has ABI 1.1, but this loader has ABI 2.1" */
#include <torpor/host.h>

static const struct {
    uint32_t abi_major, abi_minor, struct_size, flags;
    const char *name, *version;
    void (*register_hooks)(void), (*clock)(void), (*populations)(void), (*trees)(void);
    void (*generators)(void), (*outputs)(void), (*fingerprint)(void), (*parallel)(void);
    void (*provenance)(void), (*save_begin)(void), (*save_end)(void), (*restore_begin)(void);
    void (*restore_commit)(void), (*restore_abort)(void), (*post_checkpoint)(void);
    void (*log)(void), (*progress)(void), (*parallel_for)(void);
} abi_1_table = {.abi_major = 1,
                 .abi_minor = 1,
                 .struct_size = sizeof abi_1_table,
                 .name = "old-host",
                 .version = "0"};

#define TABLE ((const struct torpor_host *)(const void *)&abi_1_table)
#include "host.h"
