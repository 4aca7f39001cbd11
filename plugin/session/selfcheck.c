#include "session/selfcheck.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "compare/compare.h"
#include "host/uncovered.h"
#include "session/resuming.h"
#include "session/saving.h"
#include "session/unchanged.h"

/* The run that goes straight on leaves four files: at step 0, N, N + 1 and 2N + 1 of the check.
 * Three resumes repeat parts of it, and each begins where the one before ended, at step 2N + 1:
 *
 *     0 ----------- N - N+1 ----------- 2N+1      straight on
 *                   N - N+1 ----------- 2N+1      from N
 *                       N+1 ----------- 2N+1      from N + 1
 *     0 ----------- N                             from 0
 *
 * A resume that leaves something of the later state behind shows only if that differs from what was
 * there at the checkpoint. A cached value may be there at each second step only, so the resumes are
 * from odd and even steps, and go back by odd and even numbers of steps; it may stay in memory
 * after its use, until the next one is cached, so no resume goes back a single step if N > 1 (if N
 * is 1, that from 0 goes back three, to a step like N + 1). */
enum { BEGIN, MIDDLE, NEXT, END, AGAIN, N_FILES };

#define MAX_NAMES 6u

typedef struct {
    TorporSession *session;
    torpor_advance_fn advance;
    guint64 n_steps;
    char *paths[N_FILES];
    char *difference; /* the first one */
    char *uncovered;  /* bytes that no field describes */
    GPtrArray *unsized_types;
    TorporUnchanged *unchanged;
} Check;

static gboolean
advance(const Check *check, guint64 n_steps, GError **error)
{
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = check->advance(check->session->host.data, n_steps, &failure);
    return torpor_host_result(status, &failure, error, "self-check: advancing the model");
}

static gboolean
write_file(const Check *check, guint which, GError **error)
{
    return torpor_saving_write(check->session, check->paths[which], error);
}

/* What follows each checkpoint and restore in every run. */
static gboolean
follow_up(const Check *check, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(&check->session->host, &clock, error))
        return FALSE;
    torpor_session_post_checkpoint(check->session, clock.step);
    return TRUE;
}

static gboolean
go_back(const Check *check, guint which, GError **error)
{
    return torpor_resuming_read(check->session, check->paths[which], TORPOR_MISMATCH_ERROR,
                                error) &&
           follow_up(check, error);
}

/* Save, follow up and advance, as the run does that the others are compared with. */
static gboolean
go_straight_on(Check *check, GError **error)
{
    const TorporHost *host = &check->session->host;
    if (!follow_up(check, error))
        return FALSE;
    g_autoptr(TorporUncovered) uncovered =
        torpor_uncovered_new(host, check->session->catalogue, error);
    if (uncovered == NULL)
        return FALSE;
    check->unsized_types = torpor_uncovered_unsized_types(uncovered);
    if (!advance(check, check->n_steps, error) ||
        !torpor_uncovered_changes(uncovered, &check->uncovered, error) ||
        !write_file(check, MIDDLE, error) || !follow_up(check, error) ||
        !advance(check, 1, error) || !write_file(check, NEXT, error) || !follow_up(check, error) ||
        !advance(check, check->n_steps, error) || !write_file(check, END, error))
        return FALSE;
    check->unchanged = torpor_unchanged_new(host, check->session->catalogue,
                                            torpor_uncovered_populations(uncovered),
                                            check->paths[BEGIN], check->paths[END], error);
    return check->unchanged != NULL;
}

/* ---- the resumes ---- */

static gboolean
keep_first(const TorporDifference *difference, gpointer data)
{
    Check *check = data;
    check->difference = torpor_difference_to_text(difference, FALSE);
    return FALSE;
}

/* The first difference between the state now and that file, unless there was one before. */
static gboolean
compare_with(Check *check, guint which, guint64 n_steps, GError **error)
{
    const TorporHost *host = &check->session->host;
    const TorporCompareOptions options = {0};
    if (!write_file(check, AGAIN, error))
        return FALSE;
    g_autoptr(TorporCheckpointFile) a =
        torpor_checkpoint_file_open(check->paths[which], host, 0, error);
    g_autoptr(TorporCheckpointFile) b =
        a == NULL ? NULL : torpor_checkpoint_file_open(check->paths[AGAIN], host, 0, error);
    if (b == NULL ||
        torpor_compare(a->file, a->tree, b->file, b->tree, &options, keep_first, check, error) < 0)
        return FALSE;
    if (check->difference == NULL)
        return TRUE;
    g_autofree char *what = g_steal_pointer(&check->difference);
    check->difference = g_strdup_printf("%" G_GUINT64_FORMAT
                                        " steps after a resume the state is not that of the run "
                                        "that went straight on, whose values come first: %s",
                                        n_steps, what);
    return TRUE;
}

static gboolean
resume_from_middle(Check *check, GError **error)
{
    guint64 n_steps = check->n_steps;
    return go_back(check, MIDDLE, error) && advance(check, 1, error) && follow_up(check, error) &&
           advance(check, n_steps, error) && compare_with(check, END, n_steps + 1, error);
}

/* The file `from` is n_steps before the file `to`. */
static gboolean
resume(Check *check, guint from, guint to, GError **error)
{
    return go_back(check, from, error) && advance(check, check->n_steps, error) &&
           compare_with(check, to, check->n_steps, error);
}

static gboolean
run(Check *check, GError **error)
{
    return go_straight_on(check, error) && resume_from_middle(check, error) &&
           (check->difference != NULL || resume(check, NEXT, END, error)) &&
           (check->difference != NULL || resume(check, BEGIN, MIDDLE, error));
}

/* ---- the verdict ---- */

static char *
names_text(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < MIN(names->len, MAX_NAMES); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(names, i));
    if (names->len > MAX_NAMES)
        g_string_append_printf(text, " and %u more", names->len - MAX_NAMES);
    return g_string_free(text, FALSE);
}

/* What did not change, or was not watched, may be missing as well. */
static void
warn_of_gaps(const Check *check)
{
    const TorporHost *host = &check->session->host;
    g_autofree char *unchanged = names_text(check->unchanged->names);
    g_autofree char *unsized = names_text(check->unsized_types);
    if (unchanged[0] != '\0')
        torpor_host_log(host, TORPOR_LOG_WARNING,
                        "self-check: it proves nothing about what did not change in "
                        "%" G_GUINT64_FORMAT " steps: %s",
                        2 * check->n_steps + 1, unchanged);
    if (unsized[0] != '\0')
        torpor_host_log(host, TORPOR_LOG_WARNING,
                        "self-check: members that no field covers were not looked for in types "
                        "without object_size: %s",
                        unsized);
}

static gboolean
judge(const Check *check, GError **error)
{
    if (check->uncovered != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "self-check: %s: declare a field for them%s%s", check->uncovered,
                    check->difference == NULL ? "" : "; ",
                    check->difference == NULL ? "" : check->difference);
    else if (check->difference != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "self-check: %s; something that it follows from is not saved, such as a cached "
                    "random number, an input buffer or a spike in flight",
                    check->difference);
    else if (check->unchanged->stale != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "self-check: %s has changed in %" G_GUINT64_FORMAT
                    " steps, and the host gives it the same revision: raise that whenever a value "
                    "may have changed, or give 0",
                    check->unchanged->stale, 2 * check->n_steps + 1);
    else if (check->unchanged->is_all)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "self-check: nothing but the clock changed in %" G_GUINT64_FORMAT
                    " steps, so this proves nothing; drive the network until neurons fire, or give "
                    "more steps",
                    2 * check->n_steps + 1);
    else
        warn_of_gaps(check);
    return check->difference == NULL && check->uncovered == NULL &&
           check->unchanged->stale == NULL && !check->unchanged->is_all;
}

static void
name_files(Check *check)
{
    for (guint i = 0; i < N_FILES; i++)
        check->paths[i] = g_strdup_printf("%s/selfcheck-%d-%u.msgpack",
                                          check->session->options->dir, (int)getpid(), i + 1);
}

/* Make the folder for the files. *made: how many levels of its path were missing. */
static gboolean
make_folder(const char *dir, guint *made, GError **error)
{
    *made = 0;
    g_autofree char *level = g_strdup(dir);
    while (g_access(level, F_OK) != 0) {
        char *parent = g_path_get_dirname(level);
        g_free(level);
        level = parent;
        ++*made;
    }
    if (g_mkdir_with_parents(dir, 0777) == 0)
        return TRUE;
    torpor_error_set_errno(error, errno, "%s: cannot create the folder", dir);
    return FALSE;
}

/* What was made goes, unless something else is in it by now. */
static void
remove_folder(const char *dir, guint made)
{
    g_autofree char *level = g_strdup(dir);
    for (; made > 0 && g_rmdir(level) == 0; made--) {
        char *parent = g_path_get_dirname(level);
        g_free(level);
        level = parent;
    }
}

static void
clear(Check *check)
{
    for (guint i = 0; i < N_FILES; i++) {
        g_unlink(check->paths[i]);
        g_free(check->paths[i]);
    }
    g_free(check->difference);
    g_free(check->uncovered);
    g_clear_pointer(&check->unsized_types, g_ptr_array_unref);
    torpor_unchanged_free(check->unchanged);
}

gboolean
torpor_selfcheck(TorporSession *session, torpor_advance_fn advance_model, guint64 n_steps,
                 GError **error)
{
    const char *dir = session->options->dir;
    if (advance_model == NULL || n_steps == 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "self-check: %s",
                    advance_model == NULL ? "advance is NULL" : "n_steps is 0");
        return FALSE;
    }
    guint made;
    if (!torpor_session_enter(session, error))
        return FALSE;
    if (!make_folder(dir, &made, error)) {
        torpor_session_leave(session);
        return FALSE;
    }
    torpor_saving_settle(session); /* it goes back, after which no save may refer to another */
    Check check = {.session = session, .advance = advance_model, .n_steps = n_steps};
    name_files(&check);
    GError *failure = NULL;
    gboolean passed = FALSE;
    if (write_file(&check, BEGIN, &failure)) {
        passed = run(&check, &failure) && judge(&check, &failure);
        /* Whatever was found, the state is in the end as it was at the beginning. */
        passed &= go_back(&check, BEGIN, failure == NULL ? &failure : NULL);
    }
    clear(&check);
    remove_folder(dir, made);
    torpor_session_leave(session);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return passed;
}
