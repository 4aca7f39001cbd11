/* rng.h: counter-based random numbers, Philox4x32-10 (Salmon et al., SC 2011).
 *
 * A block of four 32-bit words is a pure function of (key, counter), so any thread can compute the
 * words of any neuron at any step. A generator only remembers how many steps it has drawn for.
 */
#ifndef DEMO_RNG_H
#define DEMO_RNG_H

#include <stdint.h>

#define PHILOX_ALGORITHM "philox4x32-10"
#define PHILOX_LANES 16 /* blocks computed at once, for the sake of SIMD */

/* The whole state, as it is saved: 24 bytes. */
struct philox {
    uint32_t key[2];
    uint32_t draw[2]; /* counter words 0, 1: number of calls of philox_advance */
    uint32_t block;   /* counter word 2: of the first neuron; 0 */
    uint32_t stream;  /* counter word 3: what the numbers are for */
};

void philox_seed(struct philox *generator, uint64_t seed, uint32_t stream);

/* Go to the next draw: all blocks are new. */
void philox_advance(struct philox *generator);

/* Block `block` of the current draw. threads: any. */
void philox_block(const struct philox *generator, uint32_t block, uint32_t out[4]);

/* Blocks [first, first + PHILOX_LANES), word-major: word w of block first + i is out[w][i]. The
 * words are those of philox_block. threads: any. */
void philox_blocks(const struct philox *generator, uint32_t first, uint32_t out[4][PHILOX_LANES]);

/* Uniform in [0, n) from one word. */
static inline uint32_t
philox_below(uint32_t word, uint32_t n)
{
    return (uint32_t)(((uint64_t)word * n) >> 32);
}

#define POISSON_MAX_MEAN 16.0
#define POISSON_MAX_COUNT 64

/* Poisson counts by inversion: a word's count is the number of thresholds that it reaches. */
struct poisson {
    uint32_t n_thresholds;
    uint32_t threshold[POISSON_MAX_COUNT];
};

/* mean in (0, POISSON_MAX_MEAN]. */
void poisson_set_mean(struct poisson *poisson, double mean);

static inline uint32_t
poisson_count(const struct poisson *poisson, uint32_t word)
{
    uint32_t count = 0;
    while (count < poisson->n_thresholds && word >= poisson->threshold[count])
        count++;
    return count;
}

/* exp(-x) for x >= 0 in plain arithmetic: the same bits whatever libm the machine has. */
double exp_minus(double x);

#endif
