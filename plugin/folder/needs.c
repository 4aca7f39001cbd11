#include "folder/needs.h"

#include "base/error.h"
#include "base/packed.h"
#include "base/text_hash.h"
#include "checkpoint/shards.h"
#include "msgpack/decode.h"

GHashTable *
torpor_needs_new(void)
{
    return g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, NULL);
}

/* Nothing can be restored of a manifest that is damaged. */
static gboolean
add_of_manifest(GHashTable *needs, int folder, const TorporCheckpoint *checkpoint, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, checkpoint->path, &failure);
    g_autoptr(TorporTree) tree = file == NULL ? NULL : torpor_decode_file(file, &failure);
    g_autoptr(GArray) steps = tree == NULL ? NULL : torpor_shards_needs(tree, file, &failure);
    if (failure != NULL && !g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND) &&
        !g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    for (guint i = 0; steps != NULL && i < steps->len; i++)
        g_hash_table_add(needs, torpor_checkpoint_name(g_array_index(steps, guint64, i)));
    return TRUE;
}

gboolean
torpor_needs_add(GHashTable *needs, int folder, const TorporCheckpoint *checkpoint, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!torpor_packed_names(folder, checkpoint->name, &names, error))
        return FALSE;
    for (guint i = 0; names != NULL && i < names->len; i++)
        g_hash_table_add(needs, g_strdup(names->pdata[i]));
    return names != NULL || checkpoint->shards == NULL ||
           add_of_manifest(needs, folder, checkpoint, error);
}
