#include "base/text_hash.h"

#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

/* Not from GLib's generator: the host may draw from it. */
static guint64
hash_seed(void)
{
    static gsize seed;
    if (g_once_init_enter(&seed)) {
        gsize drawn = 0;
        if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != sizeof drawn)
            drawn = (gsize)g_get_monotonic_time();
        g_once_init_leave(&seed, drawn | 1);
    }
    return seed;
}

guint64
torpor_bytes_hash(const void *bytes, gsize length)
{
    return XXH3_64bits_withSeed(bytes, length, hash_seed());
}

guint
torpor_text_hash(gconstpointer text)
{
    return (guint)torpor_bytes_hash(text, strlen(text));
}
