/* session/shard_needs.c, with a collective by hand: rank 1 says what this rank says, and rank 2 the
 * steps that follow. */
#include "session/shard_needs.h"

#include <string.h>

#include "step_clock.h"

#define N_RANKS 3u

typedef struct {
    guint64 step; /* first: see step_clock.h */
    guint n_calls;
    guint fails_at; /* that call of the collective; 0: none */
} Host;

static gint32
allgather(void *data, const void *mine, guint64 length, void *all, struct torpor_error *error)
{
    Host *host = data;
    if (++host->n_calls == host->fails_at) {
        g_strlcpy(error->message, "a rank is dead", sizeof error->message);
        return TORPOR_STATUS_IO;
    }
    for (guint rank = 0; rank < N_RANKS; rank++)
        memcpy((char *)all + rank * length, mine, length);
    guint64 *last = (guint64 *)(gpointer)((char *)all + 2 * length);
    for (guint64 i = 0; host->n_calls == 3 && i < length / sizeof *last; i++)
        last[i]++;
    return TORPOR_STATUS_OK;
}

static gint32
barrier(G_GNUC_UNUSED void *data, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
broadcast(G_GNUC_UNUSED void *data, G_GNUC_UNUSED void *bytes, G_GNUC_UNUSED guint64 length,
          G_GNUC_UNUSED guint32 root, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
describe(G_GNUC_UNUSED void *data, G_GNUC_UNUSED const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

/* The steps that all need, as a text; NULL with an error. */
static char *
gather(const GArray *own, guint fails_at, GError **error)
{
    Host host = {.fails_at = fails_at};
    const struct torpor_collective collective = {TORPOR_COLLECTIVE_INIT,   .n_ranks = N_RANKS,
                                                 .collective_data = &host, .barrier = barrier,
                                                 .allgather = allgather,   .broadcast = broadcast};
    const struct torpor_host table = {
        TORPOR_HOST_INIT,     .flags = TORPOR_HOST_NO_SIGNALS, .name = "h",     .version = "1",
        .describe = describe, .collective = &collective,       STEP_CLOCK_SLOTS};
    TorporSession *session = torpor_session_new(&table, &host, NULL, 0, error);
    g_assert_nonnull(session);
    g_autoptr(GArray) all = torpor_shard_needs_gather(session, own, error);
    (void)torpor_session_free(session);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; all != NULL && i < all->len; i++)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " ", g_array_index(all, guint64, i));
    return all == NULL ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_gathered(void)
{
    static const guint64 steps[] = {40, 10};
    g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_array_append_vals(own, steps, 2);
    g_autofree char *all = gather(own, 0, NULL);
    g_assert_cmpstr(all, ==, "10 11 40 41 ");
    g_autofree char *none = gather(NULL, 0, NULL);
    g_assert_cmpstr(none, ==, "");
    for (guint i = 1; i <= 3; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gather(own, i, &error));
        g_assert_nonnull(strstr(error->message, "a rank is dead"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shard-needs/gathered", test_gathered);
    return g_test_run();
}
