/* XXH3 for processors that have AVX2. */
#ifndef TORPOR_BASE_XXH3_AVX2_H
#define TORPOR_BASE_XXH3_AVX2_H

#include <glib.h>
#include <xxhash.h>

/* Clang does not know the pragma of xxh3_avx2.c; what it compiles goes without. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define TORPOR_HAS_AVX2 (__builtin_cpu_supports("avx2") != 0)
#else
#define TORPOR_HAS_AVX2 FALSE
#endif

G_BEGIN_DECLS

guint64 torpor_xxh3_avx2(const void *bytes, gsize length);
void torpor_xxh3_update_avx2(XXH3_state_t *state, const void *bytes, gsize length);

G_END_DECLS

#endif
