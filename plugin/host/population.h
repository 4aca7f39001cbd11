/* Joins the populations that a host lists with the types that it declared: each gets its type, its
 * codec and its live fields. This is done for every save and restore, since memory moves. */
#ifndef TORPOR_HOST_POPULATION_H
#define TORPOR_HOST_POPULATION_H

#include "host/addresses.h"
#include "host/catalogue.h"
#include "host/codec_use.h"
#include "host/description.h"
#include "host/live_field.h"

G_BEGIN_DECLS

typedef struct {
    const struct torpor_population *listed; /* of the description (not owned) */
    const struct torpor_type *type;         /* (not owned) */
    const struct torpor_codec *codec;       /* NULL: saved by its fields (not owned) */
    GPtrArray *live_fields;                 /* TorporLiveField; empty with a codec */
    GPtrArray *codec_uses; /* TorporCodecUse: of the codec, else of nested types that have one */
    const TorporLiveField *key_field; /* names its objects on every rank; NULL: none (not owned) */
    TorporAddresses *addresses;       /* made by the first reference that needs them */
} TorporPopulation;

typedef struct {
    const TorporHost *host; /* (not owned) */
    GPtrArray *in_order;    /* TorporPopulation */
    GHashTable *by_path;    /* (values not owned) */
} TorporPopulations;

/* All populations of a description, which must live as long, every address and size checked. Errors
 * name the population: TORPOR_STATUS_REFUSED for a type that cannot be saved exactly, _NOT_FOUND
 * for one that is not declared, _EXISTS for a path that is taken, and those of
 * torpor_live_fields_new.
 */
TorporPopulations *torpor_populations_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                          const TorporDescription *description, GError **error);
void torpor_populations_free(TorporPopulations *populations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporPopulations, torpor_populations_free)

/* The *n keys of its objects, or those along the axis (transfer full). It has a key_field. */
guint64 *torpor_population_keys(const TorporPopulation *population, guint64 *n, GError **error);
TorporPopulation *torpor_populations_find(const TorporPopulations *populations, const char *path);

G_END_DECLS

#endif
