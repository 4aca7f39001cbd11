#include "compare/pair.h"

#include <fcntl.h>

#include "base/error.h"
#include "file/verify.h"

/* Whom to tell how far the checks are. */
typedef struct {
    void (*update)(gpointer data, guint64 done, guint64 total);
    gpointer data;
} Progress;

static void
side_clear(TorporPairSide *side)
{
    torpor_whole_file_clear(&side->opened);
    g_clear_pointer(&side->index, torpor_index_free);
    g_clear_error(&side->damage);
}

void
torpor_pair_clear(TorporPair *pair)
{
    g_clear_pointer(&pair->same, torpor_same_free);
    side_clear(&pair->a);
    side_clear(&pair->b);
}

/* Errors about the content become the side's damage. */
static gboolean
keep_damage(TorporPairSide *side, GError *error, GError **out)
{
    if (error->code != TORPOR_STATUS_DAMAGED) {
        g_propagate_error(out, error);
        return FALSE;
    }
    g_clear_error(&side->damage);
    side->damage = error;
    return TRUE;
}

static gboolean
side_open(TorporPairSide *side, const char *path, GError **error)
{
    GError *reason = NULL;
    side->path = path;
    if (torpor_whole_file_open(&side->opened, path, TRUE, &reason) && side->opened.shards == NULL)
        side->index = torpor_file_read_index(side->opened.file, &reason);
    return reason == NULL || keep_damage(side, reason, error);
}

static gboolean
side_verify(TorporPairSide *side, const Progress *progress, GError **error)
{
    GError *reason = NULL;
    gboolean indexed;
    if (side->damage != NULL)
        return TRUE;
    gboolean is_intact =
        side->opened.shards != NULL
            ? torpor_whole_file_verify(side->opened.manifest_file, AT_FDCWD, FALSE, &indexed,
                                       progress->update, progress->data, &reason)
            : torpor_file_verify(side->opened.file, side->index, 0, NULL, progress->update,
                                 progress->data, &reason);
    return is_intact || keep_damage(side, reason, error);
}

/* Both have an index: the same pass checks them and finds what is equal. */
static gboolean
check(TorporPair *pair, const Progress *progress, GError **error)
{
    GError *reason = NULL;
    if (pair->a.index != NULL && pair->b.index != NULL)
        pair->same = torpor_same_new(pair->a.opened.file, pair->a.index, pair->b.opened.file,
                                     pair->b.index, progress->update, progress->data, &reason);
    if (reason != NULL)
        g_propagate_error(error, reason);
    return reason == NULL && (pair->same != NULL || (side_verify(&pair->a, progress, error) &&
                                                     side_verify(&pair->b, progress, error)));
}

gboolean
torpor_pair_init(TorporPair *pair, const char *a, const char *b,
                 void (*update)(gpointer data, guint64 done, guint64 total), gpointer data,
                 GError **error)
{
    const Progress progress = {update, data};
    *pair = (TorporPair){.same = NULL};
    return side_open(&pair->a, a, error) && side_open(&pair->b, b, error) &&
           check(pair, &progress, error);
}

const GError *
torpor_pair_damage(const TorporPair *pair)
{
    return pair->a.damage != NULL ? pair->a.damage : pair->b.damage;
}

gboolean
torpor_pair_compare(const TorporPair *pair, TorporCompareOptions *options,
                    TorporDifferenceFunc report, gpointer data, GError **error)
{
    options->same = pair->same;
    return torpor_compare(pair->a.opened.file, pair->a.opened.tree, pair->b.opened.file,
                          pair->b.opened.tree, options, report, data, error) >= 0;
}
