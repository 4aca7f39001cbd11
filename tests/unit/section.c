#include "checkpoint/section.h"

#include "msgpack/format.h"
#include "peak_memory.h"

static const struct torpor_host silent = {TORPOR_HOST_INIT, .name = "h", .version = "1"};

typedef struct {
    TorporTree *tree;
    TorporSection *section;
} Filled;

static void
set_up(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    filled->tree = torpor_tree_new();
    filled->section = torpor_section_new(filled->tree, "populations");
}

static void
tear_down(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    torpor_section_free(filled->section);
    torpor_tree_free(filled->tree);
}

static TorporNode *
add(Filled *filled, const char *path)
{
    g_autoptr(GError) error = NULL;
    TorporNode *map = torpor_section_add(filled->section, path, &error);
    g_assert_no_error(error);
    g_assert_true(torpor_section_find(filled->section->map, path) == map);
    return map;
}

static void
refuse(Filled *filled, const char *path, gint status, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_section_add(filled->section, path, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_cmpstr(error->message, ==, message);
}

#define TAKEN " is listed already; paths must not be equal or lie inside each other"

static void
test_taken(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    TorporNode *cells = add(filled, "nest/cells");
    add(filled, "nest/links");
    add(filled, "cells");
    torpor_map_put_map(filled->tree, cells, "V_m");
    refuse(filled, "nest/cells", TORPOR_STATUS_EXISTS,
           "populations/nest/cells: \"nest/cells\"" TAKEN);
    refuse(filled, "nest/cells/V_m/x", TORPOR_STATUS_EXISTS,
           "populations/nest/cells/V_m/x: \"nest/cells\"" TAKEN);
    refuse(filled, "nest", TORPOR_STATUS_EXISTS, "populations/nest: \"nest\"" TAKEN);
    g_assert_true(torpor_section_find(filled->section->map, "nest/cells") == cells);
    g_assert_cmpuint(cells->value.map.count, ==, 1);
}

static void
test_no_path(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const paths[] = {"", "/", "a//b", "a/", "/a"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *message = g_strdup_printf(
            "populations: \"%s\" is no path: expected names in UTF-8, separated by '/'", paths[i]);
        refuse(filled, paths[i], TORPOR_STATUS_INVALID, message);
    }
    refuse(filled, NULL, TORPOR_STATUS_INVALID,
           "populations: \"NULL\" is no path: expected names in UTF-8, separated by '/'");
    refuse(filled, "a\xff", TORPOR_STATUS_INVALID,
           "populations: \"a\\377\" is no path: expected names in UTF-8, separated by '/'");
    g_assert_null(filled->section->map->value.map.first);
}

/* "aa.../aa.../...", each level so long. */
static char *
path_of(guint n_levels, gsize length)
{
    g_autofree char *level = g_strnfill(length, 'a');
    GString *path = g_string_new(level);
    for (guint i = 1; i < n_levels; i++)
        g_string_append_printf(path, "/%s", level);
    return g_string_free(path, FALSE);
}

static void
test_levels(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *deepest = path_of(TORPOR_MAX_DEPTH, 1);
    g_autofree char *too_deep = path_of(TORPOR_MAX_DEPTH + 1, 1);
    refuse(filled, too_deep, TORPOR_STATUS_LIMIT,
           "populations: the path \"a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
           "...\" has 513 levels, and a file has no more than 512");
    g_assert_null(filled->section->map->value.map.first);
    add(filled, deepest);
}

/* The memory is in proportion to the path, not to the sum of all its beginnings. */
static void
test_long_path(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *path = path_of(TORPOR_MAX_DEPTH, 2000);
    glong before = peak_kib();
    add(filled, path);
    g_assert_cmpint(peak_kib() - before, <, 32 << 10);
}

/* What a file has beyond the entries: other levels, other entries, and a key that looks like the
 * path of one. */
static void
test_rest(Filled *filled, G_GNUC_UNUSED gconstpointer data)
{
    const TorporHost host = {&silent, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporReport) report = torpor_report_new(&host, TORPOR_MISMATCH_IGNORE);
    g_autoptr(TorporTree) file = torpor_tree_new();
    TorporNode *root = torpor_tree_root(file);
    TorporNode *nest = torpor_map_put_map(file, root, "nest");
    torpor_map_put_int(file, torpor_map_put_map(file, nest, "cells"), "more", 1);
    torpor_map_put_map(file, nest, "others");
    torpor_map_put_map(file, root, "nest/cells");
    torpor_map_put_int(file, root, "links", 1);
    add(filled, "nest/cells");
    add(filled, "links/static");
    g_assert_true(torpor_section_report_rest(filled->section, root, report, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(report->text->str, ==,
                    "populations/nest/others: expected nothing of that name, found map; the live "
                    "value is kept\n"
                    "populations/nest/cells: expected nothing of that name, found map; the live "
                    "value is kept\n");
}

static void
add_test(const char *path, void (*test)(Filled *, gconstpointer))
{
    g_test_add(path, Filled, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_test("/section/taken", test_taken);
    add_test("/section/no-path", test_no_path);
    add_test("/section/levels", test_levels);
    add_test("/section/long-path", test_long_path);
    add_test("/section/rest", test_rest);
    return g_test_run();
}
