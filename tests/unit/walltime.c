#include "session/walltime.h"

static void
test_daly(void)
{
    /* 1 min saves, one failure a day: Young 169.7 min... in seconds sqrt(2*60*86400) = 3219.9 */
    double interval = torpor_daly_interval(60, 86400);
    g_assert_cmpfloat_with_epsilon(interval, 3219.94 * (1 + 0.018634 / 3 + 0.00034722 / 9) - 60,
                                   0.1);
    g_assert_cmpfloat(torpor_daly_interval(1e-6, 86400), ==, 1);
    g_assert_cmpfloat(torpor_daly_interval(100, 10), ==, 1000);
}

static void
test_cost(void)
{
    TorporSaveCost cost = {0};
    torpor_save_cost_add(&cost, 1);
    torpor_save_cost_add(&cost, 3);
    torpor_save_cost_add(&cost, 2);
    g_assert_cmpuint(cost.n_saves, ==, 3);
    g_assert_cmpfloat(cost.newest, ==, 2);
    g_assert_cmpfloat(cost.largest, ==, 3);
    g_assert_cmpfloat(cost.mean, ==, 2);
}

static void
test_margin(void)
{
    TorporSaveCost none = {0};
    TorporSaveCost seen = {0};
    torpor_save_cost_add(&seen, 4);
    g_assert_cmpfloat(torpor_stop_margin(&none, 3600), ==, 30);
    g_assert_cmpfloat(torpor_stop_margin(&none, 10), ==, 1);
    g_assert_cmpfloat(torpor_stop_margin(&seen, 3600), ==, 30);
    g_assert_cmpfloat(torpor_stop_margin(&seen, 1000), ==, 12);
    g_assert_cmpfloat(torpor_stop_margin(&seen, 5), ==, 5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/walltime/daly/published-formula", test_daly);
    g_test_add_func("/walltime/cost/running-figures", test_cost);
    g_test_add_func("/walltime/margin/covers-save-and-step", test_margin);
    return g_test_run();
}
