/* __torpor_index__: ranges with XXH3 that partition every byte before it, places of leaves by path,
 * and the trailer. FORMAT.md has the bytes. */
#ifndef TORPOR_FILE_INDEX_H
#define TORPOR_FILE_INDEX_H

#include <glib.h>

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

#define TORPOR_INDEX_KEY "__torpor_index__"
#define TORPOR_FORMAT_VERSION 1u

/* A leaf of so many bytes or more has ranges of its own; these are blocks that are hashed and
 * written at once. Smaller leaves share ranges of at most a block. */
#define TORPOR_LARGE_BYTES ((guint64)64 << 10)
#define TORPOR_BLOCK_BYTES ((guint64)4 << 20)

typedef struct {
    guint64 place;
    guint64 length;
    guint64 xxh3;
} TorporRange;

/* Collected while encoding. */
typedef struct {
    GString *paths; /* NUL-terminated, one after the other */
    GArray *places; /* guint64, of the first byte of each path's value, ascending */
} TorporPlaces;
TorporPlaces *torpor_places_new(void);
void torpor_places_free(TorporPlaces *places);
void torpor_places_clear(TorporPlaces *places);
void torpor_places_add(TorporPlaces *places, const char *path, gsize path_length, guint64 place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPlaces, torpor_places_free)

/* The bytes of the index value, trailer included, to be written at `place`, where the ranges end.
 * They are the last of the file. Transfer full. */
GBytes *torpor_index_encode(const TorporRange *ranges, gsize n_ranges, const TorporPlaces *places,
                            guint64 place, GError **error);

/* The end of a file, as far as it tells whether and where there is an index. */
#define TORPOR_TAIL_BYTES 58u
typedef struct {
    guint64 place;  /* of the index value */
    guint64 length; /* up to where the trailer's payload begins; 0: the file has no index */
    guint64 xxh3;   /* of these bytes */
} TorporTrailer;

/* From the last `tail_length` bytes of a file (TORPOR_TAIL_BYTES, or all of a shorter one).
 * TORPOR_STATUS_DAMAGED or _VERSION: there is an index, and it cannot be trusted or understood.
 * `name` is for messages. */
gboolean torpor_trailer_parse(const guint8 *tail, gsize tail_length, guint64 file_length,
                              const char *name, TorporTrailer *out, GError **error);

/* The same, read from the file. */
gboolean torpor_file_read_trailer(const TorporFile *file, TorporTrailer *out, GError **error);

/* As read from a file. */
typedef struct {
    guint64 place; /* of the index value */
    guint64 file_length;
    gsize n_ranges;
    TorporRange *ranges;
    gsize n_paths;
    const char **paths;
    guint64 *places;
    gpointer owned;
} TorporIndex;
void torpor_index_free(TorporIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporIndex, torpor_index_free)

/* From the trailer->length bytes at trailer->place, which are checked: hash, structure, that ranges
 * lie one after the other from byte 0 up to the index, that places ascend. The bytes need not stay.
 * TORPOR_STATUS_DAMAGED, _NO_MEMORY. */
TorporIndex *torpor_index_parse(const guint8 *bytes, const TorporTrailer *trailer,
                                guint64 file_length, const char *name, GError **error);

/* The index at the end of a file. NULL without error: the file has none (braintools wrote it). NULL
 * with TORPOR_STATUS_DAMAGED or _VERSION: it has one that cannot be trusted. */
TorporIndex *torpor_file_read_index(const TorporFile *file, GError **error);

G_END_DECLS

#endif
