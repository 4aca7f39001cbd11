/* A list is a ragged field that the host keeps as a pointer to malloc's memory and a length, both
 * members of the object: it needs no callbacks. A restore that brings more elements than there is
 * room for sets new memory aside in its prepare phase. */
#ifndef TORPOR_HOST_LIVE_LIST_H
#define TORPOR_HOST_LIVE_LIST_H

#include "host/host_table.h"

G_BEGIN_DECLS

/* Where the members are in an object, and what a restore set aside. */
typedef struct {
    const TorporHost *host;                     /* (not owned) */
    const struct torpor_population *population; /* of the description (not owned) */
    const char *path;                           /* for messages (not owned) */
    const char *base;                           /* of the first object, if they are strided */
    guint64 stride;
    guint64 row_bytes;     /* of one element */
    guint64 pointer_place; /* bytes from the start of the population's object */
    guint64 length_place;
    guint64 capacity_place;
    guint32 length_dtype;
    guint32 capacity_dtype; /* 0: no such member */
    guint64 *wanted;        /* lengths that a restore brings; NULL: none does */
    gpointer *memory;       /* of each object that needs new memory, else NULL */
    guint64 n_objects;      /* of both arrays */
} TorporLiveList;

void torpor_live_list_free(TorporLiveList *list);

/* Bytes of a whole number of this dtype; 0 if it is not one. */
guint32 torpor_live_list_number_bytes(guint32 dtype);

/* The callbacks of a ragged accessor; see torpor/accessor.h. */
gboolean torpor_live_list_lengths(const TorporLiveList *list, guint64 first, guint64 count,
                                  guint64 *lengths, GError **error);
gboolean torpor_live_list_gather(const TorporLiveList *list, guint64 first, guint64 count,
                                 const guint64 *lengths, void *values, GError **error);
gboolean torpor_live_list_set_lengths(TorporLiveList *list, guint64 first, guint64 count,
                                      const guint64 *lengths, GError **error);
void torpor_live_list_scatter(TorporLiveList *list, guint64 first, guint64 count,
                              const guint64 *lengths, const void *values);

/* Two lists that share a length: the first object to which a restore brings different lengths;
 * G_MAXUINT64: none, or they do not share it. */
guint64 torpor_live_list_disagreement(const TorporLiveList *a, const TorporLiveList *b);

G_END_DECLS

#endif
