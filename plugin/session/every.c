#include "session/every.h"

#include "host/section_names.h"
#include "session/ranks.h"

#define PLACE TORPOR_SECTION_PROVENANCE "/" TORPOR_KEY_RUN "/" TORPOR_KEY_EVERY

gboolean
torpor_every_is_binding(const TorporSession *session)
{
    return (session->table.flags & TORPOR_HOST_CHECKPOINT_CHANGES_RUN) != 0;
}

/* ---- in a checkpoint ---- */

/* *unit: of the clock. */
static gboolean
in_clock_unit(const TorporSession *session, const TorporDuration *every, double *out,
              const TorporUnit **unit, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    *unit = torpor_unit_lookup(clock.unit, error);
    *out = 0;
    return *unit != NULL && (every->unit == NULL || torpor_duration_in(every, *unit, out, error));
}

gboolean
torpor_every_put(const TorporSession *session, TorporTree *tree, GError **error)
{
    const TorporUnit *unit;
    double every;
    if (!torpor_every_is_binding(session))
        return TRUE;
    if (!in_clock_unit(session, &session->options->every, &every, &unit, error))
        return FALSE;
    TorporNode *provenance =
        torpor_map_ensure_map(tree, torpor_tree_root(tree), TORPOR_SECTION_PROVENANCE);
    TorporNode *run = torpor_map_ensure_map(tree, provenance, TORPOR_KEY_RUN);
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_QUANTITY);
    node->value.quantity.unit = unit;
    node->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    node->value.quantity.mantissa->value.real = every;
    torpor_map_append(tree, run, TORPOR_KEY_EVERY, -1, node);
    return TRUE;
}

/* FALSE without error: a checkpoint that was not taken by `every` does not say. */
static gboolean
read_every(const TorporCheckpointFile *checkpoint, TorporDuration *out)
{
    const TorporNode *node = torpor_tree_lookup(checkpoint->tree, PLACE, NULL);
    if (node == NULL || node->kind != TORPOR_NODE_QUANTITY ||
        node->value.quantity.mantissa->kind != TORPOR_NODE_FLOAT)
        return FALSE;
    *out = (TorporDuration){node->value.quantity.mantissa->value.real, node->value.quantity.unit};
    return TRUE;
}

gboolean
torpor_every_check(const TorporSession *session, const TorporCheckpointFile *checkpoint,
                   TorporReport *report, GError **error)
{
    TorporDuration then;
    double every_then, every_now;
    const TorporUnit *unit;
    if (!torpor_every_is_binding(session) || session->options->origin == TORPOR_MISMATCH_IGNORE ||
        !read_every(checkpoint, &then))
        return TRUE;
    if (!in_clock_unit(session, &then, &every_then, &unit, error) ||
        !in_clock_unit(session, &session->options->every, &every_now, &unit, error))
        return FALSE;
    if (every_then == every_now)
        return TRUE;
    g_autofree char *unit_text = torpor_unit_to_text(unit);
    g_autofree char *what =
        g_strdup_printf("option every is %.15g %s, and was %.15g %s before: since a checkpoint "
                        "changes the run of the host %s, this is another run from here on",
                        every_now, unit_text, every_then, unit_text, session->name);
    if (session->options->origin == TORPOR_MISMATCH_WARN) {
        torpor_report_warning(report, PLACE, "%s", what);
        return TRUE;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT,
                PLACE ": %s; give every=\"%.15g %s\" to go on with the same one, or origin=warn if "
                      "that is meant",
                what, every_then, unit_text);
    return FALSE;
}

/* ---- stops ---- */

void
torpor_every_say_that_it_waits(TorporSession *session, const char *reason, double time)
{
    struct torpor_clock clock = {.unit = ""};
    if (session->said_waits || !torpor_ranks_is_first(session))
        return;
    session->said_waits = TRUE;
    torpor_host_clock(&session->host, &clock, NULL);
    torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                    "%s: the run saves and stops at time %.10g %s, where the next checkpoint is "
                    "due; one that is taken before would change it",
                    reason, torpor_schedule_due_time(session->schedule, time), clock.unit);
}
