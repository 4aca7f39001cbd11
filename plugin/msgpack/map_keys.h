/* Finds a key that a map has twice, which encoder and decoder refuse. */
#ifndef TORPOR_MSGPACK_MAP_KEYS_H
#define TORPOR_MSGPACK_MAP_KEYS_H

#include "value/tree.h"

G_BEGIN_DECLS

/* *duplicate is the first entry with the key of an earlier one, NULL if there is none. FALSE with
 * TORPOR_STATUS_NO_MEMORY. */
gboolean torpor_map_keys_find_duplicate(const TorporNode *map, const TorporNode **duplicate,
                                        GError **error);

G_END_DECLS

#endif
