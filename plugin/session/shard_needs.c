#include "session/shard_needs.h"

#include <string.h>

#include "session/ranks.h"

GArray *
torpor_shard_needs_of(const TorporFile *shard)
{
    const GPtrArray *names =
        shard->unpacker == NULL ? NULL : torpor_unpacker_table(shard->unpacker)->names;
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(guint64));
    guint64 step;
    for (guint i = 0; names != NULL && i < names->len; i++)
        if (torpor_checkpoint_shard_step(names->pdata[i], &step))
            g_array_append_val(steps, step);
    return steps;
}

static gint
compare_steps(gconstpointer a, gconstpointer b)
{
    guint64 one = *(const guint64 *)a;
    guint64 other = *(const guint64 *)b;
    return (one > other) - (one < other);
}

/* Of sorted steps; returns how many are left. */
static guint
drop_repeated(guint64 *steps, guint n)
{
    guint n_left = 0;
    for (guint i = 0; i < n; i++)
        if (n_left == 0 || steps[i] != steps[n_left - 1])
            steps[n_left++] = steps[i];
    return n_left;
}

GArray *
torpor_shard_needs_gather(TorporSession *session, const GArray *own, GError **error)
{
    const void *mine = own == NULL ? NULL : own->data;
    guint64 mine_length = own == NULL ? 0 : own->len * sizeof(guint64);
    g_autoptr(GPtrArray) gathered = torpor_ranks_gather(session, mine, mine_length, error);
    if (gathered == NULL)
        return NULL;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < gathered->len; i++) {
        gsize length;
        const void *steps = g_bytes_get_data(gathered->pdata[i], &length);
        if (length > 0)
            g_array_append_vals(all, steps, (guint)(length / sizeof(guint64)));
    }
    g_array_sort(all, compare_steps);
    return g_array_set_size(all, drop_repeated((guint64 *)(gpointer)all->data, all->len));
}
