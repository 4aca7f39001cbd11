#include "folder/needs.h"

#include "base/packed.h"

GHashTable *
torpor_needs_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

gboolean
torpor_needs_add(GHashTable *needs, int folder, const TorporCheckpoint *checkpoint, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!torpor_packed_names(folder, checkpoint->name, &names, error))
        return FALSE;
    for (guint i = 0; names != NULL && i < names->len; i++)
        g_hash_table_add(needs, g_strdup(names->pdata[i]));
    return TRUE;
}
