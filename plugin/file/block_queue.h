/* Writes blocks to a file in the background: while one thread prepares the next block (gathers,
 * hashes), the queue's own thread writes those before it. It holds a few blocks at most. */
#ifndef TORPOR_FILE_BLOCK_QUEUE_H
#define TORPOR_FILE_BLOCK_QUEUE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporBlockQueue TorporBlockQueue;

/* The file stays the caller's. writes_back: do not leave all bytes in the page cache until fsync.
 * The thread starts with the second block; without one, blocks are written as they are pushed.
 * threads: one at a time. */
TorporBlockQueue *torpor_block_queue_new(int file, gboolean writes_back);
/* Waits until what was pushed is written. */
void torpor_block_queue_free(TorporBlockQueue *queue);

/* The file will have about so many bytes: the writeback of a small one begins early, too. Without
 * effect once bytes are written. */
void torpor_block_queue_expect(TorporBlockQueue *queue, guint64 file_length);
/* Memory of TORPOR_BLOCK_BYTES for the next block. Until that is pushed, each call returns the same
 * memory. NULL: there is none. */
guint8 *torpor_block_queue_open_block(TorporBlockQueue *queue);
/* Have `length` bytes written at this place of the file. They are in the open block, or in memory
 * that must not change before torpor_block_queue_drain. FALSE: these bytes or earlier ones could
 * not be written, see torpor_block_queue_failure; nothing more is written then. */
gboolean torpor_block_queue_push(TorporBlockQueue *queue, guint64 place, const void *bytes,
                                 gsize length);
/* Will the next push have written its bytes when it returns? */
gboolean torpor_block_queue_writes_at_once(const TorporBlockQueue *queue);
/* Write bytes at once, in the calling thread. FALSE: these bytes could not be written. threads:
 * any, at the same time, on different bytes. */
gboolean torpor_block_queue_write(TorporBlockQueue *queue, guint64 place, const void *bytes,
                                  gsize length);
/* Wait until all that was pushed is written. FALSE: some of it could not be. */
gboolean torpor_block_queue_drain(TorporBlockQueue *queue);
/* After a drain: begin again with an empty file. */
void torpor_block_queue_restart(TorporBlockQueue *queue);
/* The errno of the write that failed, and the number of bytes that were written. */
int torpor_block_queue_failure(TorporBlockQueue *queue, guint64 *written);

G_END_DECLS

#endif
