#include "file/index.h"

#include <string.h>

#include "base/error.h"
#include "base/xxh3.h"
#include "msgpack/encode.h"
#include "msgpack/root_end.h"

G_STATIC_ASSERT(sizeof(TorporRange) == 3 * sizeof(guint64));

/* ---- encoding ---- */

static void
put_uint64_array(TorporTree *tree, const char *key, const void *data, guint32 rank,
                 const guint64 *shape)
{
    TorporNode *node =
        torpor_map_put_array(tree, torpor_tree_root(tree), key,
                             torpor_dtype_by_id(TORPOR_DTYPE_UINT64), rank, shape, NULL);
    node->value.array->data = data;
}

static void
put_bytes(TorporTree *tree, const char *key, const void *data, gsize length)
{
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_BYTES);
    node->value.bytes.data = data;
    node->value.bytes.length = length;
    torpor_map_append(tree, torpor_tree_root(tree), key, -1, node);
}

GBytes *
torpor_index_encode(const TorporRange *ranges, gsize n_ranges, const TorporPlaces *places,
                    guint64 place, GError **error)
{
    const guint8 no_trailer_yet[TORPOR_TRAILER_BYTES] = {0};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_uint64_array(tree, "ranges", ranges, 2, (guint64[]){n_ranges, 3});
    put_bytes(tree, "paths", places->paths->str, places->paths->len);
    put_uint64_array(tree, "places", places->places->data, 1, (guint64[]){places->places->len});
    put_bytes(tree, "trailer", no_trailer_yet, sizeof no_trailer_yet);

    TorporSink *sink = torpor_memory_sink_new();
    const TorporEncodeOptions options = {.chunk_bytes = G_MAXUINT32};
    gboolean encoded = torpor_encode(tree, &options, sink, NULL, error);
    g_autoptr(GByteArray) bytes = torpor_memory_sink_free(sink, TRUE);
    if (!encoded) {
        g_prefix_error(error, "%s ", TORPOR_INDEX_KEY);
        return NULL;
    }
    TorporTrailer trailer = {.place = place, .length = bytes->len - TORPOR_TRAILER_BYTES};
    trailer.xxh3 = torpor_xxh3(bytes->data, trailer.length);
    torpor_trailer_encode(&trailer, bytes->data + trailer.length);
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

/* ---- parsing ---- */

/* The bytes that are still to be parsed. Only the form that torpor_index_encode writes is accepted.
 */
typedef struct {
    const guint8 *at;
    gsize left;
} Cursor;

static const guint8 *
take(Cursor *cursor, gsize length)
{
    if (cursor->left < length)
        return NULL;
    const guint8 *taken = cursor->at;
    cursor->at += length;
    cursor->left -= length;
    return taken;
}

static gboolean
take_exactly(Cursor *cursor, const void *expected, gsize length)
{
    const guint8 *taken = take(cursor, length);
    return taken != NULL && memcmp(taken, expected, length) == 0;
}

/* A big-endian number of `size` bytes. */
static gboolean
take_number(Cursor *cursor, gsize size, guint64 *out)
{
    const guint8 *bytes = take(cursor, size);
    *out = 0;
    for (gsize i = 0; bytes != NULL && i < size; i++)
        *out = *out << 8 | bytes[i];
    return bytes != NULL;
}

static gboolean
take_uint(Cursor *cursor, guint64 *out)
{
    const guint8 *first = take(cursor, 1);
    if (first == NULL || (*first >= 0x80 && (*first < 0xcc || *first > 0xcf)))
        return FALSE;
    *out = *first;
    return *first < 0x80 || take_number(cursor, (gsize)1 << (*first - 0xcc), out);
}

/* The length in a header of three sizes: bin c4.., ext c7... */
static gboolean
take_length(Cursor *cursor, guint8 smallest, guint64 *out)
{
    const guint8 *first = take(cursor, 1);
    return first != NULL && *first >= smallest && *first <= smallest + 2 &&
           take_number(cursor, (gsize)1 << (*first - smallest), out);
}

static const guint8 *
take_bytes(Cursor *cursor, guint64 *length)
{
    return take_length(cursor, 0xc4, length) ? take(cursor, *length) : NULL;
}

/* A uint64 array whose shape is [n] or [n, n_columns]. */
static const guint8 *
take_uint64_array(Cursor *cursor, guint64 n_columns, guint64 *n)
{
    guint64 ext_length;
    guint64 columns = 1;
    guint64 length;
    if (!take_length(cursor, 0xc7, &ext_length) || ext_length >= cursor->left ||
        !take_exactly(cursor, n_columns > 1 ? "\x01\x93\x92" : "\x01\x93\x91", 3) ||
        !take_uint(cursor, n) || (n_columns > 1 && !take_uint(cursor, &columns)) ||
        columns != n_columns || !take_exactly(cursor, "\xa6uint64", 7))
        return NULL;
    const guint8 *data = take_bytes(cursor, &length);
    guint64 row_bytes = columns * sizeof(guint64);
    return data != NULL && length % row_bytes == 0 && length / row_bytes == *n ? data : NULL;
}

/* The parts of the index, still where they are in its bytes. */
typedef struct {
    const guint8 *ranges;
    guint64 n_ranges;
    const guint8 *paths;
    guint64 paths_length;
    const guint8 *places;
    guint64 n_paths;
} Parts;

static gboolean
take_parts(Cursor *cursor, Parts *parts)
{
    return take_exactly(cursor, "\x84\xa6ranges", 8) &&
           (parts->ranges = take_uint64_array(cursor, 3, &parts->n_ranges)) != NULL &&
           take_exactly(cursor, "\xa5paths", 6) &&
           (parts->paths = take_bytes(cursor, &parts->paths_length)) != NULL &&
           take_exactly(cursor, "\xa6places", 7) &&
           (parts->places = take_uint64_array(cursor, 1, &parts->n_paths)) != NULL &&
           take_exactly(cursor, TORPOR_TRAILER_HEAD, strlen(TORPOR_TRAILER_HEAD)) &&
           cursor->left == 0;
}

/* Ranges lie one after the other from byte 0 up to the index. */
static gboolean
ranges_partition(const TorporIndex *index)
{
    guint64 end = 0;
    for (gsize i = 0; i < index->n_ranges; i++) {
        const TorporRange *range = &index->ranges[i];
        if (range->place != end || range->length == 0 || range->length > index->place - end)
            return FALSE;
        end += range->length;
    }
    return end == index->place;
}

/* There are as many paths as places; places are within the ranges, and ascend. */
static gboolean
set_paths(TorporIndex *index, const char *text, gsize text_length)
{
    const char *end = text + text_length;
    for (gsize i = 0; i < index->n_paths; i++) {
        const char *terminator = memchr(text, '\0', (gsize)(end - text));
        if (terminator == NULL || !g_utf8_validate(text, terminator - text, NULL))
            return FALSE;
        index->paths[i] = text;
        text = terminator + 1;
        if (index->places[i] >= index->place || (i > 0 && index->places[i] <= index->places[i - 1]))
            return FALSE;
    }
    return text == end;
}

void
torpor_index_free(TorporIndex *index)
{
    if (index == NULL)
        return;
    g_free(index->owned);
    g_free(index);
}

/* One block of memory for all parts. Their lengths have been compared with the bytes that are
 * there. */
static TorporIndex *
index_new(const Parts *parts)
{
    gsize ranges_bytes = parts->n_ranges * sizeof(TorporRange);
    gsize places_bytes = parts->n_paths * sizeof(guint64);
    gsize names_bytes = parts->n_paths * sizeof(char *);
    char *owned = g_try_malloc(ranges_bytes + places_bytes + names_bytes + parts->paths_length + 1);
    if (owned == NULL)
        return NULL;
    TorporIndex *index = g_new0(TorporIndex, 1);
    index->owned = owned;
    index->n_ranges = parts->n_ranges;
    index->ranges = memcpy(owned, parts->ranges, ranges_bytes);
    index->n_paths = parts->n_paths;
    index->places = memcpy(owned + ranges_bytes, parts->places, places_bytes);
    index->paths = (const char **)(gpointer)(owned + ranges_bytes + places_bytes);
    return index;
}

TorporIndex *
torpor_index_parse(const guint8 *bytes, const TorporTrailer *trailer, guint64 file_length,
                   const char *name, GError **error)
{
    if (torpor_xxh3(bytes, trailer->length) != trailer->xxh3) {
        torpor_error_set_damaged(error, name,
                                 "its index does not have the checksum that its trailer says");
        return NULL;
    }
    Parts parts;
    Cursor cursor = {bytes, trailer->length};
    if (!take_parts(&cursor, &parts)) {
        torpor_error_set_damaged(error, name, "its index does not have the form of version 1");
        return NULL;
    }
    g_autoptr(TorporIndex) index = index_new(&parts);
    if (index == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the index of %s (%" G_GUINT64_FORMAT " bytes)", name,
                    trailer->length);
        return NULL;
    }
    index->place = trailer->place;
    index->file_length = file_length;
    if (!ranges_partition(index)) {
        torpor_error_set_damaged(error, name, "the ranges of its index do not cover it exactly");
        return NULL;
    }
    char *text = (char *)(index->paths + index->n_paths);
    memcpy(text, parts.paths, parts.paths_length);
    if (!set_paths(index, text, parts.paths_length)) {
        torpor_error_set_damaged(error, name, "the paths and places of its index do not fit");
        return NULL;
    }
    return g_steal_pointer(&index);
}

static TorporIndex *
read_index_at(const TorporFile *file, const TorporTrailer *trailer, GError **error)
{
    g_autofree guint8 *bytes = g_try_malloc(trailer->length);
    if (bytes == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the index of '%s', %" G_GUINT64_FORMAT " bytes", file->path,
                    trailer->length);
        return NULL;
    }
    if (!torpor_file_read(file, trailer->place, bytes, (gsize)trailer->length, error))
        return NULL;
    return torpor_index_parse(bytes, trailer, file->length, file->path, error);
}

static gboolean
is_about_content(const GError *error)
{
    return error->code == TORPOR_STATUS_DAMAGED || error->code == TORPOR_STATUS_VERSION;
}

static gboolean
check_is_value(const TorporFile *file, const TorporTrailer *trailer, GError **error)
{
    TorporReader reader;
    if (!torpor_reader_init_file(&reader, file, error))
        return FALSE;
    gboolean is_value = torpor_trailer_check_is_value(trailer, &reader, file->path, error);
    torpor_reader_clear(&reader);
    return is_value;
}

TorporIndex *
torpor_file_read_index(const TorporFile *file, GError **error)
{
    TorporTrailer trailer;
    TorporRootEnd end;
    g_autoptr(GError) reason = NULL;
    gboolean is_parsed = torpor_file_read_trailer(file, &trailer, &reason);
    if (is_parsed && trailer.length == 0)
        return NULL;
    if (is_parsed || is_about_content(reason)) {
        if (!torpor_root_end_find(file, &end, error))
            return NULL;
        if (end.is_complete && !end.is_index) {
            (void)check_is_value(file, &trailer, error);
            return NULL;
        }
    }
    if (!is_parsed) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    TorporIndex *index = read_index_at(file, &trailer, error);
    if (index != NULL)
        index->is_one_object = end.is_complete;
    return index;
}
