/* All fields of a population, each as a live_field. */
#ifndef TORPOR_CORE_FIELDS_H
#define TORPOR_CORE_FIELDS_H

#include "host/catalogue.h"
#include "host/live_field.h"
#include "host/part.h"

G_BEGIN_DECLS

/* Views of all fields of a population (GPtrArray of TorporLiveField, in the order of the type's
 * fields, nested types in place), its memory layout checked. Nested types that have a codec go to
 * `parts` (TorporPart) instead. NULL with TORPOR_STATUS_INVALID names population and field. */
GPtrArray *torpor_views_new(const TorporHost *host, const struct torpor_population *population,
                            const struct torpor_type *type, const TorporCatalogue *catalogue,
                            GPtrArray *parts, GError **error);

G_END_DECLS

#endif
