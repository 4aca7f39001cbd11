/* A later ABI that appended a member: the plugin gets to see it.
 * earns TORPOR_STATUS_OK "fine-host, 1 options, table of 160 bytes" */
#define ABI_MINOR (TORPOR_ABI_MINOR + 1)
#define STRUCT_SIZE sizeof(struct newer_host)
#define TABLE &newer_host.host
#include <torpor/host.h>
static const struct newer_host {
    struct torpor_host host;
    void (*appended)(void);
} newer_host;
#include "host.h"
static const struct newer_host newer_host = {.host = FINE_HOST};
