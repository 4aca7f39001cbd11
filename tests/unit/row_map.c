#include "checkpoint/row_map.h"

#include <string.h>

#include "base/error.h"

#define N_PARTS 4u
#define N 20000u

typedef enum { ASCENDS, DESCENDS, SHUFFLED } Order;

static void
arrange(guint64 *keys, guint64 n, Order order)
{
    for (guint64 i = 0; i < n / 2 && order == DESCENDS; i++) {
        guint64 key = keys[i];
        keys[i] = keys[n - 1 - i];
        keys[n - 1 - i] = key;
    }
    for (guint64 i = n; i > 1 && order == SHUFFLED; i--) {
        guint64 other = (guint64)g_test_rand_int_range(0, (gint32)i);
        guint64 key = keys[i - 1];
        keys[i - 1] = keys[other];
        keys[other] = key;
    }
}

/* The keys of a part; those that are wanted are multiples of 3. */
static guint64
keys_of(guint part, gboolean in_blocks, Order order, guint64 *out)
{
    guint64 n = 0;
    for (guint64 key = 0; key < N; key++)
        if ((in_blocks ? key * N_PARTS / N : key % N_PARTS) == part)
            out[n++] = key * 5;
    arrange(out, n, order);
    return n;
}

static void
check(gboolean in_blocks, Order of_parts, Order of_wanted)
{
    g_autoptr(GError) error = NULL;
    guint64 *all[N_PARTS];
    guint64 n_rows[N_PARTS];
    guint64 *wanted = g_new(guint64, N);
    guint64 n_wanted = 0;
    for (guint64 key = 0; key < N; key += 3)
        wanted[n_wanted++] = key * 5;
    arrange(wanted, n_wanted, of_wanted);
    g_autoptr(TorporRowMap) map = torpor_row_map_new(wanted, n_wanted, N_PARTS, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_PARTS; i++) {
        guint part = (i + 2) % N_PARTS;
        guint64 *keys = all[part] = g_new(guint64, N);
        guint64 n = n_rows[part] = keys_of(part, in_blocks, of_parts, keys);
        g_assert_false(torpor_row_map_is_complete(map));
        for (guint64 first = 0; first < n; first += 1000)
            g_assert_true(
                torpor_row_map_look(map, part, first, keys + first, MIN(n - first, 1000), &error));
    }
    g_assert_true(torpor_row_map_is_complete(map));
    for (guint part = 0; part < N_PARTS; part++) {
        for (guint64 row = 0; row < n_rows[part]; row++) {
            guint64 object = torpor_row_map_at(map, part, row);
            g_assert_cmpuint(object < map->n, ==, all[part][row] % 15 == 0);
            if (object < map->n)
                g_assert_cmpuint(map->keys[object], ==, all[part][row]);
        }
        g_assert_cmpuint(torpor_row_map_at(map, part, n_rows[part]), ==, map->n);
        g_free(all[part]);
    }
}

static void
test_any_order(void)
{
    for (guint i = 0; i < 18; i++)
        check(i % 2 == 1, (Order)(i / 2 % 3), (Order)(i / 6));
}

static void
test_twice(void)
{
    static const guint64 keys[] = {3, 1, 2};
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_row_map_new(g_memdup2((const guint64[]){7, 8, 7}, 24), 3, 1, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    g_clear_error(&error);
    g_autoptr(TorporRowMap) map = torpor_row_map_new(g_memdup2(keys, 24), 3, 2, &error);
    g_assert_true(torpor_row_map_look(map, 1, 0, keys, 2, &error));
    g_assert_cmpuint(torpor_row_map_missing(map), ==, 2);
    g_assert_false(torpor_row_map_look(map, 0, 0, keys + 1, 2, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "key 1 is there twice, on ranks 1 and 0"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/row-map/found/in-any-order", test_any_order);
    g_test_add_func("/row-map/refused/twice", test_twice);
    return g_test_run();
}
