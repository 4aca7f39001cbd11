#include "file/earlier.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "file/index.h"

/* Shorter blocks are written again: to say where they are would take as much. */
#define LEAST_BYTES ((guint64)4 << 10)

/* What tells a file from another one of the same name. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t length;
    struct timespec written;
} Identity;

struct _TorporEarlier {
    GPtrArray *names;
    GArray *identities; /* Identity of each */
    GArray *blocks;     /* TorporBlock */
    GArray *places;     /* guint64: where each begins in the unpacked file */
    GHashTable *by_hash;
};

static guint
hash_of(gconstpointer key)
{
    return (guint)((const TorporBlock *)key)->xxh3;
}

static gboolean
are_equal(gconstpointer a, gconstpointer b)
{
    const TorporBlock *one = a;
    const TorporBlock *other = b;
    return one->xxh3 == other->xxh3 && one->length == other->length;
}

static gboolean
identify(int folder, const char *name, Identity *out)
{
    struct stat status;
    if (fstatat(folder, name, &status, 0) != 0)
        return FALSE;
    *out = (Identity){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
    return TRUE;
}

static gboolean
is_same(const Identity *a, const Identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->length == b->length &&
           a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec;
}

void
torpor_earlier_free(TorporEarlier *earlier)
{
    if (earlier == NULL)
        return;
    g_hash_table_unref(earlier->by_hash);
    g_ptr_array_unref(earlier->names);
    g_array_unref(earlier->identities);
    g_array_unref(earlier->blocks);
    g_array_unref(earlier->places);
    g_free(earlier);
}

static void
add_block(TorporEarlier *earlier, guint64 place, const TorporBlock *block)
{
    g_array_append_val(earlier->places, place);
    g_array_append_vals(earlier->blocks, block, 1);
}

/* Its own blocks are in the first of the names, and the others one further on. */
static void
take_table(TorporEarlier *earlier, const TorporBlockTable *table)
{
    for (guint i = 0; i < table->names->len; i++)
        g_ptr_array_add(earlier->names, g_strdup(table->names->pdata[i]));
    guint64 place = 0;
    for (guint i = 0; i < table->blocks->len; i++) {
        TorporBlock block = g_array_index(table->blocks, TorporBlock, i);
        block.file++;
        add_block(earlier, place, &block);
        place += block.length;
    }
}

static void
take_index(TorporEarlier *earlier, const TorporIndex *index)
{
    for (gsize i = 0; i < index->n_ranges; i++) {
        const TorporRange *range = &index->ranges[i];
        const TorporBlock block = {.length = range->length,
                                   .xxh3 = range->xxh3,
                                   .file = 1,
                                   .place = range->place,
                                   .stored_length = range->length,
                                   .stored_xxh3 = range->xxh3};
        if (range->length <= TORPOR_MAX_BLOCK_BYTES)
            add_block(earlier, range->place, &block);
    }
}

static gboolean
take_blocks(TorporEarlier *earlier, const TorporFile *file, GError **error)
{
    if (file->unpacker != NULL) {
        take_table(earlier, torpor_unpacker_table(file->unpacker));
        return TRUE;
    }
    g_autoptr(GError) reason = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &reason);
    if (index != NULL)
        take_index(earlier, index);
    else
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s has no index", file->path);
    return index != NULL;
}

TorporEarlier *
torpor_earlier_new(int folder, const TorporFile *file, GError **error)
{
    g_autoptr(TorporEarlier) earlier = g_new0(TorporEarlier, 1);
    earlier->names = g_ptr_array_new_with_free_func(g_free);
    earlier->identities = g_array_new(FALSE, FALSE, sizeof(Identity));
    earlier->blocks = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    earlier->places = g_array_new(FALSE, FALSE, sizeof(guint64));
    earlier->by_hash = g_hash_table_new(hash_of, are_equal);
    g_ptr_array_add(earlier->names, g_path_get_basename(file->path));
    if (!take_blocks(earlier, file, error))
        return NULL;
    for (guint i = 0; i < earlier->names->len; i++) {
        Identity identity;
        if (!identify(folder, earlier->names->pdata[i], &identity)) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND, "%s needs %s", file->path,
                        (const char *)earlier->names->pdata[i]);
            return NULL;
        }
        g_array_append_val(earlier->identities, identity);
    }
    for (guint i = 0; i < earlier->blocks->len; i++) {
        TorporBlock *block = &g_array_index(earlier->blocks, TorporBlock, i);
        if (block->length >= LEAST_BYTES)
            g_hash_table_add(earlier->by_hash, block);
    }
    return g_steal_pointer(&earlier);
}

gboolean
torpor_earlier_is_there(const TorporEarlier *earlier, int folder)
{
    for (guint i = 0; i < earlier->names->len; i++) {
        Identity now;
        if (!identify(folder, earlier->names->pdata[i], &now) ||
            !is_same(&now, &g_array_index(earlier->identities, Identity, i)))
            return FALSE;
    }
    return TRUE;
}

const TorporBlock *
torpor_earlier_find(const TorporEarlier *earlier, guint64 length, guint64 xxh3)
{
    const TorporBlock wanted = {.length = length, .xxh3 = xxh3};
    return g_hash_table_lookup(earlier->by_hash, &wanted);
}

GArray *
torpor_earlier_blocks(const TorporEarlier *earlier, guint64 place, guint64 length)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    const guint64 *places = (const guint64 *)(gpointer)earlier->places->data;
    guint i = 0;
    for (guint end = earlier->places->len; i < end;) {
        guint middle = i + (end - i) / 2;
        if (places[middle] < place)
            i = middle + 1;
        else
            end = middle;
    }
    guint64 at = place;
    for (; at < place + length && i < earlier->places->len && places[i] == at; i++) {
        const TorporBlock *block = &g_array_index(earlier->blocks, TorporBlock, i);
        g_array_append_vals(found, block, 1);
        at += block->length;
    }
    return at == place + length ? g_steal_pointer(&found) : NULL;
}

const TorporBlock *
torpor_earlier_nth(const TorporEarlier *earlier, guint n, guint64 *place)
{
    if (n >= earlier->blocks->len)
        return NULL;
    *place = g_array_index(earlier->places, guint64, n);
    return &g_array_index(earlier->blocks, TorporBlock, n);
}

const GPtrArray *
torpor_earlier_names(const TorporEarlier *earlier)
{
    return earlier->names;
}
