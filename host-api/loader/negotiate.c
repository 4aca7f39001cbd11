/* A table starts with abi_major, abi_minor and struct_size, in every ABI that will ever be. Those
 * three are judged first; the rest is read only as far as struct_size says that it reaches, and as
 * far as we know it. */
#include "negotiate.h"

#include "fail.h"

#include <stdio.h>
#include <string.h>

/* No table of functions is larger; a larger struct_size was never set, or is not one. */
#define SANE_STRUCT_SIZE 65536u

/* "<kind> <path>"; of a long path the end, so that the numbers after it fit into an error. */
#define NAME_SIZE 140

/* A slot that must be there: its name, and where it lies in the table. */
struct slot {
    const char *name;
    size_t offset;
};

#define SLOT(type, field)                                                                          \
    {                                                                                              \
#field, offsetof(struct type, field)                                                       \
    }

static const struct slot host_slots[] = {
    SLOT(torpor_host, name),     SLOT(torpor_host, version),        SLOT(torpor_host, clock),
    SLOT(torpor_host, describe), SLOT(torpor_host, restore_commit),
};

static const struct slot plugin_slots[] = {
    SLOT(torpor_plugin, name),          SLOT(torpor_plugin, version),
    SLOT(torpor_plugin, attach),        SLOT(torpor_plugin, declare_type),
    SLOT(torpor_plugin, declare_codec), SLOT(torpor_plugin, declare_migration),
    SLOT(torpor_plugin, report),        SLOT(torpor_plugin, peek),
    SLOT(torpor_plugin, selfcheck),     SLOT(torpor_plugin, detach),
};

static const struct slot hook_slots[] = {
    SLOT(torpor_hooks, step), SLOT(torpor_hooks, save),    SLOT(torpor_hooks, restore),
    SLOT(torpor_hooks, stop), SLOT(torpor_hooks, outcome),
};

#define N_SLOTS(slots) (sizeof(slots) / sizeof *(slots))

static void
name_table(char name[NAME_SIZE], const char *kind, const char *path)
{
    size_t length = strlen(path), room = NAME_SIZE - strlen(kind) - sizeof " ...";
    const char *cut = length <= room ? "" : "...";
    snprintf(name, NAME_SIZE, "%s %s%s", kind, cut, length <= room ? path : path + length - room);
}

/* All slots within struct_size, and none NULL? `what` names the table and where it is from. */
static int32_t
check_slots(const char *what, const void *table, uint32_t struct_size, const struct slot *slots,
            size_t n_slots, struct torpor_error *error)
{
    for (size_t i = 0; i < n_slots; i++) {
        size_t needed = slots[i].offset + sizeof(void *);
        if (struct_size < needed)
            return torpor_error_set(
                error, TORPOR_STATUS_INVALID,
                "%s: struct_size is %u, but at least %zu are needed to reach slot "
                "`%s`",
                what, struct_size, needed, slots[i].name);
    }
    for (size_t i = 0; i < n_slots; i++) {
        /* Data and function pointers are of one size and one NULL on every POSIX system. */
        const void *value;
        memcpy(&value, (const char *)table + slots[i].offset, sizeof value);
        if (value == NULL)
            return torpor_error_set(error, TORPOR_STATUS_INVALID, "%s: slot `%s` is NULL", what,
                                    slots[i].name);
    }
    return TORPOR_STATUS_OK;
}

/* Members are appended only when the minor grows, so a size that its minor cannot have is a lie, or
 * a header of someone else's. */
static int32_t
check_version(const char *what, uint32_t major, uint32_t minor, uint32_t struct_size,
              size_t our_size, struct torpor_error *error)
{
    if (major != TORPOR_ABI_MAJOR)
        return torpor_error_set(
            error, TORPOR_STATUS_VERSION,
            "%s has ABI %u.%u, but this loader has ABI %u.%u: the major must be "
            "equal; build both against the same Torpor",
            what, major, minor, TORPOR_ABI_MAJOR, TORPOR_ABI_MINOR);
    if (struct_size > SANE_STRUCT_SIZE)
        return torpor_error_set(error, TORPOR_STATUS_INVALID,
                                "%s: struct_size is %u, beyond %u; was it set?", what, struct_size,
                                SANE_STRUCT_SIZE);
    if (minor <= TORPOR_ABI_MINOR ? struct_size > our_size : struct_size < our_size)
        return torpor_error_set(
            error, TORPOR_STATUS_VERSION,
            "%s says ABI %u.%u with struct_size %u, but in ABI %u.%u it is %zu: "
            "the version cannot be true",
            what, major, minor, struct_size, TORPOR_ABI_MAJOR, TORPOR_ABI_MINOR, our_size);
    return TORPOR_STATUS_OK;
}

int32_t
torpor_negotiate_host(const struct torpor_host *host, struct torpor_error *error)
{
    if (host == NULL)
        return torpor_error_set(error, TORPOR_STATUS_INVALID, "the host's table is NULL");
    int32_t status = check_version("the host's table", host->abi_major, host->abi_minor,
                                   host->struct_size, sizeof *host, error);
    if (status != TORPOR_STATUS_OK)
        return status;
    return check_slots("the host's table", host, host->struct_size, host_slots, N_SLOTS(host_slots),
                       error);
}

int32_t
torpor_negotiate_plugin(const struct torpor_plugin *plugin, const char *path,
                        struct torpor_error *error)
{
    char what[NAME_SIZE];
    name_table(what, "plugin", path);
    int32_t status = check_version(what, plugin->abi_major, plugin->abi_minor, plugin->struct_size,
                                   sizeof *plugin, error);
    if (status != TORPOR_STATUS_OK)
        return status;
    return check_slots(what, plugin, plugin->struct_size, plugin_slots, N_SLOTS(plugin_slots),
                       error);
}

int32_t
torpor_negotiate_hooks(const struct torpor_hooks *hooks, const char *path,
                       struct torpor_error *error)
{
    char what[NAME_SIZE];
    name_table(what, "hooks of plugin", path);
    if (hooks == NULL)
        return torpor_error_set(error, TORPOR_STATUS_INVALID, "%s: none were registered", what);
    if (hooks->struct_size > SANE_STRUCT_SIZE)
        return torpor_error_set(error, TORPOR_STATUS_INVALID,
                                "%s: struct_size is %u, beyond %u; was it set?", what,
                                hooks->struct_size, SANE_STRUCT_SIZE);
    return check_slots(what, hooks, hooks->struct_size, hook_slots, N_SLOTS(hook_slots), error);
}
