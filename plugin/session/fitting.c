#include "session/fitting.h"

static gboolean
check_mode(const TorporOptions *options, const TorporHost *host, GError **error)
{
    const char *reason =
        options->mode != TORPOR_MODE_FORK ? NULL
        : (host->table->flags & TORPOR_HOST_FORKABLE) == 0
            ? "does not say that its callbacks may run in a forked child (TORPOR_HOST_FORKABLE)"
        : torpor_host_n_ranks(host) > 1 ? "runs on several ranks, and MPI does not survive a fork"
                                        : NULL;
    if (reason == NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "option mode=fork: the host %s %s; use mode=async", host->table->name, reason);
    return FALSE;
}

static gboolean
check_writers(const TorporOptions *options, const TorporHost *host, GError **error)
{
    const struct torpor_collective *collective = host->table->collective;
    if (collective == NULL || options->writers == 0 || options->writers >= collective->n_ranks ||
        collective->send != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "option writers=%" G_GUINT64_FORMAT
                ": the host %s runs on %u ranks, and its collective has no slots send and receive "
                "to bring their bytes to the writers; leave the option out, or build the host with "
                "a newer torpor/mpi.h",
                options->writers, host->table->name, collective->n_ranks);
    return FALSE;
}

/* Where a checkpoint changes the run, `every` is part of what is simulated. */
static gboolean
settle_every(TorporOptions *options, const TorporHost *host, GError **error)
{
    if ((host->table->flags & TORPOR_HOST_CHECKPOINT_CHANGES_RUN) == 0) {
        if (!options->checkpoints)
            options->every = (TorporDuration){0};
        return TRUE;
    }
    if (options->every_wall_is_default)
        options->every_wall = (TorporDuration){0};
    if (options->every_wall_auto || options->every_wall.unit != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "option every_wall: a checkpoint changes the run of the host %s, so only "
                    "simulated time may say when one is taken; leave it out, and give option every",
                    host->table->name);
    else if (options->checkpoints && options->every.unit == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "option every: a checkpoint changes the run of the host %s, so each run must "
                    "take them at the same times; give one, such as every=\"500 ms\", and the same "
                    "one each time",
                    host->table->name);
    else
        return TRUE;
    return FALSE;
}

gboolean
torpor_fitting_settle(TorporOptions *options, const TorporHost *host, GError **error)
{
    return check_mode(options, host, error) && check_writers(options, host, error) &&
           settle_every(options, host, error);
}
