/* A registry finds descriptors by name and keeps the order in which they were added. It serves
 * types, codecs and migrations. */
#ifndef TORPOR_BASE_REGISTRY_H
#define TORPOR_BASE_REGISTRY_H

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

/* One thread fills it; afterwards any number of threads may read it. To visit all, iterate
 * in_order: the order of a hash table would make two saves differ. */
typedef struct {
    const char *what;    /* "type", "codec", ... for messages (not owned) */
    GHashTable *by_name; /* names are copied; descriptors are not owned */
    GPtrArray *in_order; /* descriptors */
    GPtrArray *names;    /* of the descriptors in_order; the strings are those of by_name */
} TorporRegistry;

TorporRegistry *torpor_registry_new(const char *what);
void torpor_registry_free(TorporRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRegistry, torpor_registry_free)

/* Register a descriptor. With `override`, it replaces one of the same name, at its place in the
 * order. TORPOR_STATUS_EXISTS: the name is taken; _INVALID: see torpor_name_check. */
gboolean torpor_registry_add(TorporRegistry *registry, const char *name, gconstpointer descriptor,
                             gboolean override, GError **error);

/* The descriptor of that name; NULL if there is none, or the name is NULL. */
gconstpointer torpor_registry_find(const TorporRegistry *registry, const char *name);

/* Can this be the name of a type or a field, or a key of a path? It is UTF-8 of 1 to 255 bytes
 * without control characters. Else TORPOR_STATUS_INVALID; `what` begins the message. */
gboolean torpor_name_check(const char *what, const char *name, GError **error);

G_END_DECLS

#endif
