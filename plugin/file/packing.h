/* Packs a file that is being written: says of each of its blocks how and where it is stored. */
#ifndef TORPOR_FILE_PACKING_H
#define TORPOR_FILE_PACKING_H

#include "file/earlier.h"

G_BEGIN_DECLS

typedef struct {
    gint level;                   /* of zstd; 0: nothing is compressed */
    const TorporEarlier *earlier; /* whose blocks are not written again; NULL: none (not owned) */
    /* Of a file that is not packed: an earlier one in this folder, with which it shares blocks of
     * the disk, where these can be shared; NULL: none (not owned). */
    const TorporEarlier *shared;
    int shared_folder;
} TorporPackOptions;

/* From the text of an option: "none", "zstd" or "zstd:<level>". FALSE: it is none of these, see
 * TORPOR_COMPRESS_EXPECTED. */
gboolean torpor_pack_options_parse(const char *text, TorporPackOptions *out);
#define TORPOR_COMPRESS_EXPECTED "none, zstd, or a level from zstd:1 to zstd:19"
/* Do files have to be packed? */
gboolean torpor_pack_options_pack(const TorporPackOptions *options);

typedef struct _TorporPacking TorporPacking;

TorporPacking *torpor_packing_new(const TorporPackOptions *options);
void torpor_packing_free(TorporPacking *packing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPacking, torpor_packing_free)

/* Forget what was packed. */
void torpor_packing_restart(TorporPacking *packing);

/* What one thread needs to pack a block. NULL: no memory. threads: any. */
typedef struct _TorporPacker TorporPacker;
TorporPacker *torpor_packing_borrow(TorporPacking *packing);
void torpor_packing_give_back(TorporPacking *packing, TorporPacker *packer);

/* Pack a block of unpacked bytes with this hash; item_bytes: of its elements, 0: not known. Returns
 * the block->stored_length bytes that are to be written: the block itself, or bytes of the packer,
 * which stay until it is used again; NULL: an earlier file has them. threads: any, each with its
 * own packer. */
const void *torpor_packing_pack(TorporPacking *packing, TorporPacker *packer, const void *bytes,
                                gsize length, guint64 xxh3, gsize item_bytes, TorporBlock *block);
/* Where so many packed bytes are to be written. */
guint64 torpor_packing_place(TorporPacking *packing, guint64 length);
/* Or keep the bytes of a block, to write them together with others. `number` is the caller's name
 * for it. FALSE: there is no room for them. */
gboolean torpor_packer_keep(TorporPacker *packer, const void *stored, gsize length, gsize number);
/* More than this is not worth being kept. */
#define TORPOR_PACKER_KEEPS_BYTES ((guint64)64 << 10)
/* The bytes of all blocks that it keeps, and their numbers (gsize), in this order; they are the
 * packer's until it keeps the next one. */
const void *torpor_packer_take_kept(TorporPacker *packer, gsize *length, const GArray **numbers);
/* Of those that nobody has borrowed; NULL: there are no more. */
TorporPacker *torpor_packing_nth_idle(const TorporPacking *packing, guint n);

/* Where the next block is stored: the bytes of the file so far. */
guint64 torpor_packing_end(const TorporPacking *packing);
/* The rest of the file, for all its blocks (TorporBlock) in the order of the unpacked bytes.
 * Transfer full. */
GByteArray *torpor_packing_table(const TorporPacking *packing, const GArray *blocks);

G_END_DECLS

#endif
