#include "msgpack/sink.h"

#include "base/error.h"

#include <string.h>

/* ---- rows ---- */

/* Part [within, within + length) of the row at row_offset, which is produced whole if it is not the
 * one that was kept. */
static gboolean
copy_from_row(TorporRows *rows, guint64 row_offset, guint64 within, gsize length, void *out,
              GError **error)
{
    const TorporArray *array = rows->array;
    if (rows->row == NULL || rows->row_offset != row_offset) {
        if (rows->row == NULL)
            rows->row = g_try_malloc(array->row_bytes);
        if (rows->row == NULL) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "no memory for one row of %" G_GUINT64_FORMAT " bytes", array->row_bytes);
            return FALSE;
        }
        rows->row_offset = row_offset;
        if (!array->produce(array->produce_data, row_offset, array->row_bytes, rows->row, error))
            return FALSE;
    }
    memcpy(out, rows->row + within, length);
    return TRUE;
}

gboolean
torpor_rows_produce(TorporRows *rows, guint64 offset, gsize length, void *out, GError **error)
{
    const TorporArray *array = rows->array;
    guint64 row_bytes = MAX(array->row_bytes, 1);
    for (guint8 *to = out; length > 0;) {
        guint64 within = offset % row_bytes;
        gsize piece = length - length % row_bytes;
        if (within == 0 && piece > 0) {
            if (!array->produce(array->produce_data, offset, piece, to, error))
                return FALSE;
        } else {
            piece = MIN(length, row_bytes - within);
            if (!copy_from_row(rows, offset - within, within, piece, to, error))
                return FALSE;
        }
        to += piece;
        offset += piece;
        length -= piece;
    }
    return TRUE;
}

void
torpor_rows_clear(TorporRows *rows)
{
    g_clear_pointer(&rows->row, g_free);
}

/* ---- memory ---- */

#define FIRST_BYTES ((gsize)512)

typedef struct {
    TorporSink base;
    guint8 *bytes;
    gsize size;
} MemorySink;

/* Apart, so that all else of extend() is a few instructions: most values are small. */
static gboolean
grow(MemorySink *memory, gsize needed, GError **error)
{
    gsize size = MAX(memory->size, FIRST_BYTES);
    while (size < needed)
        size *= 2;
    guint8 *bytes = g_try_realloc(memory->bytes, size);
    if (bytes == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GSIZE_FORMAT " bytes; save to a file instead", needed);
        return FALSE;
    }
    memory->bytes = bytes;
    memory->size = size;
    return TRUE;
}

/* Room for `length` more bytes at the end. */
static guint8 *
extend(TorporSink *sink, guint64 length, GError **error)
{
    MemorySink *memory = (MemorySink *)sink;
    const guint64 most = (guint64)2 << 30;
    if (length > most - sink->place) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "more than 2 GiB do not go into one block of memory; save to a file instead");
        return NULL;
    }
    if (length > memory->size - sink->place && !grow(memory, (gsize)(sink->place + length), error))
        return NULL;
    guint8 *room = memory->bytes + sink->place;
    sink->place += length;
    return room;
}

static gboolean
memory_append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    if (length == 0)
        return TRUE;
    guint8 *room = extend(sink, length, error);
    if (room == NULL)
        return FALSE;
    memcpy(room, bytes, length);
    return TRUE;
}

static gboolean
memory_append(TorporSink *sink, const void *bytes, gsize length, GError **error)
{
    return memory_append_payload(sink, bytes, length, error);
}

static gboolean
memory_append_produced(TorporSink *sink, const TorporArray *array, GError **error)
{
    if (array->byte_length == 0)
        return TRUE;
    guint8 *room = extend(sink, array->byte_length, error);
    return room != NULL && array->produce(array->produce_data, 0, array->byte_length, room, error);
}

static gboolean
memory_boundary(G_GNUC_UNUSED TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    return TRUE;
}

static const TorporSinkClass memory_class = {
    .append = memory_append,
    .append_payload = memory_append_payload,
    .append_produced = memory_append_produced,
    .boundary = memory_boundary,
};

TorporSink *
torpor_memory_sink_new(void)
{
    MemorySink *memory = g_new0(MemorySink, 1);
    memory->base.klass = &memory_class;
    return &memory->base;
}

GByteArray *
torpor_memory_sink_free(TorporSink *sink, gboolean steal)
{
    MemorySink *memory = (MemorySink *)sink;
    GByteArray *bytes = NULL;
    if (steal)
        bytes = g_byte_array_new_take(memory->bytes, (gsize)sink->place);
    else
        g_free(memory->bytes);
    g_free(memory);
    return bytes;
}
