#include "session/unchanged.h"

#include <string.h>

#include "checkpoint/checkpoint_file.h"
#include "compare/compare.h"
#include "host/section_names.h"
#include "save/revision_check.h"

/* A user sets these, or the host builds them again. */
#define EXPECTED_TO_STAY (TORPOR_FIELD_CONSTANT | TORPOR_FIELD_PARAMETER)

void
torpor_unchanged_free(TorporUnchanged *unchanged)
{
    if (unchanged == NULL)
        return;
    g_ptr_array_unref(unchanged->names);
    g_free(unchanged->stale);
    g_free(unchanged);
}

static gboolean
note_path(const TorporDifference *difference, gpointer data)
{
    g_ptr_array_add(data, g_strdup(difference->path));
    return TRUE;
}

/* Is something that differs at this path, or below it? */
static gboolean
has_changed(const GPtrArray *different, const char *path)
{
    gsize length = strlen(path);
    for (guint i = 0; i < different->len; i++) {
        const char *one = g_ptr_array_index(different, i);
        if (strncmp(one, path, length) == 0 && (one[length] == '\0' || one[length] == '/'))
            return TRUE;
    }
    return FALSE;
}

/* Name the population if nothing of it changed, else each field that did not. */
static void
add_population(TorporUnchanged *unchanged, const TorporPopulation *population,
               const GPtrArray *different)
{
    g_autofree char *path =
        g_strconcat(TORPOR_SECTION_POPULATIONS "/", population->listed->path, NULL);
    gboolean is_state = population->codec_uses->len > 0;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if ((live_field->flags & EXPECTED_TO_STAY) != 0)
            continue;
        is_state = TRUE;
        if (has_changed(different, path) && !has_changed(different, live_field->path))
            g_ptr_array_add(unchanged->names, g_strdup(live_field->path));
    }
    if (is_state && !has_changed(different, path))
        g_ptr_array_add(unchanged->names, g_steal_pointer(&path));
}

/* ---- revisions ---- */

static void
find_stale(TorporUnchanged *unchanged, const TorporPopulations *then, const TorporPopulations *now,
           const GPtrArray *different)
{
    g_autoptr(GHashTable) before = torpor_revision_check_fields(then);
    g_autoptr(GHashTable) after = torpor_revision_check_fields(now);
    GHashTableIter iterator;
    gpointer path, found;
    g_hash_table_iter_init(&iterator, after);
    while (unchanged->stale == NULL && g_hash_table_iter_next(&iterator, &path, &found)) {
        const TorporLiveField *one = g_hash_table_lookup(before, path);
        if (one != NULL && one->revision == ((const TorporLiveField *)found)->revision &&
            has_changed(different, path))
            unchanged->stale = g_strdup(path);
    }
}

/* The host lists its populations again. */
static gboolean
check_revisions(TorporUnchanged *unchanged, const TorporHost *host,
                const TorporCatalogue *catalogue, const TorporPopulations *then,
                const GPtrArray *different, GError **error)
{
    if (!torpor_host_save_begin(host, error))
        return FALSE;
    g_autoptr(TorporDescription) description = torpor_description_new(host, error);
    g_autoptr(TorporPopulations) now =
        description == NULL ? NULL : torpor_populations_new(host, catalogue, description, error);
    if (now != NULL)
        find_stale(unchanged, then, now, different);
    torpor_host_save_end(host);
    return now != NULL;
}

TorporUnchanged *
torpor_unchanged_new(const TorporHost *host, const TorporCatalogue *catalogue,
                     const TorporPopulations *populations, const char *a, const char *b,
                     GError **error)
{
    const TorporCompareOptions options = {0};
    g_autoptr(GPtrArray) different = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(TorporCheckpointFile) then = torpor_checkpoint_file_open(a, host, 0, error);
    g_autoptr(TorporCheckpointFile) now =
        then == NULL ? NULL : torpor_checkpoint_file_open(b, host, 0, error);
    if (now == NULL || torpor_compare(then->file, then->tree, now->file, now->tree, &options,
                                      note_path, different, error) < 0)
        return NULL;
    g_autoptr(TorporUnchanged) unchanged = g_new0(TorporUnchanged, 1);
    unchanged->names = g_ptr_array_new_with_free_func(g_free);
    unchanged->is_all = !has_changed(different, TORPOR_SECTION_POPULATIONS) &&
                        !has_changed(different, TORPOR_SECTION_GENERATORS) &&
                        !has_changed(different, TORPOR_SECTION_TREES);
    for (guint i = 0; i < populations->in_order->len; i++)
        add_population(unchanged, g_ptr_array_index(populations->in_order, i), different);
    return check_revisions(unchanged, host, catalogue, populations, different, error)
               ? g_steal_pointer(&unchanged)
               : NULL;
}
