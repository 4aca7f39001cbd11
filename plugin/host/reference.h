/* Converts references between objects: in memory they are addresses or indices, in a file indices
 * of the population that they point into, the target. */
#ifndef TORPOR_HOST_REFERENCE_H
#define TORPOR_HOST_REFERENCE_H

#include "host/population.h"

G_BEGIN_DECLS

/* The population that a REFERENCE live_field points into. TORPOR_STATUS_NOT_FOUND if it is not
 * listed, _INVALID if its objects have no addresses but the field is POINTER. */
TorporPopulation *torpor_reference_target(const TorporPopulations *populations,
                                          const TorporLiveField *live_field, GError **error);

/* Index the target's objects by address, once, before torpor_reference_to_indices. */
gboolean torpor_reference_prepare(const TorporLiveField *live_field, TorporPopulation *target,
                                  GError **error);

/* May several threads look up references to it? TRUE for NULL, a field without a target. */
gboolean torpor_reference_is_shareable(const TorporPopulation *target);

/* In place, n values (each 8 bytes, indices of UINT32 4) beginning with value `first` of the
 * column: addresses become indices. NULL becomes TORPOR_NO_OBJECT; an address outside the target,
 * or not at the start of an object, is TORPOR_STATUS_REFUSED naming field and object. Indices are
 * checked only. threads: any that torpor_reference_is_shareable allows. */
gboolean torpor_reference_to_indices(const TorporLiveField *live_field,
                                     const TorporPopulation *target, guint64 first, guint64 n,
                                     void *values, GError **error);

/* Are these indices of the target's objects? TORPOR_STATUS_MISMATCH names field and object. */
gboolean torpor_reference_check(const TorporLiveField *live_field, const TorporPopulation *target,
                                guint64 first, guint64 n, const void *values, GError **error);
/* In place: checked indices become addresses, where the field is POINTER. */
void torpor_reference_to_addresses(const TorporLiveField *live_field,
                                   const TorporPopulation *target, guint64 n, void *values);

G_END_DECLS

#endif
