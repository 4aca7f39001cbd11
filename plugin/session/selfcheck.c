#include "session/selfcheck.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "compare/compare.h"
#include "host/uncovered.h"
#include "session/resuming.h"
#include "session/saving.h"

enum { BEGIN, STRAIGHT, RESUMED, N_FILES };

typedef struct {
    TorporSession *session;
    torpor_advance_fn advance;
    guint64 n_steps;
    char *paths[N_FILES];
    char *difference; /* the first one */
    char *uncovered;  /* bytes that no field describes */
} Check;

static gboolean
advance(const Check *check, GError **error)
{
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = check->advance(check->session->host.data, check->n_steps, &failure);
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

/* Restore the state at the beginning. */
static gboolean
go_back(const Check *check, GError **error)
{
    return torpor_resuming_read(check->session, check->paths[BEGIN], TORPOR_MISMATCH_ERROR,
                                error) &&
           follow_up(check, error);
}

static gboolean
keep_first(const TorporDifference *difference, gpointer data)
{
    Check *check = data;
    check->difference = torpor_difference_to_text(difference);
    return FALSE;
}

static gboolean
compare(Check *check, GError **error)
{
    const TorporHost *host = &check->session->host;
    const TorporCompareOptions options = {0};
    g_autoptr(TorporCheckpointFile) a =
        torpor_checkpoint_file_open(check->paths[STRAIGHT], host, 0, error);
    g_autoptr(TorporCheckpointFile) b =
        a == NULL ? NULL : torpor_checkpoint_file_open(check->paths[RESUMED], host, 0, error);
    return b != NULL && torpor_compare(a->file, a->tree, b->file, b->tree, &options, keep_first,
                                       check, error) >= 0;
}

/* Advance without a restore, and watch the bytes that no field describes. Then advance from the
 * file. */
static gboolean
run_twice(Check *check, GError **error)
{
    if (!follow_up(check, error))
        return FALSE;
    g_autoptr(TorporUncovered) uncovered =
        torpor_uncovered_new(&check->session->host, check->session->catalogue, error);
    if (uncovered == NULL || !advance(check, error))
        return FALSE;
    check->uncovered = torpor_uncovered_changes(uncovered);
    return write_file(check, STRAIGHT, error) && go_back(check, error) && advance(check, error) &&
           write_file(check, RESUMED, error) && compare(check, error);
}

static gboolean
judge(const Check *check, GError **error)
{
    if (check->uncovered != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "self-check: %s: declare a field for them%s%s", check->uncovered,
                    check->difference == NULL ? "" : "; after a restore ",
                    check->difference == NULL ? "" : check->difference);
    else if (check->difference != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "self-check: %" G_GUINT64_FORMAT
                    " steps after a restore the run differs from the one that went straight on "
                    "(A): %s",
                    check->n_steps, check->difference);
    return check->difference == NULL && check->uncovered == NULL;
}

static void
name_files(Check *check)
{
    for (guint i = 0; i < N_FILES; i++)
        check->paths[i] = g_strdup_printf("%s/selfcheck-%d-%u.msgpack",
                                          check->session->options->dir, (int)getpid(), i + 1);
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
    if (g_mkdir_with_parents(dir, 0777) != 0) {
        torpor_error_set_errno(error, errno, "%s: cannot create the folder", dir);
        return FALSE;
    }
    if (!torpor_session_enter(session, error))
        return FALSE;
    Check check = {.session = session, .advance = advance_model, .n_steps = n_steps};
    name_files(&check);
    GError *failure = NULL;
    gboolean passed = FALSE;
    if (write_file(&check, BEGIN, &failure)) {
        passed = run_twice(&check, &failure) && judge(&check, &failure);
        /* Whatever was found, the state is in the end as it was at the beginning. */
        passed &= go_back(&check, failure == NULL ? &failure : NULL);
    }
    clear(&check);
    torpor_session_leave(session);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return passed;
}
