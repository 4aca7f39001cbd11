/* Three origins: `built` has digests of the live model, taken in this process; `candidate` is that
 * of the checkpoint that is to be restored; `origin` is what checkpoints of this run carry. */
#include "session/origin.h"

#include "save/origin_take.h"

/* Names in one message; the number of the others follows. */
#define MAX_NAMES 3u
#define PLACE "origin"

/* Steps have been made, or may have been: the live model is not what the script built. */
static gboolean
is_running(const TorporSession *session)
{
    return session->schedule != NULL;
}

static gboolean
is_ignored(const TorporSession *session)
{
    return session->options->origin == TORPOR_MISMATCH_IGNORE;
}

/* ---- the live model ---- */

static gboolean
take(TorporSession *session, guint run, GError **error)
{
    if (session->built == NULL)
        session->built = torpor_origin_new();
    if (torpor_origin_take(session->built, run, &session->host, session->catalogue, error))
        return TRUE;
    g_prefix_error(error, PLACE ": cannot tell what the model is as it was built: ");
    return FALSE;
}

/* The run goes on without what could not be digested; a save will fail for the same reason. */
static void
take_or_warn(TorporSession *session, guint run)
{
    g_autoptr(GError) failure = NULL;
    if (!take(session, run, &failure))
        torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                        "%s; checkpoints of this run will not tell, so that a resume cannot check "
                        "the model",
                        failure->message);
}

/* Every run that began in this process. */
static void
carry_built(TorporSession *session)
{
    g_clear_pointer(&session->origin, torpor_origin_free);
    if (session->built == NULL || torpor_origin_n_runs(session->built) == 0)
        return;
    session->origin = torpor_origin_new();
    for (guint run = 0; run < torpor_origin_n_runs(session->built); run++)
        torpor_origin_copy_run(session->origin, session->built, run);
}

/* Run 0 begins now, unless the host said so before. */
static gboolean
must_take_first(const TorporSession *session)
{
    return !is_running(session) && !session->first_run_begun;
}

void
torpor_session_origin_begin(TorporSession *session)
{
    if (must_take_first(session))
        take_or_warn(session, 0);
    carry_built(session);
}

/* ---- judging ---- */

/* "a, b, c and 4 others differ" */
static char *
names_to_text(const GPtrArray *names, const char *differs, const char *differ)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint n_shown = MIN(names->len, MAX_NAMES);
    guint n_others = names->len - n_shown;
    for (guint i = 0; i < n_shown; i++)
        g_string_append_printf(text, "%s%s",
                               i == 0                              ? ""
                               : n_others == 0 && i + 1 == n_shown ? " and "
                                                                   : ", ",
                               (const char *)g_ptr_array_index(names, i));
    if (n_others > 0)
        g_string_append_printf(text, " and %u other%s", n_others, n_others == 1 ? "" : "s");
    g_string_append_printf(text, " %s", names->len == 1 ? differs : differ);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *
when_to_text(guint run)
{
    return run == 0 ? g_strdup("when this run began")
                    : g_strdup_printf("when run number %u of this script began", run);
}

/* What users set: the policy decides. */
static gboolean
judge_set(const TorporSession *session, const GPtrArray *names, guint run, TorporReport *report,
          GError **error)
{
    if (names->len == 0)
        return TRUE;
    g_autofree char *what = names_to_text(names, "differs", "differ");
    g_autofree char *when = when_to_text(run);
    if (session->options->origin == TORPOR_MISMATCH_WARN) {
        torpor_report_warning(
            report, PLACE, "%s from %s; the run goes on with what the checkpoint has", what, when);
        return TRUE;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT,
                PLACE ": %s from %s; if that is meant, give origin=warn to go on with what the "
                      "checkpoint has, or start another run with another dir or resume=never",
                what, when);
    return FALSE;
}

static void
report_rest(const TorporOriginDifference *difference, guint run, TorporReport *report)
{
    g_autofree char *when = when_to_text(run);
    for (guint i = 0; i < difference->other_version->len; i++)
        torpor_report_note(report, PLACE,
                           "%s has a type of another version than %s, so it was not compared",
                           (const char *)g_ptr_array_index(difference->other_version, i), when);
    if (difference->initial->len == 0)
        return;
    g_autofree char *what = names_to_text(difference->initial, "differs", "differ");
    torpor_report_note(report, PLACE,
                       "%s from %s; this is initial state, which the checkpoint replaces", what,
                       when);
}

static gboolean
compare_run(const TorporSession *session, const TorporOrigin *then, guint run, TorporReport *report,
            GError **error)
{
    guint64 step_then, step_now;
    if (!torpor_origin_has_run(then, run, &step_then) || session->built == NULL ||
        !torpor_origin_has_run(session->built, run, &step_now))
        return TRUE;
    if (run == 0 && step_then != step_now) {
        torpor_report_note(report, PLACE,
                           "the model is at step %" G_GUINT64_FORMAT
                           ", and this run began at step %" G_GUINT64_FORMAT
                           ", so they were not compared",
                           step_now, step_then);
        return TRUE;
    }
    g_autoptr(TorporOriginDifference) difference = torpor_origin_compare(then, session->built, run);
    report_rest(difference, run, report);
    return judge_set(session, difference->set_by_user, run, report, error);
}

/* ---- restores ---- */

static gboolean
compare_all(TorporSession *session, TorporReport *report, GError **error)
{
    const TorporOrigin *then = session->candidate;
    if (must_take_first(session) && !take(session, 0, error))
        return FALSE;
    for (guint run = 0; run < torpor_origin_n_runs(then); run++)
        if (!compare_run(session, then, run, report, error))
            return FALSE;
    return TRUE;
}

gboolean
torpor_session_origin_check(TorporSession *session, const TorporCheckpointFile *checkpoint,
                            gboolean is_resume, TorporReport *report, GError **error)
{
    if (!torpor_session_origin_know(session, checkpoint, error))
        return FALSE;
    if (checkpoint == NULL) {
        torpor_session_origin_begin(session);
        return TRUE;
    }
    if (is_ignored(session))
        return TRUE;
    if (session->candidate != NULL)
        return compare_all(session, report, error);
    if (is_resume)
        torpor_report_note(report, PLACE,
                           "the checkpoint does not tell what the model was when the run began, so "
                           "it was not compared; what was built now counts from here on");
    if (is_resume && must_take_first(session))
        take_or_warn(session, 0);
    return TRUE;
}

void
torpor_session_origin_adopt(TorporSession *session)
{
    if (session->candidate == NULL) {
        carry_built(session);
        return;
    }
    torpor_origin_free(session->origin);
    session->origin = g_steal_pointer(&session->candidate);
    /* Runs that began here, after the last one that the checkpoint knows of. */
    guint n_runs =
        session->built == NULL || is_running(session) ? 0 : torpor_origin_n_runs(session->built);
    for (guint run = torpor_origin_n_runs(session->origin); run < n_runs; run++)
        torpor_origin_copy_run(session->origin, session->built, run);
}

/* ---- runs of one script ---- */

gboolean
torpor_session_origin_is_known(const TorporSession *session)
{
    return session->candidate_known || is_running(session);
}

gboolean
torpor_session_origin_know(TorporSession *session, const TorporCheckpointFile *checkpoint,
                           GError **error)
{
    g_clear_pointer(&session->candidate, torpor_origin_free);
    session->candidate_known = TRUE;
    session->resumes = checkpoint != NULL;
    return checkpoint == NULL || torpor_origin_read(checkpoint, &session->candidate, error);
}

/* No checkpoint knows of this run. */
static void
keep_run(TorporSession *session, guint run)
{
    take_or_warn(session, run);
    if (!is_running(session) || session->built == NULL)
        return; /* it is kept when the run starts */
    if (session->origin == NULL)
        session->origin = torpor_origin_new();
    torpor_origin_copy_run(session->origin, session->built, run);
}

gboolean
torpor_session_origin_begin_run(TorporSession *session, guint run, GError **error)
{
    session->first_run_begun = TRUE;
    if (!is_running(session) && session->resumes && is_ignored(session))
        return TRUE;
    const TorporOrigin *then = is_running(session) ? session->origin : session->candidate;
    if (then == NULL || !torpor_origin_has_run(then, run, NULL)) {
        keep_run(session, run);
        return TRUE;
    }
    g_clear_pointer(&session->report, torpor_report_free);
    session->report = torpor_report_new(&session->host, session->options->mismatch);
    return take(session, run, error) && compare_run(session, then, run, session->report, error);
}
