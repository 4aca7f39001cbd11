/* Where the objects of a population lie. */
#ifndef TORPOR_HOST_OBJECT_LAYOUT_H
#define TORPOR_HOST_OBJECT_LAYOUT_H

#include "host/host_table.h"

G_BEGIN_DECLS

/* Address of one object; NULL where there is none (COLUMNS, ACCESSORS, a host's NULL). */
char *torpor_population_object(const TorporHost *host, const struct torpor_population *population,
                               guint64 index);

/* Does every object have an address, at least by a callback? */
gboolean torpor_population_has_objects(const struct torpor_population *population);
/* Do values of a field lie at equal distances? */
gboolean torpor_population_is_strided(const struct torpor_population *population);

G_END_DECLS

#endif
