/* A catalogue has all that a host declared in a session: its types, codecs and migrations, checked,
 * copied and found by name. */
#ifndef TORPOR_HOST_CATALOGUE_H
#define TORPOR_HOST_CATALOGUE_H

#include "base/registry.h"

G_BEGIN_DECLS

typedef struct {
    TorporRegistry *types;      /* const struct torpor_type */
    TorporRegistry *codecs;     /* const struct torpor_codec, by type */
    TorporRegistry *migrations; /* const struct torpor_migration, by type and from_version */
    GPtrArray *declarations;    /* GPtrArray of the copies of each declaration; own them */
} TorporCatalogue;

TorporCatalogue *torpor_catalogue_new(void);
void torpor_catalogue_free(TorporCatalogue *catalogue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCatalogue, torpor_catalogue_free)

/* TORPOR_STATUS_INVALID, _UNIT, _NOT_FOUND, or _EXISTS for a name that is taken. */
gboolean torpor_catalogue_add_type(TorporCatalogue *catalogue, const struct torpor_type *type,
                                   GError **error);
gboolean torpor_catalogue_add_codec(TorporCatalogue *catalogue, const struct torpor_codec *codec,
                                    GError **error);
gboolean torpor_catalogue_add_migration(TorporCatalogue *catalogue,
                                        const struct torpor_migration *migration, GError **error);

/* The codec of a type, or of the nearest of its bases; NULL if none has one. */
const struct torpor_codec *torpor_catalogue_codec(const TorporCatalogue *catalogue,
                                                  const struct torpor_type *type);
/* The migration that takes a type onwards from a version, NULL if there is none. */
const struct torpor_migration *torpor_catalogue_migration(const TorporCatalogue *catalogue,
                                                          const char *type, guint32 from_version);

G_END_DECLS

#endif
