/* Blocks on their way to a file: while one thread gets the next block ready (gathers, hashes), a
 * second one writes those before. Bounded: a few blocks. */
#ifndef TORPOR_FILE_BLOCK_QUEUE_H
#define TORPOR_FILE_BLOCK_QUEUE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporBlockQueue TorporBlockQueue;

/* writes_back: bytes start on their way to the disk early. The file stays the caller's. threads:
 * one at a time uses a queue; its own thread lives from the second block on until the free. Where
 * none can be had, blocks are written as they are pushed. */
TorporBlockQueue *torpor_block_queue_new(int file, gboolean writes_back);
/* Waits for what is being written. */
void torpor_block_queue_free(TorporBlockQueue *queue);

/* TORPOR_BLOCK_BYTES of memory for bytes of the file, the same at each call until they are
 * pushed. NULL: no memory. */
guint8 *torpor_block_queue_open_block(TorporBlockQueue *queue);
/* Write `length` bytes at this place of the file, from the open block or from memory that must stay
 * as it is until torpor_block_queue_drain. FALSE: these bytes or earlier ones could not be written,
 * see torpor_block_queue_failure; then nothing more is. */
gboolean torpor_block_queue_push(TorporBlockQueue *queue, guint64 place, const void *bytes,
                                 gsize length);
/* The same at once, by the thread that calls. FALSE: these bytes could not be written. threads:
 * any, beside each other, on different bytes. */
gboolean torpor_block_queue_write(TorporBlockQueue *queue, guint64 place, const void *bytes,
                                  gsize length);
/* Wait until all that was pushed is written. FALSE: as above. */
gboolean torpor_block_queue_drain(TorporBlockQueue *queue);
/* After a drain: what was written is to be written again. */
void torpor_block_queue_restart(TorporBlockQueue *queue);
/* errno of the write that failed, and how many bytes had been written by then. */
int torpor_block_queue_failure(TorporBlockQueue *queue, guint64 *written);

G_END_DECLS

#endif
