/* The blocks of a packed file that is being written: packs their bytes, says where they are stored,
 * writes them and their table. There is one for each range of the unpacked bytes, in this order. */
#ifndef TORPOR_FILE_PACKED_BLOCKS_H
#define TORPOR_FILE_PACKED_BLOCKS_H

#include "file/block_queue.h"
#include "file/index.h"
#include "file/packing.h"

G_BEGIN_DECLS

typedef struct _TorporPackedBlocks TorporPackedBlocks;

/* The queue, which writes the file, has to outlive the blocks; `path` is for messages. */
TorporPackedBlocks *torpor_packed_blocks_new(TorporBlockQueue *queue, const char *path,
                                             const TorporPackOptions *options);
void torpor_packed_blocks_free(TorporPackedBlocks *blocks);
/* Forget all of them, for the file is empty again. */
void torpor_packed_blocks_restart(TorporPackedBlocks *blocks);

/* One more, of elements of so many bytes (0: not known). Its bytes come later. */
void torpor_packed_blocks_add(TorporPackedBlocks *blocks, gsize item_bytes);
/* One more, whose bytes an earlier file has. */
void torpor_packed_blocks_add_stored(TorporPackedBlocks *blocks, const TorporBlock *block);

/* FALSE from what follows: no memory, which sets the error, or the queue could not write, which
 * does not, see torpor_block_queue_failure. */

/* Have the bytes of the newest block written. They are read before this returns, or are the queue's
 * open block, or do not change until the queue is drained. */
gboolean torpor_packed_blocks_push(TorporPackedBlocks *blocks, const void *bytes,
                                   const TorporRange *range, GError **error);
/* The bytes of the block with this number. threads: any, each with another block; nothing else is
 * called meanwhile. */
gboolean torpor_packed_blocks_fill(TorporPackedBlocks *blocks, gsize number, const void *bytes,
                                   const TorporRange *range, GError **error);
/* All bytes have come: write what fill() has kept back. */
gboolean torpor_packed_blocks_write_kept(TorporPackedBlocks *blocks);
/* After that: the bytes behind the blocks. Transfer full. */
GByteArray *torpor_packed_blocks_table(const TorporPackedBlocks *blocks);

/* The bytes of the file so far. */
guint64 torpor_packed_blocks_end(const TorporPackedBlocks *blocks);

G_END_DECLS

#endif
