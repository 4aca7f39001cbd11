#include "rng.h"

#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u
#define N_ROUNDS 10

void
philox_seed(struct philox *generator, uint64_t seed, uint32_t stream)
{
    *generator = (struct philox){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .stream = stream};
}

void
philox_advance(struct philox *generator)
{
    if (++generator->draw[0] == 0)
        generator->draw[1]++;
}

void
philox_block(const struct philox *generator, uint32_t block, uint32_t out[4])
{
    uint32_t c0 = generator->draw[0], c1 = generator->draw[1];
    uint32_t c2 = generator->block + block, c3 = generator->stream;
    uint32_t k0 = generator->key[0], k1 = generator->key[1];
    for (int round = 0; round < N_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0, p1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void
philox_blocks(const struct philox *generator, uint32_t first, uint32_t out[4][PHILOX_LANES])
{
    uint32_t *c0 = out[0], *c1 = out[1], *c2 = out[2], *c3 = out[3];
    uint32_t k0 = generator->key[0], k1 = generator->key[1];
    for (uint32_t i = 0; i < PHILOX_LANES; i++) {
        c0[i] = generator->draw[0];
        c1[i] = generator->draw[1];
        c2[i] = generator->block + first + i;
        c3[i] = generator->stream;
    }
    for (int round = 0; round < N_ROUNDS; round++) {
        for (uint32_t i = 0; i < PHILOX_LANES; i++) {
            uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0[i], p1 = (uint64_t)MULTIPLIER_1 * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c1[i] = (uint32_t)p1;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c3[i] = (uint32_t)p0;
        }
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
}

void
poisson_set_mean(struct poisson *poisson, double mean)
{
    double probability = exp_minus(mean), cumulative = probability;
    poisson->n_thresholds = 0;
    for (uint32_t count = 0; count < POISSON_MAX_COUNT; count++) {
        double threshold = cumulative * 0x1p32;
        if (threshold >= 0x1p32 - 1.0)
            return;
        poisson->threshold[poisson->n_thresholds++] = (uint32_t)threshold;
        probability *= mean / (count + 1);
        cumulative += probability;
    }
}

double
exp_minus(double x)
{
    int halvings = 0;
    while (x > 0.125) {
        x *= 0.5;
        halvings++;
    }
    double sum = 1.0;
    for (int n = 14; n > 0;
         n--) /* Horner's form of the series, to below one unit in the last place */
        sum = 1.0 - x / n * sum;
    while (halvings-- > 0)
        sum *= sum;
    return sum;
}
