#include "base/xxh3.h"

#include "base/xxh3_avx2.h"

guint64
torpor_xxh3(const void *bytes, gsize length)
{
    return TORPOR_HAS_AVX2 ? torpor_xxh3_avx2(bytes, length) : XXH3_64bits(bytes, length);
}

void
torpor_xxh3_update(XXH3_state_t *state, const void *bytes, gsize length)
{
    if (TORPOR_HAS_AVX2)
        torpor_xxh3_update_avx2(state, bytes, length);
    else
        (void)XXH3_64bits_update(state, bytes, length);
}
