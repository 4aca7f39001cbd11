#include "session/ranks.h"

#include <string.h>

#include "host/collective.h"

/* Long enough for a message with a path. */
#define TEXT_BYTES 1024u

/* What travels. */
typedef struct {
    guint32 meeting;
    gint32 status;
    guint64 number; /* of the meeting */
    TorporSay say;
} Record;

gboolean
torpor_ranks_are_several(const TorporSession *session)
{
    return torpor_host_n_ranks(&session->host) > 1;
}

gboolean
torpor_ranks_is_first(const TorporSession *session)
{
    return torpor_host_rank(&session->host) == 0;
}

/* ---- what ends all meetings ---- */

static gboolean
check_not_parted(const TorporSession *session, GError **error)
{
    if (session->parted == NULL)
        return TRUE;
    g_propagate_error(error, g_error_copy(session->parted));
    return FALSE;
}

static gboolean
part(TorporSession *session, GError *failure, GError **error)
{
    g_prefix_error(&failure, "the ranks cannot agree any more: ");
    session->parted = failure;
    return check_not_parted(session, error);
}

static gboolean
allgather(TorporSession *session, const void *mine, guint64 length, void *all, GError **error)
{
    GError *failure = NULL;
    return torpor_host_allgather(&session->host, mine, length, all, &failure) ||
           part(session, failure, error);
}

static gboolean
broadcast(TorporSession *session, void *bytes, guint64 length, guint32 root, GError **error)
{
    GError *failure = NULL;
    return torpor_host_broadcast(&session->host, bytes, length, root, &failure) ||
           part(session, failure, error);
}

/* ---- meetings ---- */

static const char *
meeting_name(guint32 meeting)
{
    static const char *const names[] = {"nowhere",      "at a step",      "at a save",
                                        "at a commit",  "at a restore",   "at a prepared restore",
                                        "at its begin", "at its options", "at its lists",
                                        "at a search"};
    return meeting < G_N_ELEMENTS(names) ? names[meeting] : names[0];
}

static gboolean
check_place(TorporSession *session, const Record *records, guint n, GError **error)
{
    for (guint i = 1; i < n; i++) {
        if (records[i].meeting == records[0].meeting && records[i].number == records[0].number)
            continue;
        GError *failure =
            g_error_new(TORPOR_ERROR, TORPOR_STATUS_ORDER,
                        "rank 0 is %s and rank %u is %s: all ranks must call the same hooks in the "
                        "same order, and stop if one of them does",
                        meeting_name(records[0].meeting), i, meeting_name(records[i].meeting));
        return part(session, failure, error);
    }
    return TRUE;
}

/* The text of the first rank that cannot go on. */
static gboolean
report_failure(TorporSession *session, guint rank, gint32 status, const GError *own_failure,
               GError **error)
{
    char text[TEXT_BYTES] = "";
    if (own_failure != NULL)
        g_strlcpy(text, own_failure->message, sizeof text);
    if (!broadcast(session, text, sizeof text, rank, error))
        return FALSE;
    text[sizeof text - 1] = '\0';
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    gboolean names_rank = g_str_has_prefix(valid, "rank "); /* of a meeting before */
    g_autofree char *name = names_rank ? g_strdup("") : g_strdup_printf("rank %u: ", rank);
    g_set_error(error, TORPOR_ERROR, status, "%s%s", name, valid);
    return FALSE;
}

static gboolean
meet(TorporSession *session, TorporMeeting meeting, const GError *own_failure,
     const TorporSay *mine, TorporSay *all, GError **error)
{
    guint n = torpor_host_n_ranks(&session->host);
    g_autofree Record *records = g_new0(Record, n);
    Record record = {.meeting = meeting, .number = ++session->n_meetings};
    if (own_failure != NULL)
        record.status = own_failure->code == 0 ? TORPOR_STATUS_INVALID : own_failure->code;
    if (mine != NULL)
        record.say = *mine;
    if (!check_not_parted(session, error) ||
        !allgather(session, &record, sizeof record, records, error) ||
        !check_place(session, records, n, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        if (records[i].status != 0)
            return report_failure(session, i, records[i].status, own_failure, error);
    for (guint i = 0; all != NULL && i < n; i++)
        all[i] = records[i].say;
    return TRUE;
}

gboolean
torpor_ranks_meet(TorporSession *session, TorporMeeting meeting, GError *own_failure,
                  const TorporSay *mine, TorporSay *all, GError **error)
{
    g_autoptr(GError) failure = own_failure;
    if (torpor_ranks_are_several(session))
        return meet(session, meeting, failure, mine, all, error);
    if (all != NULL && mine != NULL)
        *all = *mine;
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean
torpor_ranks_share(TorporSession *session, void *bytes, guint64 length, GError **error)
{
    return check_not_parted(session, error) && broadcast(session, bytes, length, 0, error);
}

GPtrArray *
torpor_ranks_gather(TorporSession *session, const void *bytes, guint64 length, GError **error)
{
    guint n = torpor_host_n_ranks(&session->host);
    g_autofree TorporSay *lengths = g_new0(TorporSay, n);
    const TorporSay mine = {{length}};
    if (!torpor_ranks_meet(session, TORPOR_AT_LISTS, NULL, &mine, lengths, error))
        return NULL;
    guint64 longest = 1;
    for (guint i = 0; i < n; i++)
        longest = MAX(longest, lengths[i].words[0]);
    g_autofree char *room = g_try_malloc0(longest);
    g_autofree char *all = longest > G_MAXSIZE / n ? NULL : g_try_malloc(longest * n);
    if (room != NULL && length > 0)
        memcpy(room, bytes, length);
    GError *failure = NULL;
    if (room == NULL || all == NULL)
        failure = g_error_new(TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                              "no memory for what %u ranks list", n);
    if (!torpor_ranks_meet(session, TORPOR_AT_LISTS, failure, NULL, NULL, error) ||
        !allgather(session, room, longest, all, error))
        return NULL;
    GPtrArray *gathered = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(gathered, g_bytes_new(all + i * longest, lengths[i].words[0]));
    return gathered;
}

gboolean
torpor_ranks_send(TorporSession *session, const void *bytes, guint64 length, guint to,
                  GError **error)
{
    GError *failure = NULL;
    return check_not_parted(session, error) &&
           (torpor_host_send(&session->host, bytes, length, to, &failure) ||
            part(session, failure, error));
}

gboolean
torpor_ranks_receive(TorporSession *session, void *bytes, guint64 length, guint from,
                     GError **error)
{
    GError *failure = NULL;
    return check_not_parted(session, error) &&
           (torpor_host_receive(&session->host, bytes, length, from, &failure) ||
            part(session, failure, error));
}

/* ---- is it the same run on all ranks? ---- */

/* "key=value" for everything that must be equal, NULL-terminated. */
static GStrv
list_equals(TorporSession *session, GError **error)
{
    struct torpor_clock clock;
    g_autofree char *fingerprint = torpor_host_fingerprint(&session->host, error);
    if (fingerprint == NULL || !torpor_host_clock(&session->host, &clock, error))
        return NULL;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *host = g_strdup_printf("host=%s %s", session->name, session->version);
    g_autofree char *plugin = g_strdup_printf("Torpor=%s", TORPOR_VERSION);
    g_autofree char *step = g_strdup_printf("step=%" G_GUINT64_FORMAT, (guint64)clock.step);
    g_autofree char *model = g_strdup_printf("fingerprint=%s", fingerprint);
    g_strv_builder_add_many(builder, host, plugin, step, model, NULL);
    g_strv_builder_addv(builder, (const char **)session->options->effective);
    return g_strv_builder_end(builder);
}

static gboolean
compare_lists(const GPtrArray *gathered, GError **error)
{
    g_auto(GStrv) first = g_strsplit(g_bytes_get_data(gathered->pdata[0], NULL), "\n", -1);
    for (guint i = 1; i < gathered->len; i++) {
        g_auto(GStrv) other = g_strsplit(g_bytes_get_data(gathered->pdata[i], NULL), "\n", -1);
        for (guint k = 0; first[k] != NULL && other[k] != NULL; k++) {
            if (strcmp(first[k], other[k]) == 0)
                continue;
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "the ranks of a run must be given the same: rank 0 has %.200s, and rank %u "
                        "has %.200s",
                        first[k], i, other[k]);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
torpor_ranks_compare(TorporSession *session, GError **error)
{
    if (!torpor_ranks_are_several(session) || session->are_compared)
        return TRUE;
    GError *failure = NULL;
    g_auto(GStrv) lines = list_equals(session, &failure);
    if (!torpor_ranks_meet(session, TORPOR_AT_OPTIONS, failure, NULL, NULL, error))
        return FALSE;
    g_autofree char *text = g_strjoinv("\n", lines);
    g_autoptr(GPtrArray) gathered = torpor_ranks_gather(session, text, strlen(text) + 1, error);
    session->are_compared = gathered != NULL && compare_lists(gathered, error);
    return session->are_compared;
}
