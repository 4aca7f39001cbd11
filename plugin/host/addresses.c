/* Open addressing over indices: the addresses themselves are the host's list. */
#include "host/addresses.h"

struct _TorporAddresses {
    const TorporHost *host;                     /* (not owned) */
    const struct torpor_population *population; /* (not owned) */
    guint shift;                                /* 64 - log2 of the number of slots */
    guint64 mask;
    guint32 *slots; /* index + 1; 0: free */
};

/* The top bits of a product spread well, even where all addresses share their low bits. */
static guint64
first_slot(const TorporAddresses *addresses, guint64 address)
{
    return (address * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)) >> addresses->shift;
}

static guint64
address_of(const TorporAddresses *addresses, guint64 index)
{
    return (guint64)(gsize)torpor_population_object(addresses->host, addresses->population, index);
}

TorporAddresses *
torpor_addresses_new(const TorporHost *host, const struct torpor_population *population,
                     GError **error)
{
    if (population->count >= G_MAXUINT32) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "populations/%s: %" G_GUINT64_FORMAT " objects are too many to be pointed to",
                    population->path, population->count);
        return NULL;
    }
    guint n_bits = g_bit_storage((gulong)population->count * 2);
    guint32 *slots = g_try_new0(guint32, (gsize)1 << n_bits);
    if (slots == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "populations/%s: no memory to find its objects by address", population->path);
        return NULL;
    }
    TorporAddresses *addresses = g_new0(TorporAddresses, 1);
    *addresses = (TorporAddresses){.host = host,
                                   .population = population,
                                   .shift = 64 - n_bits,
                                   .mask = ((guint64)1 << n_bits) - 1,
                                   .slots = slots};
    for (guint64 i = 0; i < population->count; i++) {
        guint64 address = address_of(addresses, i);
        guint64 slot = first_slot(addresses, address);
        while (address != 0 && slots[slot] != 0)
            slot = (slot + 1) & addresses->mask;
        if (address != 0)
            slots[slot] = (guint32)(i + 1);
    }
    return addresses;
}

void
torpor_addresses_free(TorporAddresses *addresses)
{
    if (addresses == NULL)
        return;
    g_free(addresses->slots);
    g_free(addresses);
}

guint64
torpor_addresses_find(const TorporAddresses *addresses, guint64 address)
{
    guint64 slot = first_slot(addresses, address);
    for (; addresses->slots[slot] != 0; slot = (slot + 1) & addresses->mask)
        if (address_of(addresses, addresses->slots[slot] - 1) == address)
            return addresses->slots[slot] - 1;
    return TORPOR_NO_OBJECT;
}
