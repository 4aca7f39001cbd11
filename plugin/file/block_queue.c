#include "file/block_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/thread.h"
#include "msgpack/sink.h"

/* One is filled, one is written, and two more even out different speeds. */
#define N_SLOTS 4u

/* Writeback begins for parts of a file of this size; a smaller one has so many of them. */
#define WRITEBACK_BYTES ((guint64)8 << 20)
#define WRITEBACK_PARTS ((guint64)4)
#define WRITEBACK_LEAST ((guint64)1 << 20)

/* Writes end at multiples of this size. The page cache then takes memory in pieces that are large,
 * yet easy to find: with writes of 1 MiB and more it was several times slower where memory was
 * fragmented, or where a virtual machine had given it back. */
#define PIECE_BYTES ((guint64)256 << 10)

typedef struct {
    guint64 place;
    const guint8 *bytes;
    gsize length;
    guint8 *block; /* own memory, from its first use on */
} Slot;

struct _TorporBlockQueue {
    int file; /* (not owned) */
    gboolean writes_back;
    GThread *thread; /* NULL: blocks are written as they are pushed */
    gboolean has_tried_thread;
    guint64 n_pushed_bytes;
    Slot slots[N_SLOTS];
    /* Under the lock, while there is a thread. */
    GMutex lock;
    GCond changed;
    guint n_pushed; /* slots, from the first on */
    guint n_written;
    gboolean has_ended;
    int failure; /* errno, 0: none */
    guint64 written;
    guint64 part_bytes;
    GArray *parts; /* guint32: bytes that were written of each part of the file */
};

/* ---- writing ---- */

/* Whoever writes the last bytes of a part sends it on its way to the disk. This is only a hint;
 * if something goes wrong, the fsync reports it. */
static void
begin_writeback(TorporBlockQueue *queue, guint64 place, guint64 length)
{
    guint64 end = place + length;
    for (guint64 n; queue->writes_back && place < end; place += n) {
        g_mutex_lock(&queue->lock);
        guint64 part_bytes = queue->part_bytes;
        guint64 part = place / part_bytes;
        n = MIN(end, (part + 1) * part_bytes) - place;
        if (part >= queue->parts->len)
            g_array_set_size(queue->parts, (guint)part + 1);
        guint32 *filled = &g_array_index(queue->parts, guint32, part);
        *filled += (guint32)n;
        gboolean is_whole = *filled == part_bytes;
        g_mutex_unlock(&queue->lock);
        if (is_whole)
            (void)sync_file_range(queue->file, (off_t)(part * part_bytes), (off_t)part_bytes,
                                  SYNC_FILE_RANGE_WRITE);
    }
}

/* errno, or 0. */
static int
write_at(TorporBlockQueue *queue, guint64 place, const guint8 *bytes, gsize length)
{
    for (gsize done = 0; done < length;) {
        guint64 at = place + done;
        gsize piece = (gsize)MIN(length - done, PIECE_BYTES - at % PIECE_BYTES);
        ssize_t n = pwrite(queue->file, bytes + done, piece, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        done += (gsize)n;
    }
    begin_writeback(queue, place, length);
    return 0;
}

static void
note_written(TorporBlockQueue *queue, gsize length, int failure)
{
    if (queue->failure == 0)
        queue->failure = failure;
    queue->written += failure == 0 ? length : 0;
}

/* After a failure, blocks are taken from the queue, but not written. */
static gpointer
write_slots(gpointer data)
{
    TorporBlockQueue *queue = data;
    g_mutex_lock(&queue->lock);
    for (;;) {
        while (queue->n_written == queue->n_pushed && !queue->has_ended)
            g_cond_wait(&queue->changed, &queue->lock);
        if (queue->n_written == queue->n_pushed)
            break;
        Slot slot = queue->slots[queue->n_written % N_SLOTS];
        int failure = queue->failure;
        g_mutex_unlock(&queue->lock);
        if (failure == 0)
            failure = write_at(queue, slot.place, slot.bytes, slot.length);
        g_mutex_lock(&queue->lock);
        note_written(queue, slot.length, failure);
        queue->n_written++;
        g_cond_broadcast(&queue->changed);
    }
    g_mutex_unlock(&queue->lock);
    return NULL;
}

/* ---- the other end ---- */

void
torpor_block_queue_expect(TorporBlockQueue *queue, guint64 file_length)
{
    guint64 part_bytes = CLAMP(file_length / WRITEBACK_PARTS, WRITEBACK_LEAST, WRITEBACK_BYTES);
    part_bytes -= part_bytes % PIECE_BYTES; /* no page belongs to two */
    g_mutex_lock(&queue->lock);
    if (queue->parts->len == 0)
        queue->part_bytes = part_bytes;
    g_mutex_unlock(&queue->lock);
}

/* Wait until at most so many slots are in flight. */
static gboolean
wait_for_writer(TorporBlockQueue *queue, guint n_slots)
{
    g_mutex_lock(&queue->lock);
    while (queue->n_pushed - queue->n_written > n_slots)
        g_cond_wait(&queue->changed, &queue->lock);
    gboolean is_fine = queue->failure == 0;
    g_mutex_unlock(&queue->lock);
    return is_fine;
}

guint8 *
torpor_block_queue_open_block(TorporBlockQueue *queue)
{
    (void)wait_for_writer(queue, N_SLOTS - 1);
    Slot *slot = &queue->slots[queue->n_pushed % N_SLOTS];
    if (slot->block == NULL)
        slot->block = g_try_malloc(TORPOR_BLOCK_BYTES);
    return slot->block;
}

/* No thread for a single block: there is no other to prepare meanwhile. */
static void
start_thread(TorporBlockQueue *queue, gsize length)
{
    if (!queue->has_tried_thread && queue->n_pushed_bytes >= TORPOR_BLOCK_BYTES) {
        queue->thread = torpor_thread_try_new("torpor-write", write_slots, queue, NULL);
        queue->has_tried_thread = TRUE;
    }
    queue->n_pushed_bytes += length;
}

gboolean
torpor_block_queue_writes_at_once(const TorporBlockQueue *queue)
{
    return queue->thread == NULL &&
           (queue->has_tried_thread || queue->n_pushed_bytes < TORPOR_BLOCK_BYTES);
}

/* A slot whose block is written gives it to the next one, which is filled in a cache that has it.
 */
static void
hand_on_block(TorporBlockQueue *queue, Slot *slot)
{
    Slot *next = &queue->slots[queue->n_pushed % N_SLOTS];
    if (next->block == NULL)
        next->block = g_steal_pointer(&slot->block);
}

gboolean
torpor_block_queue_push(TorporBlockQueue *queue, guint64 place, const void *bytes, gsize length)
{
    if (!wait_for_writer(queue, N_SLOTS - 1))
        return FALSE;
    start_thread(queue, length);
    Slot *slot = &queue->slots[queue->n_pushed % N_SLOTS];
    slot->place = place;
    slot->bytes = bytes;
    slot->length = length;
    int failure = queue->thread == NULL ? write_at(queue, place, bytes, length) : 0;
    g_mutex_lock(&queue->lock);
    queue->n_pushed++;
    if (queue->thread == NULL) {
        note_written(queue, length, failure);
        queue->n_written++;
        hand_on_block(queue, slot);
    }
    gboolean is_fine = queue->failure == 0;
    g_cond_broadcast(&queue->changed);
    g_mutex_unlock(&queue->lock);
    return is_fine;
}

gboolean
torpor_block_queue_write(TorporBlockQueue *queue, guint64 place, const void *bytes, gsize length)
{
    int failure = write_at(queue, place, bytes, length);
    g_mutex_lock(&queue->lock);
    note_written(queue, length, failure);
    g_mutex_unlock(&queue->lock);
    return failure == 0;
}

gboolean
torpor_block_queue_drain(TorporBlockQueue *queue)
{
    return wait_for_writer(queue, 0);
}

void
torpor_block_queue_restart(TorporBlockQueue *queue)
{
    g_mutex_lock(&queue->lock);
    queue->written = 0;
    g_array_set_size(queue->parts, 0);
    g_mutex_unlock(&queue->lock);
}

int
torpor_block_queue_failure(TorporBlockQueue *queue, guint64 *written)
{
    g_mutex_lock(&queue->lock);
    int failure = queue->failure;
    *written = queue->written;
    g_mutex_unlock(&queue->lock);
    return failure;
}

TorporBlockQueue *
torpor_block_queue_new(int file, gboolean writes_back)
{
    TorporBlockQueue *queue = g_new0(TorporBlockQueue, 1);
    queue->file = file;
    queue->writes_back = writes_back;
    queue->part_bytes = WRITEBACK_BYTES;
    queue->parts = g_array_new(FALSE, TRUE, sizeof(guint32));
    g_mutex_init(&queue->lock);
    g_cond_init(&queue->changed);
    return queue;
}

void
torpor_block_queue_free(TorporBlockQueue *queue)
{
    if (queue == NULL)
        return;
    g_mutex_lock(&queue->lock);
    queue->has_ended = TRUE;
    g_cond_broadcast(&queue->changed);
    g_mutex_unlock(&queue->lock);
    if (queue->thread != NULL)
        (void)g_thread_join(queue->thread);
    for (guint i = 0; i < N_SLOTS; i++)
        g_free(queue->slots[i].block);
    g_array_unref(queue->parts);
    g_mutex_clear(&queue->lock);
    g_cond_clear(&queue->changed);
    g_free(queue);
}
