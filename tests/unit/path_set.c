#include "base/path_set.h"

#include <string.h>

/* Short ones of few characters, so that many are equal, or lie in others; '!' and '-' are before
 * '/' in ASCII. Or long ones, most of which are the beginning of others. */
static char *
random_path(GRand *random, gboolean is_long)
{
    static const char characters[] = "//a!-\xe9";
    gint32 length = g_rand_int_range(random, 0, is_long ? 3 : 7);
    GString *path = g_string_new(NULL);
    for (gint32 i = is_long ? g_rand_int_range(random, 0, 60) : 0; i > 0; i--)
        g_string_append(path, "a/");
    for (gint32 i = 0; i < length; i++)
        g_string_append_c(path, characters[g_rand_int_range(random, 0, sizeof characters - 1)]);
    return g_string_free(path, FALSE);
}

static const char *
find_slowly(const GPtrArray *paths, const char *path, gboolean may_be_it)
{
    const char *innermost = NULL;
    for (guint i = 0; i < paths->len; i++) {
        const char *one = paths->pdata[i];
        gsize length = strlen(one);
        gboolean lies_in = g_str_has_prefix(path, one) &&
                           (path[length] == '/' || (may_be_it && path[length] == '\0'));
        if (lies_in && (innermost == NULL || length >= strlen(innermost)))
            innermost = one;
    }
    return innermost;
}

static void
test_random_paths(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(g_test_rand_int());
    for (guint round = 0; round < 2000; round++) {
        GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
        gboolean is_long = round % 2 == 0;
        for (gint32 n = g_rand_int_range(random, 0, 40); n > 0; n--)
            g_ptr_array_add(paths, random_path(random, is_long));
        g_autoptr(TorporPathSet) set = torpor_path_set_new(paths);
        for (guint i = 0; i < 50; i++) {
            g_autofree char *path = random_path(random, is_long);
            g_assert_cmpstr(torpor_path_set_find(set, path), ==, find_slowly(paths, path, TRUE));
            g_assert_cmpstr(torpor_path_set_find_above(set, path), ==,
                            find_slowly(paths, path, FALSE));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/path-set/random-paths", test_random_paths);
    return g_test_run();
}
