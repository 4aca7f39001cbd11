/* A host whose clock only counts steps of 1 ms: the slots of its table that say so. Its struct
 * begins with `guint64 step`. */
#ifndef TORPOR_TEST_STEP_CLOCK_H
#define TORPOR_TEST_STEP_CLOCK_H

#include <glib.h>

#include <torpor/host.h>

static gint32
step_clock_get(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    const guint64 *step = host_data;
    out->time = (double)*step;
    out->unit = "ms";
    out->step = *step;
    return TORPOR_STATUS_OK;
}

static gint32
step_clock_set(void *host_data, const struct torpor_clock *clock,
               G_GNUC_UNUSED struct torpor_error *error)
{
    *(guint64 *)host_data = clock->step;
    return TORPOR_STATUS_OK;
}

/* These hosts call the session itself. */
static gint32
step_clock_no_hooks(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_hooks *hooks,
                    G_GNUC_UNUSED void *hook_data)
{
    return TORPOR_STATUS_OK;
}

#define STEP_CLOCK_SLOTS                                                                           \
    .clock = step_clock_get, .restore_commit = step_clock_set, .register_hooks = step_clock_no_hooks

#endif
