/* All fields of a population, each as a live_field. */
#ifndef TORPOR_HOST_FIELDS_H
#define TORPOR_HOST_FIELDS_H

#include "host/catalogue.h"
#include "host/codec_use.h"
#include "host/live_field.h"

G_BEGIN_DECLS

/* Views of all fields of a population (GPtrArray of TorporLiveField, in the order of the type's
 * fields, nested types in place), its memory layout checked. Nested types that have a codec go to
 * `codec_uses` (TorporCodecUse) instead. NULL with TORPOR_STATUS_INVALID names population and
 * field. */
GPtrArray *torpor_live_fields_new(const TorporHost *host,
                                  const struct torpor_population *population,
                                  const struct torpor_type *type, const TorporCatalogue *catalogue,
                                  GPtrArray *codec_uses, GError **error);

G_END_DECLS

#endif
