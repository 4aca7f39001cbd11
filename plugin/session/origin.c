/* Three origins, see origins.h: `built`, of the live model; `candidate`, of the checkpoint that is
 * to be restored; and `origin`, which checkpoints of this run carry. */
#include "session/origin.h"

#include "checkpoint/origin_difference.h"
#include "save/origin_take.h"

/* Names in one message; the number of the others follows. */
#define MAX_NAMES 3u
#define PLACE "origin"
#define CANNOT_TELL PLACE ": cannot tell what the model is as it was built: "

/* Steps have been made, or may have been: the live model is not what the script built. */
static gboolean
is_running(const TorporSession *session)
{
    return session->schedule != NULL || session->origins->has_begun;
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
    TorporOrigins *origins = session->origins;
    if (origins->built == NULL)
        origins->built = torpor_origin_new();
    guint64 bytes;
    if (torpor_origin_take(origins->built, run, &session->host, session->catalogue, &bytes,
                           error)) {
        if (run == 0) /* all of the model was digested */
            session->expected_bytes = bytes;
        return TRUE;
    }
    return FALSE;
}

static gboolean
take_to_compare(TorporSession *session, guint run, GError **error)
{
    if (take(session, run, error))
        return TRUE;
    g_prefix_error(error, CANNOT_TELL);
    return FALSE;
}

/* Is the host's description wrong, so that no save will ever succeed? Other failures may pass, as
 * that of a solver that is in the middle of something. */
static gboolean
is_of_description(const GError *failure)
{
    static const gint codes[] = {TORPOR_STATUS_INVALID, TORPOR_STATUS_UNSUPPORTED,
                                 TORPOR_STATUS_NOT_FOUND, TORPOR_STATUS_EXISTS, TORPOR_STATUS_UNIT};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_error_matches(failure, TORPOR_ERROR, codes[i]))
            return TRUE;
    return FALSE;
}

/* A run whose model is described well goes on without what could not be digested now. */
static gboolean
take_or_warn(TorporSession *session, guint run, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (take(session, run, &failure))
        return TRUE;
    if (is_of_description(failure)) {
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   "no checkpoint of this run could be saved: ");
        return FALSE;
    }
    torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                    CANNOT_TELL
                    "%s; checkpoints of this run will not tell, so that a resume cannot check the "
                    "model",
                    failure->message);
    return TRUE;
}

/* Every run that began in this process. */
static void
carry_built(TorporOrigins *origins)
{
    g_clear_pointer(&origins->origin, torpor_origin_free);
    if (origins->built == NULL || torpor_origin_n_runs(origins->built) == 0)
        return;
    origins->origin = torpor_origin_new();
    for (guint run = 0; run < torpor_origin_n_runs(origins->built); run++)
        torpor_origin_copy_run(origins->origin, origins->built, run);
}

/* Run 0 begins now, unless the host said so before. */
static gboolean
must_take_first(const TorporSession *session)
{
    return !is_running(session) && !session->origins->first_run_begun;
}

gboolean
torpor_session_origin_begin(TorporSession *session, GError **error)
{
    if (!session->options->checkpoints)
        return TRUE; /* no checkpoint will carry it */
    if (session->origins->has_begun)
        return TRUE; /* in an earlier session, which this one goes on from */
    if (must_take_first(session) && !take_or_warn(session, 0, error))
        return FALSE;
    carry_built(session->origins);
    session->origins->has_begun = TRUE;
    return TRUE;
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

/* People count runs from 1. */
static char *
when_to_text(guint run)
{
    return run == 0 ? g_strdup("when this run began")
                    : g_strdup_printf("when run %u of this script began", run + 1);
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

/* The run of `then` that begins where this one does: a script may make its runs otherwise, if it
 * sets the same at the same time. A host that passes over runs may leave its clock as it is; then
 * their numbers count. */
static gboolean
find_run(const TorporOrigin *then, const TorporOrigin *built, guint run, guint *found)
{
    guint64 step_now, first_step, step;
    gboolean is_moved = torpor_origin_has_run(built, run, &step_now) &&
                        torpor_origin_has_run(built, 0, &first_step) && step_now != first_step;
    gboolean has_same = torpor_origin_has_run(then, run, &step);
    *found = run;
    if (run == 0 || !is_moved || (has_same && step == step_now))
        return has_same;
    guint n_found = 0;
    for (guint i = 0; i < torpor_origin_n_runs(then); i++)
        if (torpor_origin_has_run(then, i, &step) && step == step_now) {
            *found = i;
            n_found++;
        }
    return n_found == 1;
}

static void
report_not_compared(guint run, guint64 step_now, TorporReport *report)
{
    torpor_report_note(report, PLACE,
                       "run %u of this script begins at step %" G_GUINT64_FORMAT
                       ", where none began before, so it was not compared",
                       run + 1, step_now);
}

static gboolean
is_partial(const TorporSession *session, const TorporOrigin *then)
{
    return session->origins->is_common && then == session->origins->candidate;
}

static gboolean
compare_run(TorporSession *session, const TorporOrigin *then, guint run, TorporReport *report,
            GError **error)
{
    TorporOrigins *origins = session->origins;
    guint64 step_then, step_now;
    guint run_then;
    if (origins->built == NULL || !torpor_origin_has_run(origins->built, run, &step_now))
        return TRUE;
    gboolean is_reported = run < origins->n_reported;
    origins->n_reported = MAX(origins->n_reported, run + 1);
    if (!find_run(then, origins->built, run, &run_then)) {
        if (!is_reported && run > 0)
            report_not_compared(run, step_now, report);
        return TRUE;
    }
    torpor_origin_has_run(then, run_then, &step_then);
    if (run == 0 && step_then != step_now) {
        if (!is_reported)
            torpor_report_note(report, PLACE,
                               "the model is at step %" G_GUINT64_FORMAT
                               ", and this run began at step %" G_GUINT64_FORMAT
                               ", so they were not compared",
                               step_now, step_then);
        return TRUE;
    }
    g_autoptr(TorporOriginDifference) difference =
        torpor_origin_compare(then, run_then, origins->built, run, is_partial(session, then));
    if (is_reported && session->options->origin == TORPOR_MISMATCH_WARN)
        return TRUE;
    if (!is_reported)
        report_rest(difference, run, report);
    return judge_set(session, difference->set_by_user, run, report, error);
}

/* ---- restores ---- */

static gboolean
compare_all(TorporSession *session, TorporReport *report, GError **error)
{
    const TorporOrigin *then = session->origins->candidate;
    if (must_take_first(session) && !take_to_compare(session, 0, error))
        return FALSE;
    guint n_runs =
        session->origins->built == NULL ? 0 : torpor_origin_n_runs(session->origins->built);
    for (guint run = 0; run < n_runs; run++)
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
    if (checkpoint == NULL)
        return torpor_session_origin_begin(session, error);
    if (is_ignored(session))
        return TRUE;
    guint32 n_then = torpor_checkpoint_file_n_ranks(checkpoint);
    guint32 n_now = torpor_host_n_ranks(&session->host);
    if (session->origins->is_common && is_resume)
        torpor_report_note(report, PLACE,
                           "the checkpoint was saved on %u rank%s, and this is a run on %u: of "
                           "populations that ranks share, parameters only were compared",
                           n_then, n_then == 1 ? "" : "s", n_now);
    if (session->origins->candidate != NULL)
        return compare_all(session, report, error);
    if (is_resume)
        torpor_report_note(report, PLACE,
                           "the checkpoint does not tell what the model was when the run began, so "
                           "it was not compared; what was built now counts from here on");
    return !is_resume || !must_take_first(session) || take_or_warn(session, 0, error);
}

void
torpor_session_origin_adopt(TorporSession *session)
{
    TorporOrigins *origins = session->origins;
    gboolean was_running = is_running(session);
    origins->has_begun = TRUE;
    if (origins->candidate == NULL || origins->is_common) {
        g_clear_pointer(&origins->candidate, torpor_origin_free);
        carry_built(origins); /* of which all that could be compared is the same */
        return;
    }
    torpor_origin_free(origins->origin);
    origins->origin = g_steal_pointer(&origins->candidate);
    /* Runs that began here, after the last one that the checkpoint knows of. */
    guint n_runs = origins->built == NULL || was_running ? 0 : torpor_origin_n_runs(origins->built);
    for (guint run = torpor_origin_n_runs(origins->origin); run < n_runs; run++)
        torpor_origin_copy_run(origins->origin, origins->built, run);
}

/* ---- runs of one script ---- */

void
torpor_session_origin_share(TorporSession *session, const TorporSession *with)
{
    TorporOrigins *own = session->origins;
    session->origins = torpor_origins_ref(with->origins);
    torpor_origins_unref(own);
}

gboolean
torpor_session_origin_is_known(const TorporSession *session)
{
    return session->origins->candidate_known || is_running(session);
}

gboolean
torpor_session_origin_knows_later(const TorporSession *session, guint run)
{
    const TorporOrigin *then = session->origins->candidate;
    return then != NULL && torpor_origin_n_runs(then) > run + 1;
}

static gboolean
read_shard(const TorporCheckpointFile *checkpoint, guint rank, TorporOrigin **out, GError **error)
{
    TorporCheckpointFile shard = *checkpoint;
    shard.tree = torpor_shards_tree(checkpoint->shards, rank, error);
    shard.file = shard.tree == NULL ? NULL : torpor_shards_borrow(checkpoint->shards, rank, error);
    if (shard.file == NULL)
        return FALSE;
    gboolean is_read = torpor_origin_read(&shard, out, error);
    torpor_shards_give_back(checkpoint->shards, rank);
    return is_read;
}

static void
free_known(gpointer origin)
{
    torpor_origin_free(origin); /* may be NULL */
}

/* Digests are of what one rank had. On another number of ranks those count that are the same on
 * all: of generators, of trees, of populations without keys. */
static gboolean
know_common(TorporSession *session, const TorporCheckpointFile *checkpoint, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_known);
    for (guint rank = 0; rank < torpor_checkpoint_file_n_ranks(checkpoint); rank++) {
        TorporOrigin *one = NULL;
        if (checkpoint->shards == NULL ? !torpor_origin_read(checkpoint, &one, error)
                                       : !read_shard(checkpoint, rank, &one, error))
            return FALSE;
        g_ptr_array_add(all, one);
    }
    session->origins->candidate = torpor_origin_common(all);
    session->origins->is_common = TRUE;
    return TRUE;
}

gboolean
torpor_session_origin_know(TorporSession *session, const TorporCheckpointFile *checkpoint,
                           GError **error)
{
    TorporOrigins *origins = session->origins;
    g_clear_pointer(&origins->candidate, torpor_origin_free);
    origins->candidate_known = TRUE;
    origins->is_common = FALSE;
    origins->resumes = checkpoint != NULL;
    if (checkpoint == NULL)
        return TRUE;
    if (torpor_checkpoint_file_n_ranks(checkpoint) != torpor_host_n_ranks(&session->host))
        return know_common(session, checkpoint, error);
    return checkpoint->shards == NULL ? torpor_origin_read(checkpoint, &origins->candidate, error)
                                      : read_shard(checkpoint, torpor_host_rank(&session->host),
                                                   &origins->candidate, error);
}

/* No checkpoint knows of this run. */
static gboolean
keep_run(TorporSession *session, guint run, GError **error)
{
    TorporOrigins *origins = session->origins;
    if (!take_or_warn(session, run, error))
        return FALSE;
    if (!is_running(session) || origins->built == NULL)
        return TRUE; /* it is kept when the run starts */
    if (origins->origin == NULL)
        origins->origin = torpor_origin_new();
    torpor_origin_copy_run(origins->origin, origins->built, run);
    return TRUE;
}

gboolean
torpor_session_origin_begin_run(TorporSession *session, guint run, GError **error)
{
    TorporOrigins *origins = session->origins;
    origins->first_run_begun = TRUE;
    if (!session->options->checkpoints)
        return TRUE;
    if (!is_running(session) && origins->resumes && is_ignored(session))
        return TRUE;
    const TorporOrigin *then = is_running(session) ? origins->origin : origins->candidate;
    if (then == NULL || (is_running(session) && !torpor_origin_has_run(then, run, NULL)))
        return keep_run(session, run, error);
    g_clear_pointer(&session->report, torpor_report_free);
    session->report = torpor_report_new(&session->host, session->options->mismatch);
    return take_to_compare(session, run, error) &&
           compare_run(session, then, run, session->report, error);
}
