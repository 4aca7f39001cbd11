#include "base/key_sort.h"

#define N 5000u

static int
compare(gconstpointer a, gconstpointer b, G_GNUC_UNUSED gpointer data)
{
    guint64 one = *(const guint64 *)a;
    guint64 other = *(const guint64 *)b;
    return (one > other) - (one < other);
}

/* In runs of so many numbers, which ascend or descend; 0: in no order. */
static void
fill(guint64 *keys, guint64 n, guint64 run, gboolean descends)
{
    for (guint64 i = 0; i < n; i++) {
        guint64 in_run = run == 0 ? 0 : i % run;
        guint64 place = descends ? run - 1 - in_run : in_run;
        keys[i] = run == 0 ? (guint64)g_test_rand_int_range(0, 3000)
                           : place * (n / run + 1) + i / run + (place > 3 ? G_MAXUINT64 / 2 : 0);
    }
}

static void
check(const guint64 *keys, guint64 n)
{
    g_autofree guint64 *expected = g_memdup2(keys, n * sizeof *keys);
    g_autofree guint64 *values = g_memdup2(keys, n * sizeof *keys);
    g_autofree guint64 *numbers = g_new(guint64, n + 1);
    if (n > 0)
        g_qsort_with_data(expected, (gint)n, sizeof *keys, compare, NULL);
    for (guint64 i = 0; i < n; i++)
        numbers[i] = i;
    g_assert_true(torpor_key_sort(values, n, NULL));
    g_assert_true(torpor_key_sort(numbers, n, keys));
    g_autofree guint8 *is_there = g_new0(guint8, n + 1);
    for (guint64 i = 0; i < n; i++) {
        g_assert_cmpuint(values[i], ==, expected[i]);
        g_assert_cmpuint(keys[numbers[i]], ==, expected[i]);
        g_assert_false(is_there[numbers[i]]++);
    }
}

static void
test_any_order(void)
{
    static const guint64 runs[] = {0, 1, 2, 3, 7, 100, 1250, 2500, 4999, N};
    static const guint64 counts[] = {0, 1, 2, 3, 17, N - 1, N};
    g_autofree guint64 *keys = g_new(guint64, N);
    for (guint i = 0; i < G_N_ELEMENTS(runs); i++)
        for (guint k = 0; k < 2 * G_N_ELEMENTS(counts); k++) {
            fill(keys, N, runs[i], k % 2 == 1);
            check(keys, counts[k / 2]);
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/key-sort/any-order", test_any_order);
    return g_test_run();
}
