#include "file/packing.h"

#include <string.h>
#include <xxhash.h>

#define ZSTD "zstd"
#define USUAL_LEVEL 1 /* faster than most disks */

gboolean
torpor_pack_options_parse(const char *text, TorporPackOptions *out)
{
    guint64 level = strcmp(text, ZSTD) == 0 ? USUAL_LEVEL : 0;
    if (level == 0 && strcmp(text, "none") != 0 &&
        (!g_str_has_prefix(text, ZSTD ":") ||
         !g_ascii_string_to_unsigned(text + strlen(ZSTD ":"), 10, TORPOR_LEAST_LEVEL,
                                     TORPOR_MOST_LEVEL, &level, NULL)))
        return FALSE;
    out->level = (gint)level;
    return TRUE;
}

gboolean
torpor_pack_options_pack(const TorporPackOptions *options)
{
    return options->level > 0 || options->earlier != NULL;
}

struct _TorporPacking {
    gint level;
    const TorporEarlier *earlier; /* (not owned) */
    GMutex lock;                  /* of what follows */
    guint64 end;
    GPtrArray *idle; /* TorporPacker */
};

struct _TorporPacker {
    TorporCompressor *compressor; /* NULL: only zeros are left out */
    guint8 *room;
};

static void
packer_free(gpointer data)
{
    TorporPacker *packer = data;
    torpor_compressor_free(packer->compressor);
    g_free(packer->room);
    g_free(packer);
}

TorporPacking *
torpor_packing_new(const TorporPackOptions *options)
{
    TorporPacking *packing = g_new0(TorporPacking, 1);
    packing->level = options->level;
    packing->earlier = options->earlier;
    packing->end = TORPOR_PACKED_HEAD_BYTES;
    packing->idle = g_ptr_array_new_with_free_func(packer_free);
    g_mutex_init(&packing->lock);
    return packing;
}

void
torpor_packing_free(TorporPacking *packing)
{
    if (packing == NULL)
        return;
    g_ptr_array_unref(packing->idle);
    g_mutex_clear(&packing->lock);
    g_free(packing);
}

void
torpor_packing_restart(TorporPacking *packing)
{
    packing->end = TORPOR_PACKED_HEAD_BYTES;
}

/* ---- packers ---- */

static TorporPacker *
packer_new(gint level)
{
    TorporPacker *packer = g_new0(TorporPacker, 1);
    packer->compressor = level == 0 ? NULL : torpor_compressor_new(level);
    packer->room = g_try_malloc(TORPOR_MAX_BLOCK_BYTES);
    if ((level == 0 || packer->compressor != NULL) && packer->room != NULL)
        return packer;
    packer_free(packer);
    return NULL;
}

TorporPacker *
torpor_packing_borrow(TorporPacking *packing)
{
    g_mutex_lock(&packing->lock);
    TorporPacker *packer =
        packing->idle->len == 0
            ? NULL
            : g_ptr_array_steal_index_fast(packing->idle, packing->idle->len - 1);
    g_mutex_unlock(&packing->lock);
    return packer == NULL ? packer_new(packing->level) : packer;
}

void
torpor_packing_give_back(TorporPacking *packing, TorporPacker *packer)
{
    g_mutex_lock(&packing->lock);
    g_ptr_array_add(packing->idle, packer);
    g_mutex_unlock(&packing->lock);
}

/* ---- blocks ---- */

/* 0: the block is stored as it is. */
static gsize
shorten(TorporPacker *packer, const void *bytes, gsize length, gsize item_bytes,
        TorporCoding *coding)
{
    return packer->compressor == NULL
               ? torpor_coding_leave_out_zeros(bytes, length, packer->room, coding)
               : torpor_compressor_run(packer->compressor, bytes, length, item_bytes, packer->room,
                                       coding);
}

static guint64
take_place(TorporPacking *packing, guint64 length)
{
    g_mutex_lock(&packing->lock);
    guint64 place = packing->end;
    packing->end += length;
    g_mutex_unlock(&packing->lock);
    return place;
}

const void *
torpor_packing_pack(TorporPacking *packing, TorporPacker *packer, const void *bytes, gsize length,
                    guint64 xxh3, gsize item_bytes, TorporBlock *block)
{
    const TorporBlock *earlier =
        packing->earlier == NULL ? NULL : torpor_earlier_find(packing->earlier, length, xxh3);
    if (earlier != NULL) {
        *block = *earlier;
        return NULL;
    }
    *block =
        (TorporBlock){.length = length, .xxh3 = xxh3, .stored_length = length, .stored_xxh3 = xxh3};
    const void *stored = bytes;
    gsize n = shorten(packer, bytes, length, item_bytes, &block->coding);
    if (n > 0) {
        stored = packer->room;
        block->stored_length = n;
        block->stored_xxh3 = XXH3_64bits(stored, n);
    }
    block->place = take_place(packing, block->stored_length);
    return stored;
}

guint64
torpor_packing_end(const TorporPacking *packing)
{
    return packing->end;
}

GByteArray *
torpor_packing_table(const TorporPacking *packing, const GArray *blocks)
{
    g_autoptr(TorporBlockTable) table = torpor_block_table_new();
    g_array_append_vals(table->blocks, blocks->data, blocks->len);
    const GPtrArray *names =
        packing->earlier == NULL ? NULL : torpor_earlier_names(packing->earlier);
    for (guint i = 0; names != NULL && i < names->len; i++)
        g_ptr_array_add(table->names, g_strdup(names->pdata[i]));
    return torpor_block_table_encode(table, packing->end);
}
