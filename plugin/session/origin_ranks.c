#include "session/origin_ranks.h"

#include <string.h>

#include "base/xxh3.h"
#include "checkpoint/origin_difference.h"
#include "session/ranks.h"

/* What a rank says: */
enum { RUN, STEP, HASH /* of what it has, as text */ };

/* A line for each path: its flags and its digest. */
static char *
origin_to_text(const TorporOrigin *origin, guint run)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; origin != NULL && i < torpor_origin_n_paths(origin); i++) {
        guint8 flags;
        const char *path = torpor_origin_path(origin, i, &flags);
        g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
        g_string_append_printf(text, "%02x %016" G_GINT64_MODIFIER "x %s\n", flags,
                               torpor_origin_digest(origin, run, path), escaped);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static TorporOrigin *
origin_from_text(const char *text, guint run, guint64 step)
{
    TorporOrigin *origin = torpor_origin_new();
    torpor_origin_begin_run(origin, run, step);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        g_autofree char *path =
            g_strv_length(words) == 3 ? g_uri_unescape_string(words[2], NULL) : NULL;
        if (path != NULL)
            torpor_origin_add(origin, run, path, (guint8)g_ascii_strtoull(words[0], NULL, 16),
                              g_ascii_strtoull(words[1], NULL, 16));
    }
    return origin;
}

static gboolean
check_run(const TorporSay *all, guint n, GError **error)
{
    for (guint i = 1; i < n; i++) {
        if (all[i].words[RUN] == all[0].words[RUN] && all[i].words[STEP] == all[0].words[STEP])
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "rank 0 begins run %" G_GUINT64_FORMAT
                    " of its script at step %" G_GUINT64_FORMAT
                    ", and rank %u begins run %" G_GUINT64_FORMAT " at step %" G_GUINT64_FORMAT,
                    all[0].words[RUN] + 1, all[0].words[STEP], i, all[i].words[RUN] + 1,
                    all[i].words[STEP]);
        return FALSE;
    }
    return TRUE;
}

static void
say_differs(TorporSession *session, const char *name, guint n_names, guint rank)
{
    g_autofree char *others =
        n_names == 1 ? g_strdup("") : g_strdup_printf(" (and %u more)", n_names - 1);
    session->origins->said_differ = TRUE;
    if (torpor_ranks_is_first(session))
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "origin: %s%s is another one on rank %u than on rank 0, and has no key: if "
                        "that stays so, the run can go on on %u ranks only",
                        name, others, rank, torpor_host_n_ranks(&session->host));
}

/* Of rank 0 and another one. */
static gboolean
compare(TorporSession *session, const TorporOrigin *first, const TorporOrigin *other, guint rank,
        guint run, GError **error)
{
    g_autoptr(TorporOriginDifference) difference =
        torpor_origin_compare(first, run, other, run, TRUE);
    if (difference->other_version->len > 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "the ranks of a run must be given the same: the type of %s has another version "
                    "on rank %u than on rank 0",
                    (const char *)difference->other_version->pdata[0], rank);
        return FALSE;
    }
    if (difference->set_by_user->len > 0 && !session->origins->said_differ)
        say_differs(session, difference->set_by_user->pdata[0], difference->set_by_user->len, rank);
    return TRUE;
}

static gboolean
compare_all(TorporSession *session, const char *text, guint run, guint64 step, GError **error)
{
    g_autoptr(GPtrArray) gathered = torpor_ranks_gather(session, text, strlen(text) + 1, error);
    if (gathered == NULL)
        return FALSE;
    g_autoptr(TorporOrigin) first =
        origin_from_text(g_bytes_get_data(gathered->pdata[0], NULL), run, step);
    for (guint i = 1; i < gathered->len; i++) {
        g_autoptr(TorporOrigin) other =
            origin_from_text(g_bytes_get_data(gathered->pdata[i], NULL), run, step);
        if (!compare(session, first, other, i, run, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_origin_ranks_begin(TorporSession *session, guint run, GError *own_failure, GError **error)
{
    guint n = torpor_host_n_ranks(&session->host);
    const TorporOrigin *built = session->origins->built;
    struct torpor_clock clock = {0};
    if (!torpor_ranks_are_several(session))
        return torpor_ranks_meet(session, TORPOR_AT_BEGIN, own_failure, NULL, NULL, error);
    if (own_failure == NULL)
        (void)torpor_host_clock(&session->host, &clock, &own_failure);
    g_autoptr(TorporOrigin) shared =
        built == NULL || session->options->origin == TORPOR_MISMATCH_IGNORE
            ? NULL
            : torpor_origin_without_keys(built, run);
    g_autofree char *text = origin_to_text(shared, run);
    g_autofree TorporSay *all = g_new0(TorporSay, n);
    const TorporSay mine = {
        {[RUN] = run, [STEP] = clock.step, [HASH] = torpor_xxh3(text, strlen(text))}};
    if (!torpor_ranks_meet(session, TORPOR_AT_BEGIN, own_failure, &mine, all, error) ||
        !check_run(all, n, error))
        return FALSE;
    for (guint i = 1; i < n; i++)
        if (all[i].words[HASH] != all[0].words[HASH])
            return compare_all(session, text, run, clock.step, error);
    return TRUE;
}
