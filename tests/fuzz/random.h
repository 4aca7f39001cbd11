/* Random numbers of a mutator. (A GRand is seeded with 2.5 KiB: that takes longer than a mutation.)
 */
#ifndef TORPOR_FUZZ_RANDOM_H
#define TORPOR_FUZZ_RANDOM_H

#include <glib.h>

G_BEGIN_DECLS

/* Any state is a seed. */
typedef struct {
    guint64 state;
} FuzzRandom;

/* SplitMix64, the upper half. */
static inline guint32
fuzz_random(FuzzRandom *random)
{
    guint64 z = random->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return (guint32)((z ^ z >> 31) >> 32);
}

static inline gboolean
fuzz_random_boolean(FuzzRandom *random)
{
    return fuzz_random(random) % 2 == 1;
}

G_END_DECLS

#endif
