/* A host without a model, and with nothing wrong. A case redefines one word of it. */
#ifndef TESTS_BROKEN_HOST_H
#define TESTS_BROKEN_HOST_H

#include <torpor/host.h>

/* What loader-case opens the plugin with. */
const struct torpor_host *tested_host(void);

static inline int32_t
fine_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)host_data, (void)error;
    out->time = 0;
    out->unit = "ms";
    out->step = 0;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_describe(void *host_data, const struct torpor_description *description,
              struct torpor_error *error)
{
    (void)host_data, (void)description, (void)error;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_restore_commit(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)host_data, (void)clock, (void)error;
    return TORPOR_STATUS_OK;
}

#ifndef ABI_MAJOR
#define ABI_MAJOR TORPOR_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR TORPOR_ABI_MINOR
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(struct torpor_host)
#endif
#ifndef REGISTER_HOOKS
#define REGISTER_HOOKS NULL
#endif
#ifndef CLOCK
#define CLOCK fine_clock
#endif

#define FINE_HOST                                                                                  \
    {                                                                                              \
        .abi_major = ABI_MAJOR, .abi_minor = ABI_MINOR, .struct_size = STRUCT_SIZE,                \
        .name = "fine-host", .version = "0", .register_hooks = REGISTER_HOOKS, .clock = CLOCK,     \
        .describe = fine_describe, .restore_commit = fine_restore_commit                           \
    }

#ifndef TABLE
static const struct torpor_host fine_host = FINE_HOST;
#define TABLE &fine_host
#endif

const struct torpor_host *
tested_host(void)
{
    return TABLE;
}

#endif
