/* Where each leaf of a tree begins in its file: collected by the encoder, written to the index. */
#ifndef TORPOR_MSGPACK_PLACES_H
#define TORPOR_MSGPACK_PLACES_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    GString *paths; /* NUL-terminated, one after the other */
    GArray *places; /* guint64: where the value of each path begins, ascending */
} TorporPlaces;

TorporPlaces *torpor_places_new(void);
void torpor_places_free(TorporPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPlaces, torpor_places_free)

void torpor_places_add(TorporPlaces *places, const char *path, gsize path_length, guint64 place);
/* Forget all of them. */
void torpor_places_clear(TorporPlaces *places);

G_END_DECLS

#endif
