/* Writes and reads the index of a file, __torpor_index__, its last value: ranges with their XXH3,
 * which cover every byte before it; the place of each leaf by its path; and the trailer. FORMAT.md
 * describes the bytes. */
#ifndef TORPOR_FILE_INDEX_H
#define TORPOR_FILE_INDEX_H

#include <glib.h>

#include "base/file.h"
#include "msgpack/places.h"
#include "msgpack/trailer.h"

G_BEGIN_DECLS

typedef struct {
    guint64 place;
    guint64 length;
    guint64 xxh3;
} TorporRange;

/* The bytes of the index, trailer included, for a file whose ranges end at `place`. They are the
 * last bytes of the file. Transfer full. */
GBytes *torpor_index_encode(const TorporRange *ranges, gsize n_ranges, const TorporPlaces *places,
                            guint64 place, GError **error);

/* As read from a file. */
typedef struct {
    guint64 place; /* of the index value */
    guint64 file_length;
    gboolean is_one_object; /* by torpor_file_read_index: the file is one msgpack object */
    gsize n_ranges;
    TorporRange *ranges;
    gsize n_paths;
    const char **paths;
    guint64 *places;
    gpointer owned; /* the memory of all these */
} TorporIndex;
void torpor_index_free(TorporIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporIndex, torpor_index_free)

/* Parse the trailer->length bytes at trailer->place; they are not needed afterwards. Checked are
 * their hash and their structure, that ranges follow one another from byte 0 to the index, and that
 * places ascend. TORPOR_STATUS_DAMAGED, _NO_MEMORY. */
TorporIndex *torpor_index_parse(const guint8 *bytes, const TorporTrailer *trailer,
                                guint64 file_length, const char *name, GError **error);

/* The index: the value of the last key of the root, if that is TORPOR_INDEX_KEY. NULL without
 * error: the file has none (braintools wrote it). NULL with TORPOR_STATUS_DAMAGED or _VERSION: it
 * has one that cannot be trusted. */
TorporIndex *torpor_file_read_index(const TorporFile *file, GError **error);

G_END_DECLS

#endif
