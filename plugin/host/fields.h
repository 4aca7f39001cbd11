/* Makes the live fields of a population from the fields of its type. */
#ifndef TORPOR_HOST_FIELDS_H
#define TORPOR_HOST_FIELDS_H

#include "host/catalogue.h"
#include "host/codec_use.h"
#include "host/live_field.h"

G_BEGIN_DECLS

/* GPtrArray of TorporLiveField, in the order of the type's fields, with those of a nested type
 * where it is. A nested type that has a codec goes to `codec_uses` (TorporCodecUse) instead. Errors
 * name population and field: TORPOR_STATUS_INVALID for a layout, shape or offset that cannot be,
 * _REFUSED, _UNIT, _LIMIT, _NO_MEMORY. */
GPtrArray *torpor_live_fields_new(const TorporHost *host,
                                  const struct torpor_population *population,
                                  const struct torpor_type *type, const TorporCatalogue *catalogue,
                                  GPtrArray *codec_uses, GError **error);

G_END_DECLS

#endif
