/* Bytes go out in ranges. A block is hashed while it is in the cache, and written while the next
 * one is being prepared. Small pieces are collected in a block; large payloads are written from the
 * caller's memory. Gaps are ranges whose bytes and hashes come later. In a packed file each range
 * is a block. */
#include "file/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/xxh3.h"
#include "file/block_queue.h"
#include "file/disk_room.h"
#include "file/index.h"
#include "file/packed_blocks.h"
#include "file/release.h"
#include "file/share.h"
#include "file/target.h"

struct _TorporFileWriter {
    TorporSink sink; /* first, so that a sink is its writer */
    TorporTarget target;
    gboolean failed; /* under the lock while gaps are filled */
    GMutex lock;
    TorporBlockQueue *queue;
    guint8 *block; /* the queue's, with the open range; NULL: no range is open */
    gsize used;
    gboolean is_synced;
    gboolean unhashed;          /* there will be no index, so nobody needs the hashes */
    gsize item_bytes;           /* of the elements with which the open range began */
    GArray *ranges;             /* TorporRange: those that have ended */
    TorporPackedBlocks *packed; /* NULL: the file is not packed */
    gsize table_bytes;
    guint64 ended;    /* bytes of these; where the open range begins */
    guint64 unfilled; /* bytes of gaps; under the lock while they are filled */
    TorporDiskRoom disk_room;
};

/* ---- ranges ---- */

/* The file must have had at least `needed` bytes. */
static gboolean
fail_write(TorporFileWriter *writer, int errno_value, guint64 needed, GError **error)
{
    guint64 written;
    writer->failed = TRUE;
    (void)torpor_block_queue_drain(writer->queue);
    (void)torpor_block_queue_failure(writer->queue, &written);
    torpor_disk_room_set_error(&writer->disk_room, errno_value, written,
                               MAX(needed, writer->sink.expected), error);
    return FALSE;
}

static gboolean
fail_queue(TorporFileWriter *writer, GError **error)
{
    guint64 written;
    int failure = torpor_block_queue_failure(writer->queue, &written);
    return fail_write(writer, failure, writer->ended, error);
}

static guint64
end_of_file(const TorporFileWriter *writer)
{
    return writer->packed == NULL ? writer->ended : torpor_packed_blocks_end(writer->packed);
}

/* For a range of so many bytes, which comes next. */
static gboolean
make_room(TorporFileWriter *writer, guint64 length, GError **error)
{
    guint64 end = end_of_file(writer);
    guint64 expected = writer->packed == NULL ? writer->sink.expected : 0;
    if (expected > 0)
        torpor_block_queue_expect(writer->queue, MAX(expected, end + length));
    if (torpor_disk_room_make(&writer->disk_room, end + length, expected, error))
        return TRUE;
    writer->failed = TRUE;
    return FALSE;
}

static const TorporRange *
add_range(TorporFileWriter *writer, guint64 length, guint64 hash)
{
    TorporRange range = {writer->ended, length, hash};
    g_array_append_val(writer->ranges, range);
    writer->ended += length;
    return &g_array_index(writer->ranges, TorporRange, writer->ranges->len - 1);
}

static guint64
hash_of(const TorporFileWriter *writer, const void *bytes, gsize length)
{
    return writer->unhashed && writer->packed == NULL ? 0 : torpor_xxh3(bytes, length);
}

static gboolean
push_packed(TorporFileWriter *writer, const guint8 *bytes, const TorporRange *range,
            gsize item_bytes, GError **error)
{
    GError *no_memory = NULL;
    torpor_packed_blocks_add(writer->packed, item_bytes);
    if (torpor_packed_blocks_push(writer->packed, bytes, range, &no_memory))
        return TRUE;
    if (no_memory == NULL)
        return fail_queue(writer, error);
    writer->failed = TRUE;
    g_propagate_error(error, no_memory);
    return FALSE;
}

/* The bytes are in the open block, or do not change before the queue is drained. */
static gboolean
push_range(TorporFileWriter *writer, const guint8 *bytes, gsize length, gsize item_bytes,
           GError **error)
{
    if (!make_room(writer, length, error))
        return FALSE;
    const TorporRange *range = add_range(writer, length, hash_of(writer, bytes, length));
    if (writer->packed != NULL)
        return push_packed(writer, bytes, range, item_bytes, error);
    return torpor_block_queue_push(writer->queue, range->place, bytes, length) ||
           fail_queue(writer, error);
}

static gboolean
drain(TorporFileWriter *writer, GError **error)
{
    return torpor_block_queue_drain(writer->queue) || fail_queue(writer, error);
}

static gboolean
open_range(TorporFileWriter *writer, GError **error)
{
    if (writer->block == NULL) {
        writer->item_bytes = writer->sink.item_bytes;
        writer->block = torpor_block_queue_open_block(writer->queue);
    }
    if (writer->block != NULL)
        return TRUE;
    writer->failed = TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory to write %s",
                writer->target.path);
    return FALSE;
}

static gboolean
end_range(TorporFileWriter *writer, GError **error)
{
    gsize used = writer->used;
    const guint8 *block = g_steal_pointer(&writer->block);
    writer->used = 0;
    return used == 0 || push_range(writer, block, used, writer->item_bytes, error);
}

static gboolean
end_full_range(TorporFileWriter *writer, GError **error)
{
    return writer->used < TORPOR_BLOCK_BYTES || end_range(writer, error);
}

/* ---- the sink ---- */

static gboolean
writer_append(TorporSink *sink, const void *bytes, gsize length, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    for (const guint8 *from = bytes; length > 0;) {
        if (!open_range(writer, error))
            return FALSE;
        gsize piece = MIN(length, TORPOR_BLOCK_BYTES - writer->used);
        memcpy(writer->block + writer->used, from, piece);
        writer->used += piece;
        sink->place += piece;
        from += piece;
        length -= piece;
        if (!end_full_range(writer, error))
            return FALSE;
    }
    return TRUE;
}

/* An open range is filled first, so that ranges do not depend on how the payload comes in pieces.
 * Whole blocks go from the caller's memory; the rest is copied. */
static gboolean
push_payload(TorporFileWriter *writer, const guint8 *bytes, guint64 length, GError **error)
{
    gsize missing = writer->used == 0 ? 0 : TORPOR_BLOCK_BYTES - writer->used;
    if (!writer_append(&writer->sink, bytes, missing, error))
        return FALSE;
    bytes += missing;
    length -= missing;
    for (; length >= TORPOR_BLOCK_BYTES; length -= TORPOR_BLOCK_BYTES) {
        if (!push_range(writer, bytes, TORPOR_BLOCK_BYTES, writer->sink.item_bytes, error))
            return FALSE;
        writer->sink.place += TORPOR_BLOCK_BYTES;
        bytes += TORPOR_BLOCK_BYTES;
    }
    return writer_append(&writer->sink, bytes, (gsize)length, error);
}

/* A large payload has ranges of its own. Less than a block is copied, since waiting until it is
 * written would take longer, unless it is written at once. */
static gboolean
writer_append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    if (length >= TORPOR_LARGE_BYTES && length < TORPOR_BLOCK_BYTES && writer->used == 0 &&
        torpor_block_queue_writes_at_once(writer->queue)) {
        sink->place += length;
        return push_range(writer, bytes, (gsize)length, sink->item_bytes, error);
    }
    if (length < TORPOR_BLOCK_BYTES)
        return writer_append(sink, bytes, (gsize)length, error);
    gboolean is_pushed = push_payload(writer, bytes, length, error);
    return drain(writer, is_pushed ? error : NULL) && is_pushed;
}

static gboolean
writer_append_produced(TorporSink *sink, const TorporArray *array, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    g_auto(TorporRows) rows = {.array = array};
    for (guint64 offset = 0; offset < array->byte_length;) {
        if (!open_range(writer, error))
            return FALSE;
        gsize piece = MIN(array->byte_length - offset, TORPOR_BLOCK_BYTES - writer->used);
        if (!torpor_rows_produce(&rows, offset, piece, writer->block + writer->used, error)) {
            writer->failed = TRUE;
            return FALSE;
        }
        writer->used += piece;
        sink->place += piece;
        offset += piece;
        if (!end_full_range(writer, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
writer_boundary(TorporSink *sink, GError **error)
{
    return end_range((TorporFileWriter *)sink, error);
}

/* A range without its hash. */
static gboolean
writer_append_gap(TorporSink *sink, guint64 length, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    if (!make_room(writer, length, error))
        return FALSE;
    (void)add_range(writer, length, 0);
    if (writer->packed != NULL)
        torpor_packed_blocks_add(writer->packed, sink->item_bytes);
    writer->unfilled += length;
    sink->place += length;
    return TRUE;
}

/* Nothing is written: the table says where the bytes are. */
static gboolean
writer_append_stored(TorporSink *sink, const TorporBlock *block, G_GNUC_UNUSED GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    (void)add_range(writer, block->length, block->xxh3);
    torpor_packed_blocks_add_stored(writer->packed, block);
    sink->place += block->length;
    return TRUE;
}

static TorporRange *
find_range(const TorporFileWriter *writer, guint64 place)
{
    TorporRange *ranges = (TorporRange *)(gpointer)writer->ranges->data;
    guint first = 0;
    for (guint end = writer->ranges->len; end - first > 1;) {
        guint middle = first + (end - first) / 2;
        if (ranges[middle].place <= place)
            first = middle;
        else
            end = middle;
    }
    return &ranges[first];
}

/* Only the first failure is examined. The writes of other threads that fail after it say no more.
 */
static gboolean
fail_fill(TorporFileWriter *writer, GError **error)
{
    g_mutex_lock(&writer->lock);
    gboolean is_first = !writer->failed && (error == NULL || *error == NULL);
    if (is_first)
        (void)fail_queue(writer, error);
    writer->failed = TRUE;
    g_mutex_unlock(&writer->lock);
    if (!is_first && error != NULL && *error == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO, "cannot write %s", writer->target.path);
    return FALSE;
}

/* Has a hash by now. */
static gboolean
write_range(TorporFileWriter *writer, const TorporRange *range, const void *bytes, GError **error)
{
    gsize number = (gsize)(range - (const TorporRange *)(gpointer)writer->ranges->data);
    return writer->packed == NULL
               ? torpor_block_queue_write(writer->queue, range->place, bytes, range->length)
               : torpor_packed_blocks_fill(writer->packed, number, bytes, range, error);
}

static gboolean
writer_fill(TorporSink *sink, guint64 place, const void *bytes, gsize length, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    TorporRange *range = find_range(writer, place);
    g_return_val_if_fail(range->place == place && range->length == length, FALSE);
    range->xxh3 = hash_of(writer, bytes, length);
    if (!write_range(writer, range, bytes, error))
        return fail_fill(writer, error);
    g_mutex_lock(&writer->lock);
    writer->unfilled -= length;
    g_mutex_unlock(&writer->lock);
    return TRUE;
}

/* The file is emptied, since the new content may be shorter. */
static gboolean
writer_restart(TorporSink *sink, GError **error)
{
    TorporFileWriter *writer = (TorporFileWriter *)sink;
    if (!drain(writer, error))
        return FALSE;
    if (ftruncate(writer->target.file, 0) != 0)
        return fail_write(writer, errno, writer->ended, error);
    torpor_block_queue_restart(writer->queue);
    g_array_set_size(writer->ranges, 0);
    if (writer->packed != NULL)
        torpor_packed_blocks_restart(writer->packed);
    writer->used = 0;
    writer->ended = 0;
    writer->unfilled = 0;
    torpor_disk_room_reset(&writer->disk_room);
    sink->place = 0;
    return TRUE;
}

static const TorporSinkClass writer_class = {
    .append = writer_append,
    .append_payload = writer_append_payload,
    .append_produced = writer_append_produced,
    .boundary = writer_boundary,
    .append_gap = writer_append_gap,
    .fill = writer_fill,
    .restart = writer_restart,
    .append_stored = writer_append_stored,
};

/* ---- begin ---- */

TorporFileWriter *
torpor_file_writer_new_in(int folder, const char *path, gboolean overwrite, gboolean fsync,
                          GError **error)
{
    TorporTarget target;
    torpor_release_wait();
    if (!torpor_target_open(&target, folder, path, overwrite, fsync, error))
        return NULL;
    TorporFileWriter *writer = g_new0(TorporFileWriter, 1);
    *writer =
        (TorporFileWriter){.sink.klass = &writer_class,
                           .target = target,
                           .queue = torpor_block_queue_new(target.file, fsync),
                           .ranges = g_array_sized_new(FALSE, FALSE, sizeof(TorporRange), 64)};
    writer->disk_room.target = &writer->target;
    g_mutex_init(&writer->lock);
    return writer;
}

TorporFileWriter *
torpor_file_writer_new(const char *path, gboolean overwrite, gboolean fsync, GError **error)
{
    return torpor_file_writer_new_in(AT_FDCWD, path, overwrite, fsync, error);
}

TorporSink *
torpor_file_writer_sink(TorporFileWriter *writer)
{
    return &writer->sink;
}

void
torpor_file_writer_pack(TorporFileWriter *writer, const TorporPackOptions *options)
{
    g_return_if_fail(writer->packed == NULL && writer->sink.place == 0);
    writer->packed = torpor_packed_blocks_new(writer->queue, writer->target.path, options);
}

void
torpor_file_writer_omit_index(TorporFileWriter *writer)
{
    writer->unhashed = TRUE;
}

gboolean
torpor_file_writer_append_index(TorporFileWriter *writer, const TorporPlaces *places,
                                GError **error)
{
    if (!end_range(writer, error))
        return FALSE;
    const TorporRange *ranges = (const TorporRange *)(gpointer)writer->ranges->data;
    g_autoptr(GBytes) index =
        torpor_index_encode(ranges, writer->ranges->len, places, writer->sink.place, error);
    if (index == NULL)
        return FALSE;
    gsize length;
    const void *bytes = g_bytes_get_data(index, &length);
    return writer_append_payload(&writer->sink, bytes, length, error);
}

/* ---- end ---- */

gboolean
torpor_file_writer_share(TorporFileWriter *writer, int folder, const TorporEarlier *earlier,
                         GError **error)
{
    if (!end_range(writer, error) || !drain(writer, error))
        return FALSE;
    (void)torpor_share_blocks(writer->target.file, writer->ended, folder, earlier);
    return TRUE;
}

/* What is beside the blocks of a packed file: its first bytes and its table. */
static gboolean
write_table(TorporFileWriter *writer, GError **error)
{
    if (writer->packed == NULL)
        return TRUE;
    if (!torpor_packed_blocks_write_kept(writer->packed))
        return fail_queue(writer, error);
    g_autoptr(GByteArray) table = torpor_packed_blocks_table(writer->packed);
    guint64 place = end_of_file(writer);
    writer->table_bytes = table->len;
    if (!make_room(writer, table->len, error))
        return FALSE;
    return (torpor_block_queue_write(writer->queue, 0, TORPOR_PACKED_HEAD,
                                     TORPOR_PACKED_HEAD_BYTES) &&
            torpor_block_queue_write(writer->queue, place, table->data, table->len)) ||
           fail_queue(writer, error);
}

static gboolean
make_durable(TorporFileWriter *writer, GError **error)
{
    /* Some file systems report a failure only when a file is closed. A duplicate is closed, since
     * the lock must stay. */
    int failed =
        writer->target.fsync ? fsync(writer->target.file) : close(dup(writer->target.file));
    return failed == 0 || fail_write(writer, errno, writer->ended, error);
}

gboolean
torpor_file_writer_sync(TorporFileWriter *writer, GError **error)
{
    if (writer->failed || writer->unfilled > 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_ORDER,
                    "%s is incomplete: an earlier write failed", writer->target.path);
        return FALSE;
    }
    writer->is_synced =
        writer->is_synced || (end_range(writer, error) && drain(writer, error) &&
                              write_table(writer, error) && make_durable(writer, error));
    return writer->is_synced;
}

guint64
torpor_file_writer_byte_length(const TorporFileWriter *writer)
{
    return end_of_file(writer) + writer->table_bytes;
}

gboolean
torpor_file_writer_commit(TorporFileWriter *writer, GError **error)
{
    gboolean done = torpor_file_writer_sync(writer, error) &&
                    torpor_target_put_in_place(&writer->target, error);
    torpor_file_writer_abort(writer);
    return done;
}

void
torpor_file_writer_abort(TorporFileWriter *writer)
{
    if (writer == NULL)
        return;
    torpor_packed_blocks_free(writer->packed);
    torpor_block_queue_free(writer->queue);
    torpor_target_close(&writer->target);
    g_array_unref(writer->ranges);
    g_mutex_clear(&writer->lock);
    g_free(writer);
}
