/* Finds the object of a population by its address, for objects that may be anywhere in memory. */
#ifndef TORPOR_HOST_ADDRESSES_H
#define TORPOR_HOST_ADDRESSES_H

#include "host/live_field.h"

G_BEGIN_DECLS

/* 8 to 16 bytes per object: a GHashTable would take three times that. */
typedef struct _TorporAddresses TorporAddresses;

/* Objects at NULL are left out. TORPOR_STATUS_NO_MEMORY; _LIMIT for 2^32 objects and more. */
TorporAddresses *torpor_addresses_new(const TorporHost *host,
                                      const struct torpor_population *population, GError **error);
void torpor_addresses_free(TorporAddresses *addresses);

/* Index of the object at exactly this address, TORPOR_NO_OBJECT if there is none. threads: any, for
 * populations other than CALLBACK. */
guint64 torpor_addresses_find(const TorporAddresses *addresses, guint64 address);

G_END_DECLS

#endif
