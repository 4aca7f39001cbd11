/* All fields of a population, each as a view. */
#ifndef TORPOR_CORE_FIELDS_H
#define TORPOR_CORE_FIELDS_H

#include "registry.h"
#include "view.h"

G_BEGIN_DECLS

/* Views of all fields of a population (GPtrArray of TorporView, in the order of the type's fields,
 * nested types in place), its memory layout checked. NULL with TORPOR_STATUS_INVALID names
 * population and field. */
GPtrArray *torpor_views_new(const TorporHost *host, const struct torpor_population *population,
                            const struct torpor_type *type, const TorporRegistry *types,
                            GError **error);

G_END_DECLS

#endif
