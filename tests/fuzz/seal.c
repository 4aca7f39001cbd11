#include "seal.h"

#include <string.h>
#include <xxhash.h>

#include "file/index.h"
#include "msgpack/decode.h"
#include "msgpack/encode.h"
#include "tree_change.h"

#define KEY_BYTES (1 + sizeof TORPOR_INDEX_KEY - 1) /* a fixstr */

/* Where the index begins, as the trailer says; 0: there is none. */
static gsize
index_place(const uint8_t *bytes, gsize length)
{
    guint64 place;
    const gsize head = sizeof TORPOR_TRAILER_HEAD - 1;
    if (length < TORPOR_TAIL_BYTES + KEY_BYTES ||
        memcmp(bytes + length - TORPOR_TAIL_BYTES, TORPOR_TRAILER_HEAD, head) != 0)
        return 0;
    memcpy(&place, bytes + length - TORPOR_TRAILER_BYTES + 16, sizeof place);
    place = GUINT64_FROM_LE(place);
    return place >= KEY_BYTES && place < length - TORPOR_TAIL_BYTES ? (gsize)place : 0;
}

/* One range over all before the index, and these places. Any can be encoded. */
static void
append_index(GByteArray *file, const TorporPlaces *places)
{
    const TorporRange range = {0, file->len, XXH3_64bits(file->data, file->len)};
    g_autoptr(GBytes) index = torpor_index_encode(&range, 1, places, file->len, NULL);
    g_assert(index != NULL);
    g_byte_array_append(file, g_bytes_get_data(index, NULL), (guint)g_bytes_get_size(index));
}

GByteArray *
fuzz_encode_with_index(TorporTree *tree, TorporPlaces *places, GError **error)
{
    const TorporEncodeOptions options = {.index = TRUE};
    TorporSink *sink = torpor_memory_sink_new();
    gboolean encoded = torpor_encode(tree, &options, sink, places, error);
    GByteArray *file = torpor_memory_sink_free(sink, encoded);
    if (encoded)
        append_index(file, places);
    return file;
}

static size_t
copy_back(const GByteArray *file, uint8_t *bytes, size_t length, size_t max_length)
{
    if (file == NULL || file->len == 0 || file->len > max_length)
        return LLVMFuzzerMutate(bytes, length, max_length);
    memcpy(bytes, file->data, file->len);
    return file->len;
}

/* The bytes before the index are changed as they are. */
static size_t
change_body(uint8_t *bytes, size_t length, size_t max_length, gsize place)
{
    g_autoptr(GByteArray) file = g_byte_array_sized_new((guint)max_length);
    g_byte_array_append(file, bytes, (guint)(place - KEY_BYTES));
    g_byte_array_set_size(file, (guint)max_length);
    g_byte_array_set_size(file, (guint)LLVMFuzzerMutate(file->data, place - KEY_BYTES, max_length));
    g_byte_array_append(file, bytes + place - KEY_BYTES, KEY_BYTES);
    g_autoptr(TorporPlaces) places = torpor_places_new();
    append_index(file, places);
    return copy_back(file, bytes, length, max_length);
}

static size_t
change_index(uint8_t *bytes, size_t length, size_t max_length, gsize place)
{
    const gsize head = TORPOR_TAIL_BYTES - TORPOR_TRAILER_BYTES;
    gsize room = max_length - TORPOR_TAIL_BYTES - place;
    gsize index = LLVMFuzzerMutate(bytes + place, length - TORPOR_TAIL_BYTES - place, room);
    memcpy(bytes + place + index, TORPOR_TRAILER_HEAD, head);
    const TorporTrailer trailer = {place, index + head, XXH3_64bits(bytes + place, index + head)};
    torpor_trailer_encode(&trailer, bytes + place + index + head);
    return place + index + TORPOR_TAIL_BYTES;
}

static size_t
change_values(uint8_t *bytes, size_t length, size_t max_length, FuzzRandom *random,
              gboolean has_index)
{
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes, length, "fuzz", NULL);
    if (tree == NULL)
        return LLVMFuzzerMutate(bytes, length, max_length);
    for (guint n = 1 + fuzz_random(random) % 3; n > 0; n--)
        fuzz_tree_change(tree, random);
    g_autoptr(GByteArray) file = NULL;
    if (has_index) {
        g_autoptr(TorporPlaces) places = torpor_places_new();
        file = fuzz_encode_with_index(tree, places, NULL);
    } else {
        TorporSink *sink = torpor_memory_sink_new();
        gboolean encoded = torpor_encode(tree, NULL, sink, NULL, NULL);
        file = torpor_memory_sink_free(sink, encoded);
    }
    return copy_back(file, bytes, length, max_length);
}

size_t
fuzz_change_file(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    FuzzRandom random = {seed};
    gsize place = index_place(bytes, length);
    guint way = fuzz_random(&random) % 5;
    if (way <= 1)
        return change_values(bytes, length, max_length, &random, place > 0);
    if (way == 2 && place > 0)
        return change_body(bytes, length, max_length, place);
    if (way == 3 && place > 0)
        return change_index(bytes, length, max_length, place);
    return LLVMFuzzerMutate(bytes, length, max_length);
}
