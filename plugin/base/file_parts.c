#include "base/file_parts.h"

/* Far below the 1,024 that a process may usually have; the host needs some, too. */
#define MAX_DESCRIPTORS 64u

typedef struct {
    TorporFile *file; /* NULL: not open */
    guint n_borrowed;
    guint n_descriptors;
    guint64 used; /* when: larger is later */
} Part;

struct torpor_parts {
    GMutex lock;
    TorporOpenPartFunc open;
    GFreeFunc close;
    TorporCountPartFunc count;
    gpointer open_data;
    guint n;
    Part *all;
    GArray *are_open; /* guint: their numbers */
    guint n_descriptors;
    guint64 n_uses;
};

TorporParts *
torpor_parts_new(guint n, TorporOpenPartFunc open, GFreeFunc close, TorporCountPartFunc count,
                 gpointer open_data)
{
    TorporParts *parts = g_new0(TorporParts, 1);
    g_mutex_init(&parts->lock);
    parts->open = open;
    parts->close = close;
    parts->count = count;
    parts->n = n;
    parts->open_data = open_data;
    parts->all = g_new0(Part, n);
    parts->are_open = g_array_new(FALSE, FALSE, sizeof(guint));
    return parts;
}

void
torpor_parts_free(TorporParts *parts)
{
    if (parts == NULL)
        return;
    for (guint i = 0; i < parts->n; i++)
        if (parts->all[i].file != NULL)
            parts->close(parts->all[i].file);
    g_array_unref(parts->are_open);
    g_free(parts->all);
    g_mutex_clear(&parts->lock);
    g_free(parts);
}

/* Under the lock: close the part that was not used for longest, and is not borrowed. FALSE: all
 * are, since as many threads read at once. */
static gboolean
close_one(TorporParts *parts)
{
    guint oldest = parts->are_open->len;
    for (guint i = 0; i < parts->are_open->len; i++) {
        const Part *part = &parts->all[g_array_index(parts->are_open, guint, i)];
        if (part->n_borrowed == 0 &&
            (oldest == parts->are_open->len ||
             part->used < parts->all[g_array_index(parts->are_open, guint, oldest)].used))
            oldest = i;
    }
    if (oldest == parts->are_open->len)
        return FALSE;
    Part *part = &parts->all[g_array_index(parts->are_open, guint, oldest)];
    parts->close(g_steal_pointer(&part->file));
    parts->n_descriptors -= part->n_descriptors;
    g_array_remove_index_fast(parts->are_open, oldest);
    return TRUE;
}

/* Under the lock. */
static gboolean
open_part(TorporParts *parts, guint number, GError **error)
{
    Part *part = &parts->all[number];
    part->file = parts->open(parts->open_data, number, error);
    if (part->file == NULL)
        return FALSE;
    part->n_descriptors = parts->count(part->file);
    parts->n_descriptors += part->n_descriptors;
    while (parts->n_descriptors > MAX_DESCRIPTORS && close_one(parts))
        ;
    g_array_append_val(parts->are_open, number);
    return TRUE;
}

TorporFile *
torpor_parts_borrow(TorporParts *parts, guint number, GError **error)
{
    Part *part = &parts->all[number];
    g_mutex_lock(&parts->lock);
    TorporFile *file = part->file != NULL || open_part(parts, number, error) ? part->file : NULL;
    part->n_borrowed += file != NULL;
    part->used = ++parts->n_uses;
    g_mutex_unlock(&parts->lock);
    return file;
}

void
torpor_parts_give_back(TorporParts *parts, guint number)
{
    g_mutex_lock(&parts->lock);
    parts->all[number].n_borrowed--;
    g_mutex_unlock(&parts->lock);
}
