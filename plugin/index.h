/* __torpor_index__: ranges with XXH3 that partition every byte before it, places of leaves by path,
 * and the trailer. */
#ifndef TORPOR_CORE_INDEX_H
#define TORPOR_CORE_INDEX_H

#include <glib.h>

#include "tree.h"

G_BEGIN_DECLS

#define TORPOR_INDEX_KEY "__torpor_index__"
#define TORPOR_FORMAT_VERSION 1u

typedef struct {
    guint64 place;
    guint64 length;
    guint64 xxh3;
} TorporRange;

/* Collected while encoding. */
typedef struct {
    GString *paths; /* NUL-terminated, one after the other */
    GArray *places; /* guint64, of each path's leaf */
} TorporPlaces;
TorporPlaces *torpor_places_new(void);
void torpor_places_free(TorporPlaces *places);
void torpor_places_add(TorporPlaces *places, const char *path, guint64 place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPlaces, torpor_places_free)

/* The bytes of the index value and trailer, to be written at `place`. Transfer full. */
GBytes *torpor_index_encode(const TorporRange *ranges, gsize n_ranges, const TorporPlaces *places,
                            guint64 place);

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

G_END_DECLS

#endif
