/* name -> const descriptor, in registration order: types, codecs, migrations. */
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

/* NULL if there is none of that name; name NULL is none. */
gconstpointer torpor_registry_find(const TorporRegistry *registry, const char *name);

/* May this be a name (of a type, a field, a path's part)? UTF-8 of 1 to 255 bytes without control
 * characters. `what` begins the message. TORPOR_STATUS_INVALID otherwise. */
gboolean torpor_name_check(const char *what, const char *name, GError **error);

G_END_DECLS

#endif
