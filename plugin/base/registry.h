/* A registry: descriptors by name, in the order of their registration. For types, codecs and
 * migrations. */
#ifndef TORPOR_BASE_REGISTRY_H
#define TORPOR_BASE_REGISTRY_H

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

/* Not thread-safe while it is being filled; any number of threads may read it afterwards. Iterate
 * in_order: the order of a hash table would make two saves differ. */
typedef struct {
    const char *what;    /* "type", "codec": for messages (not owned) */
    GHashTable *by_name; /* names are copied; descriptors are not owned */
    GPtrArray *in_order; /* descriptors */
    GPtrArray *names;    /* of in_order, the same strings as in by_name */
} TorporRegistry;

TorporRegistry *torpor_registry_new(const char *what);
void torpor_registry_free(TorporRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRegistry, torpor_registry_free)

/* A name that is taken is TORPOR_STATUS_EXISTS, unless `override`: the new descriptor then takes
 * the place of the old one in the order. A NULL, empty or non-UTF-8 name is
 * TORPOR_STATUS_INVALID. */
gboolean torpor_registry_add(TorporRegistry *registry, const char *name, gconstpointer descriptor,
                             gboolean override, GError **error);

/* The descriptor of that name; NULL if there is none, or the name is NULL. */
gconstpointer torpor_registry_find(const TorporRegistry *registry, const char *name);

/* Can this be the name of a type or a field, or a key of a path? It is UTF-8 of 1 to 255 bytes
 * without control characters. Else TORPOR_STATUS_INVALID; `what` begins the message. */
gboolean torpor_name_check(const char *what, const char *name, GError **error);

G_END_DECLS

#endif
