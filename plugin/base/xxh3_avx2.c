/* All functions of this file, those of xxhash.h included, are compiled for AVX2. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#pragma GCC target("avx2")
#endif
#include "base/xxh3_avx2.h"

guint64
torpor_xxh3_avx2(const void *bytes, gsize length)
{
    return XXH3_64bits(bytes, length);
}

void
torpor_xxh3_update_avx2(XXH3_state_t *state, const void *bytes, gsize length)
{
    (void)XXH3_64bits_update(state, bytes, length);
}
