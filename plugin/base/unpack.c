#include "base/unpack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read_at.h"
#include "base/xxh3.h"

/* Blocks that are kept: two for each thread that reads at a time. */
#define N_KEPT 16u

typedef struct {
    gint n_users;
    guint number; /* of the block */
    guint8 *bytes;
} Unpacked;

typedef struct {
    int fd; /* -1: it could not be opened */
    int failure;
} Source;

struct _TorporUnpacker {
    char *path;
    TorporBlockTable *table;
    guint64 *ends;   /* of the unpacked bytes of each block */
    Source *sources; /* 0: the packed file itself (not owned); then those in the table's list */
    GMutex lock;     /* of what follows */
    Unpacked *kept[N_KEPT];
    guint oldest;
};

/* ---- a few decoded blocks ---- */

static void
unpacked_drop(Unpacked *unpacked)
{
    if (unpacked == NULL || !g_atomic_int_dec_and_test(&unpacked->n_users))
        return;
    g_free(unpacked->bytes);
    g_free(unpacked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unpacked, unpacked_drop)

static Unpacked *
find_kept(TorporUnpacker *unpacker, guint number)
{
    Unpacked *found = NULL;
    g_mutex_lock(&unpacker->lock);
    for (guint i = 0; i < N_KEPT && found == NULL; i++)
        if (unpacker->kept[i] != NULL && unpacker->kept[i]->number == number)
            found = unpacker->kept[i];
    if (found != NULL)
        g_atomic_int_inc(&found->n_users);
    g_mutex_unlock(&unpacker->lock);
    return found;
}

static void
keep(TorporUnpacker *unpacker, Unpacked *unpacked)
{
    g_atomic_int_inc(&unpacked->n_users);
    g_mutex_lock(&unpacker->lock);
    Unpacked *dropped = unpacker->kept[unpacker->oldest];
    unpacker->kept[unpacker->oldest] = unpacked;
    unpacker->oldest = (unpacker->oldest + 1) % N_KEPT;
    g_mutex_unlock(&unpacker->lock);
    unpacked_drop(dropped);
}

/* ---- open ---- */

void
torpor_unpacker_free(TorporUnpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    for (guint i = 0; i < N_KEPT; i++)
        unpacked_drop(unpacker->kept[i]);
    for (guint i = 1; i <= unpacker->table->names->len; i++)
        if (unpacker->sources[i].fd >= 0)
            (void)close(unpacker->sources[i].fd);
    torpor_block_table_free(unpacker->table);
    g_mutex_clear(&unpacker->lock);
    g_free(unpacker->sources);
    g_free(unpacker->ends);
    g_free(unpacker->path);
    g_free(unpacker);
}

TorporUnpacker *
torpor_unpacker_new(int fd, guint64 file_length, int folder, const char *path, GError **error)
{
    TorporBlockTable *table = torpor_block_table_read(fd, file_length, path, error);
    if (table == NULL)
        return NULL;
    TorporUnpacker *unpacker = g_new0(TorporUnpacker, 1);
    unpacker->path = g_strdup(path);
    unpacker->table = table;
    unpacker->ends = g_new(guint64, table->blocks->len + 1);
    guint64 end = 0;
    for (guint i = 0; i < table->blocks->len; i++)
        unpacker->ends[i] = end += g_array_index(table->blocks, TorporBlock, i).length;
    unpacker->sources = g_new0(Source, table->names->len + 1);
    unpacker->sources[0].fd = fd;
    for (guint i = 1; i <= table->names->len; i++) {
        Source *source = &unpacker->sources[i];
        source->fd = torpor_open_to_read(folder, table->names->pdata[i - 1]);
        source->failure = errno;
    }
    g_mutex_init(&unpacker->lock);
    return unpacker;
}

const TorporBlockTable *
torpor_unpacker_table(const TorporUnpacker *unpacker)
{
    return unpacker->table;
}

guint64
torpor_unpacker_length(const TorporUnpacker *unpacker)
{
    guint n = unpacker->table->blocks->len;
    return n == 0 ? 0 : unpacker->ends[n - 1];
}

/* ---- read ---- */

static const char *
name_of(const TorporUnpacker *unpacker, const TorporBlock *block)
{
    return block->file == 0 ? NULL : unpacker->table->names->pdata[block->file - 1];
}

static gboolean
set_damaged(const TorporUnpacker *unpacker, const TorporBlock *block, const char *what,
            GError **error)
{
    const char *name = name_of(unpacker, block);
    if (name == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' is damaged: bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " %s; use an earlier checkpoint",
                    unpacker->path, block->place, block->place + block->stored_length - 1, what);
    else
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' needs bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " of the file %s beside it, which is damaged: they %s; use a checkpoint that "
                    "does not need it",
                    unpacker->path, block->place, block->place + block->stored_length - 1, name,
                    what);
    return FALSE;
}

/* One that is gone is damage, which a resume passes over; one that cannot be opened may be fine. */
static gboolean
set_not_open(const TorporUnpacker *unpacker, const TorporBlock *block, int failure, GError **error)
{
    const char *name = name_of(unpacker, block);
    if (failure == ENOENT)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' needs the file %s beside it, which is not there; bring it back, or use a "
                    "checkpoint that does not need it",
                    unpacker->path, name);
    else
        torpor_error_set_errno(error, failure,
                               "'%s' needs the file %s beside it, which cannot be opened",
                               unpacker->path, name);
    return FALSE;
}

static gboolean
read_stored(const TorporUnpacker *unpacker, const TorporBlock *block, guint64 within, void *out,
            gsize length, GError **error)
{
    const Source *source = &unpacker->sources[block->file];
    if (source->fd < 0)
        return set_not_open(unpacker, block, source->failure, error);
    gsize done;
    if (!torpor_read_at(source->fd, block->place + within, out, length, &done)) {
        const char *name = name_of(unpacker, block);
        torpor_error_set_errno(error, errno, "cannot read %s%s'%s'%s", name == NULL ? "" : name,
                               name == NULL ? "" : ", which ", unpacker->path,
                               name == NULL ? "" : " needs");
        return FALSE;
    }
    return done == length || set_damaged(unpacker, block, "are beyond its end", error);
}

/* All of a block, checked before it is decoded. */
static gboolean
decode(const TorporUnpacker *unpacker, const TorporBlock *block, void *out, GError **error)
{
    g_autofree guint8 *stored = g_try_malloc(block->stored_length);
    if (stored == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory to read a block of '%s', %" G_GUINT64_FORMAT " bytes",
                    unpacker->path, block->stored_length);
        return FALSE;
    }
    if (!read_stored(unpacker, block, 0, stored, block->stored_length, error))
        return FALSE;
    if (torpor_xxh3(stored, block->stored_length) != block->stored_xxh3)
        return set_damaged(unpacker, block, "do not have the checksum of its table", error);
    return torpor_coding_decode(block->coding, stored, block->stored_length, out, block->length) ||
           set_damaged(unpacker, block, "are no compressed block of the length in its table",
                       error);
}

static Unpacked *
unpack(TorporUnpacker *unpacker, guint number, GError **error)
{
    Unpacked *found = find_kept(unpacker, number);
    if (found != NULL)
        return found;
    const TorporBlock *block = &g_array_index(unpacker->table->blocks, TorporBlock, number);
    g_autoptr(Unpacked) unpacked = g_new0(Unpacked, 1);
    unpacked->n_users = 1;
    unpacked->number = number;
    unpacked->bytes = g_try_malloc(block->length);
    if (unpacked->bytes == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory to read a block of '%s', %" G_GUINT64_FORMAT " bytes",
                    unpacker->path, block->length);
        return NULL;
    }
    if (!decode(unpacker, block, unpacked->bytes, error))
        return NULL;
    keep(unpacker, unpacked);
    return g_steal_pointer(&unpacked);
}

static gboolean
read_in_block(TorporUnpacker *unpacker, guint number, guint64 within, void *out, gsize length,
              GError **error)
{
    const TorporBlock *block = &g_array_index(unpacker->table->blocks, TorporBlock, number);
    if (block->coding == TORPOR_CODING_PLAIN)
        return read_stored(unpacker, block, within, out, length, error);
    if (length == block->length)
        return decode(unpacker, block, out, error);
    g_autoptr(Unpacked) unpacked = unpack(unpacker, number, error);
    if (unpacked == NULL)
        return FALSE;
    memcpy(out, unpacked->bytes + within, length);
    return TRUE;
}

/* The block that has this unpacked byte. */
static guint
find_block(const TorporUnpacker *unpacker, guint64 place)
{
    guint first = 0;
    for (guint end = unpacker->table->blocks->len; first < end;) {
        guint middle = first + (end - first) / 2;
        if (unpacker->ends[middle] <= place)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

const char *
torpor_unpacker_name_at(const TorporUnpacker *unpacker, guint64 place)
{
    guint number = find_block(unpacker, place);
    return number == unpacker->table->blocks->len
               ? NULL
               : name_of(unpacker, &g_array_index(unpacker->table->blocks, TorporBlock, number));
}

gboolean
torpor_unpacker_read(TorporUnpacker *unpacker, guint64 place, void *out, gsize length,
                     GError **error)
{
    g_return_val_if_fail(length <= torpor_unpacker_length(unpacker) - place, FALSE);
    guint8 *next = out;
    for (guint number = find_block(unpacker, place); length > 0; number++) {
        guint64 begin = number == 0 ? 0 : unpacker->ends[number - 1];
        gsize piece = (gsize)MIN(length, unpacker->ends[number] - place);
        if (!read_in_block(unpacker, number, place - begin, next, piece, error))
            return FALSE;
        next += piece;
        place += piece;
        length -= piece;
    }
    return TRUE;
}
