#include "file/packing.h"

#include <string.h>

#include "base/xxh3.h"

#define ZSTD "zstd"
#define USUAL_LEVEL 1 /* faster than most disks */

/* So many bytes are written together. */
#define KEPT_BYTES ((gsize)256 << 10)

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
    guint8 *kept;         /* from their first use on */
    gsize n_kept;         /* bytes */
    GArray *kept_numbers; /* gsize: of the blocks whose bytes these are */
    gboolean is_taken;    /* all that is kept */
};

static void
packer_free(gpointer data)
{
    TorporPacker *packer = data;
    torpor_compressor_free(packer->compressor);
    g_array_unref(packer->kept_numbers);
    g_free(packer->kept);
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

static void
forget_kept(TorporPacker *packer)
{
    packer->n_kept = 0;
    g_array_set_size(packer->kept_numbers, 0);
    packer->is_taken = FALSE;
}

void
torpor_packing_restart(TorporPacking *packing)
{
    packing->end = TORPOR_PACKED_HEAD_BYTES;
    for (guint i = 0; i < packing->idle->len; i++)
        forget_kept(packing->idle->pdata[i]);
}

/* ---- packers ---- */

static TorporPacker *
packer_new(gint level)
{
    TorporPacker *packer = g_new0(TorporPacker, 1);
    packer->compressor = level == 0 ? NULL : torpor_compressor_new(level);
    packer->room = g_try_malloc(TORPOR_MAX_BLOCK_BYTES);
    packer->kept_numbers = g_array_new(FALSE, FALSE, sizeof(gsize));
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

TorporPacker *
torpor_packing_nth_idle(const TorporPacking *packing, guint n)
{
    return n < packing->idle->len ? packing->idle->pdata[n] : NULL;
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

guint64
torpor_packing_place(TorporPacking *packing, guint64 length)
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
        block->stored_xxh3 = torpor_xxh3(stored, n);
    }
    return stored;
}

gboolean
torpor_packer_keep(TorporPacker *packer, const void *stored, gsize length, gsize number)
{
    if (packer->is_taken)
        forget_kept(packer);
    if (packer->kept == NULL)
        packer->kept = g_try_malloc(KEPT_BYTES);
    if (packer->kept == NULL || length > KEPT_BYTES - packer->n_kept)
        return FALSE;
    memcpy(packer->kept + packer->n_kept, stored, length);
    packer->n_kept += length;
    g_array_append_val(packer->kept_numbers, number);
    return TRUE;
}

const void *
torpor_packer_take_kept(TorporPacker *packer, gsize *length, const GArray **numbers)
{
    *length = packer->is_taken ? 0 : packer->n_kept;
    *numbers = packer->kept_numbers;
    packer->is_taken = TRUE;
    return packer->kept;
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
