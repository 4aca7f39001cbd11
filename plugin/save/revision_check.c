#include "save/revision_check.h"

#include <string.h>

#include "checkpoint/section.h"
#include "host/section_names.h"
#include "save/digest.h"

/* A leaf of the tree, at one step. */
typedef struct {
    guint64 step;
    guint64 revision;
    guint64 count; /* of the population's objects */
    guint64 xxh3;
} Leaf;

struct _TorporRevisionCheck {
    GHashTable *leaves; /* path -> Leaf */
};

static GHashTable *
leaves_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

TorporRevisionCheck *
torpor_revision_check_new(void)
{
    TorporRevisionCheck *check = g_new(TorporRevisionCheck, 1);
    check->leaves = leaves_new();
    return check;
}

void
torpor_revision_check_free(TorporRevisionCheck *check)
{
    if (check == NULL)
        return;
    g_hash_table_unref(check->leaves);
    g_free(check);
}

void
torpor_revision_check_forget(TorporRevisionCheck *check)
{
    g_hash_table_remove_all(check->leaves);
}

GHashTable *
torpor_revision_check_fields(const TorporPopulations *populations)
{
    GHashTable *fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(populations->in_order, i);
        for (guint k = 0; k < population->live_fields->len; k++) {
            TorporLiveField *live_field = g_ptr_array_index(population->live_fields, k);
            if (live_field->revision != 0)
                g_hash_table_insert(fields,
                                    torpor_section_path(TORPOR_SECTION_POPULATIONS,
                                                        population->listed->path, live_field->keys),
                                    live_field);
        }
    }
    return fields;
}

/* The field whose values this leaf has, all or some of them. */
static const TorporLiveField *
find_field(GHashTable *fields, const char *leaf)
{
    g_autofree char *path = g_strdup(leaf);
    for (char *slash = path; slash != NULL;) {
        const TorporLiveField *found = g_hash_table_lookup(fields, path);
        if (found != NULL)
            return found;
        slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
    }
    return NULL;
}

static gboolean
compare(const Leaf *before, const Leaf *now, const char *path, GError **error)
{
    if (before == NULL || before->revision != now->revision || before->count != now->count ||
        before->xxh3 == now->xxh3)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "option incremental=check: %s is not at step %" G_GUINT64_FORMAT
                " what it was at step %" G_GUINT64_FORMAT
                ", and the host gives it the same revision %" G_GUINT64_FORMAT
                ": it must raise that whenever a value may have changed, or give 0; until then, "
                "incremental=compare reads all values",
                path, now->step, before->step, now->revision);
    return FALSE;
}

gboolean
torpor_revision_check_run(TorporRevisionCheck *check, const TorporHost *host,
                          const TorporCatalogue *catalogue, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(host, &clock, error))
        return FALSE;
    g_autoptr(TorporCapture) capture = torpor_capture_new_of_model(host, catalogue, FALSE, error);
    g_autoptr(GArray) digests =
        capture == NULL ? NULL : torpor_digest_capture(capture, NULL, error);
    if (digests == NULL)
        return FALSE;
    g_autoptr(GHashTable) fields = torpor_revision_check_fields(capture->populations);
    g_autoptr(GHashTable) before = g_steal_pointer(&check->leaves);
    check->leaves = leaves_new();
    gboolean is_fine = TRUE;
    for (guint i = 0; i < digests->len; i++) {
        const TorporDigest *digest = &g_array_index(digests, TorporDigest, i);
        const TorporLiveField *live_field = find_field(fields, digest->path);
        if (live_field == NULL)
            continue;
        Leaf *now = g_new(Leaf, 1);
        *now =
            (Leaf){clock.step, live_field->revision, live_field->population->count, digest->xxh3};
        g_hash_table_insert(check->leaves, g_strdup(digest->path), now);
        is_fine =
            is_fine && compare(g_hash_table_lookup(before, digest->path), now, digest->path, error);
    }
    return is_fine;
}
