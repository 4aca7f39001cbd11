/* Philox against the known answers of its authors' Random123 (kat_vectors), and what builds on it.
 */
#include "rng.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static void
test_known_answers(void)
{
    const struct {
        uint32_t counter[4], key[2], expected[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint32_t *c = cases[i].counter;
        struct philox philox = {.key = {cases[i].key[0], cases[i].key[1]},
                                .draw = {c[0], c[1]},
                                .block = c[2],
                                .stream = c[3]};
        uint32_t out[4];
        philox_block(&philox, 0, out);
        g_assert_cmpmem(out, sizeof out, cases[i].expected, sizeof cases[i].expected);
    }
}

static void
test_lanes(void)
{
    struct philox philox;
    philox_seed(&philox, 0x123456789abcdefu, 7);
    for (uint32_t first = 0; first < 1000; first += 333) {
        uint32_t lanes[4][PHILOX_LANES], block[4];
        philox_blocks(&philox, first, lanes);
        for (uint32_t i = 0; i < PHILOX_LANES; i++) {
            philox_block(&philox, first + i, block);
            for (int word = 0; word < 4; word++)
                g_assert_cmphex(lanes[word][i], ==, block[word]);
        }
        philox_advance(&philox);
    }
}

static void
test_advance_carries(void)
{
    struct philox philox = {.draw = {0xffffffff, 5}};
    philox_advance(&philox);
    g_assert_cmphex(philox.draw[0], ==, 0);
    g_assert_cmphex(philox.draw[1], ==, 6);
}

static void
test_poisson(void)
{
    const double means[] = {0.03, 0.5, 4.0, POISSON_MAX_MEAN};
    for (gsize m = 0; m < G_N_ELEMENTS(means); m++) {
        const uint32_t n = 400000;
        struct poisson poisson;
        struct philox philox;
        double sum = 0, square_sum = 0;
        poisson_set_mean(&poisson, means[m]);
        philox_seed(&philox, 42, 0);
        for (uint32_t i = 0; i < n / 4; i++) {
            uint32_t words[4];
            philox_block(&philox, i, words);
            for (int word = 0; word < 4; word++) {
                double count = poisson_count(&poisson, words[word]);
                sum += count;
                square_sum += count * count;
            }
        }
        double mean = sum / n, variance = square_sum / n - mean * mean;
        double tolerance = 5 * sqrt(means[m] / n);
        g_assert_cmpfloat(fabs(mean - means[m]), <, tolerance);
        g_assert_cmpfloat(fabs(variance / mean - 1.0), <, 0.02);
    }
}

static void
test_exp_minus(void)
{
    for (double x = 0.0; x < 40.0; x += 0.013)
        g_assert_cmpfloat(fabs(exp_minus(x) / exp(-x) - 1.0), <, 1e-13);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rng/philox/known-answers", test_known_answers);
    g_test_add_func("/rng/philox/lanes-equal-blocks", test_lanes);
    g_test_add_func("/rng/philox/advance-carries", test_advance_carries);
    g_test_add_func("/rng/poisson/mean-and-variance", test_poisson);
    g_test_add_func("/rng/exp-minus/equals-libm", test_exp_minus);
    return g_test_run();
}
