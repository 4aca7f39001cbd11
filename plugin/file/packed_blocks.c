#include "file/packed_blocks.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    gsize item_bytes; /* of its elements */
    TorporBlock block;
} Packed;

struct _TorporPackedBlocks {
    TorporBlockQueue *queue; /* (not owned) */
    char *path;
    TorporPacking *packing;
    GArray *all; /* Packed */
};

TorporPackedBlocks *
torpor_packed_blocks_new(TorporBlockQueue *queue, const char *path,
                         const TorporPackOptions *options)
{
    TorporPackedBlocks *blocks = g_new(TorporPackedBlocks, 1);
    *blocks = (TorporPackedBlocks){.queue = queue,
                                   .path = g_strdup(path),
                                   .packing = torpor_packing_new(options),
                                   .all = g_array_new(FALSE, FALSE, sizeof(Packed))};
    return blocks;
}

void
torpor_packed_blocks_free(TorporPackedBlocks *blocks)
{
    if (blocks == NULL)
        return;
    g_array_unref(blocks->all);
    torpor_packing_free(blocks->packing);
    g_free(blocks->path);
    g_free(blocks);
}

void
torpor_packed_blocks_restart(TorporPackedBlocks *blocks)
{
    g_array_set_size(blocks->all, 0);
    torpor_packing_restart(blocks->packing);
}

void
torpor_packed_blocks_add(TorporPackedBlocks *blocks, gsize item_bytes)
{
    const Packed packed = {.item_bytes = item_bytes};
    g_array_append_val(blocks->all, packed);
}

void
torpor_packed_blocks_add_stored(TorporPackedBlocks *blocks, const TorporBlock *block)
{
    const Packed packed = {.block = *block};
    g_array_append_val(blocks->all, packed);
}

guint64
torpor_packed_blocks_end(const TorporPackedBlocks *blocks)
{
    return torpor_packing_end(blocks->packing);
}

/* ---- pack ---- */

static TorporBlock *
block_at(const TorporPackedBlocks *blocks, gsize number)
{
    return &g_array_index(blocks->all, Packed, number).block;
}

static gboolean
fail_memory(const TorporPackedBlocks *blocks, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory to compress %s",
                blocks->path);
    return FALSE;
}

/* NULL: an earlier file has the bytes. */
static const void *
pack(const TorporPackedBlocks *blocks, TorporPacker *packer, gsize number, const void *bytes,
     const TorporRange *range)
{
    Packed *packed = &g_array_index(blocks->all, Packed, number);
    return torpor_packing_pack(blocks->packing, packer, bytes, range->length, range->xxh3,
                               packed->item_bytes, &packed->block);
}

gboolean
torpor_packed_blocks_push(TorporPackedBlocks *blocks, const void *bytes, const TorporRange *range,
                          GError **error)
{
    gsize number = blocks->all->len - 1;
    TorporBlock *block = block_at(blocks, number);
    guint8 *open = torpor_block_queue_open_block(blocks->queue);
    TorporPacker *packer = open == NULL ? NULL : torpor_packing_borrow(blocks->packing);
    if (packer == NULL)
        return fail_memory(blocks, error);
    const void *stored = pack(blocks, packer, number, bytes, range);
    if (stored != NULL)
        block->place = torpor_packing_place(blocks->packing, block->stored_length);
    if (stored != NULL && stored != bytes)
        stored = memcpy(open, stored, block->stored_length);
    torpor_packing_give_back(blocks->packing, packer);
    return stored == NULL ||
           torpor_block_queue_push(blocks->queue, block->place, stored, block->stored_length);
}

static gboolean
write_kept_of(TorporPackedBlocks *blocks, TorporPacker *packer)
{
    gsize length;
    const GArray *numbers;
    const void *kept = torpor_packer_take_kept(packer, &length, &numbers);
    if (length == 0)
        return TRUE;
    guint64 place = torpor_packing_place(blocks->packing, length), next = place;
    for (guint i = 0; i < numbers->len; i++) {
        TorporBlock *block = block_at(blocks, g_array_index(numbers, gsize, i));
        block->place = next;
        next += block->stored_length;
    }
    return torpor_block_queue_write(blocks->queue, place, kept, length);
}

/* Columns of a few objects are short: to write each by itself would take longer. */
static gboolean
write_or_keep(TorporPackedBlocks *blocks, TorporPacker *packer, gsize number, const void *stored)
{
    TorporBlock *block = block_at(blocks, number);
    gsize length = block->stored_length;
    if (length <= TORPOR_PACKER_KEEPS_BYTES) {
        if (torpor_packer_keep(packer, stored, length, number))
            return TRUE;
        if (!write_kept_of(blocks, packer))
            return FALSE;
        if (torpor_packer_keep(packer, stored, length, number))
            return TRUE;
    }
    block->place = torpor_packing_place(blocks->packing, length);
    return torpor_block_queue_write(blocks->queue, block->place, stored, length);
}

gboolean
torpor_packed_blocks_fill(TorporPackedBlocks *blocks, gsize number, const void *bytes,
                          const TorporRange *range, GError **error)
{
    TorporPacker *packer = torpor_packing_borrow(blocks->packing);
    if (packer == NULL)
        return fail_memory(blocks, error);
    const void *stored = pack(blocks, packer, number, bytes, range);
    gboolean is_written = stored == NULL || write_or_keep(blocks, packer, number, stored);
    torpor_packing_give_back(blocks->packing, packer);
    return is_written;
}

gboolean
torpor_packed_blocks_write_kept(TorporPackedBlocks *blocks)
{
    TorporPacker *packer;
    for (guint i = 0; (packer = torpor_packing_nth_idle(blocks->packing, i)) != NULL; i++)
        if (!write_kept_of(blocks, packer))
            return FALSE;
    return TRUE;
}

GByteArray *
torpor_packed_blocks_table(const TorporPackedBlocks *blocks)
{
    g_autoptr(GArray) in_order = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    for (guint i = 0; i < blocks->all->len; i++)
        g_array_append_val(in_order, *block_at(blocks, i));
    return torpor_packing_table(blocks->packing, in_order);
}
