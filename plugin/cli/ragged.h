/* A ragged field: numbers of each object, as many as it has. */
#ifndef TORPOR_CLI_RAGGED_H
#define TORPOR_CLI_RAGGED_H

#include "cli/numbers.h"

G_BEGIN_DECLS

typedef struct {
    TorporNumbers values; /* of all objects, one after the other */
    TorporNumbers counts; /* of the rows of values of each object */
} TorporRagged;

/* `node` is the map of values and counts at `path`. TORPOR_STATUS_MISMATCH if these do not fit
 * together. */
gboolean torpor_ragged_init(TorporRagged *ragged, const TorporFile *file,
                            const TorporLayout *layout, const char *path, const TorporNode *node,
                            GError **error);

/* Keep objects "A:B", as in Python. */
gboolean torpor_ragged_slice(TorporRagged *ragged, const char *range, GError **error);

/* Call func with the numbers of each object in turn; it may return FALSE with an error. */
typedef gboolean (*TorporRaggedFunc)(gpointer data, const TorporNumbers *numbers, GError **error);
gboolean torpor_ragged_each(const TorporRagged *ragged, TorporRaggedFunc func, gpointer data,
                            GError **error);

G_END_DECLS

#endif
