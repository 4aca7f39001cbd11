#include "checkpoint/origin_difference.h"

#include <string.h>

#include "base/path_set.h"
#include "host/section_names.h"

void
torpor_origin_difference_free(TorporOriginDifference *difference)
{
    if (difference == NULL)
        return;
    g_ptr_array_unref(difference->set_by_user);
    g_ptr_array_unref(difference->initial);
    g_ptr_array_unref(difference->other_version);
    g_ptr_array_unref(difference->dealt_otherwise);
    g_free(difference);
}

/* Path of the population that "layout/<path>/<what>" is of, whose key in the layout is one word;
 * NULL for another path. */
static char *
population_of(const char *path, const char *what)
{
    g_autofree char *end = g_strdup_printf("/%s", what);
    if (!g_str_has_prefix(path, TORPOR_SECTION_LAYOUT "/") || !g_str_has_suffix(path, end))
        return NULL;
    const char *key = path + strlen(TORPOR_SECTION_LAYOUT "/");
    g_autoptr(GString) population = g_string_new_len(key, (gssize)(strlen(key) - strlen(end)));
    g_string_replace(population, "~1", "/", 0);
    return g_string_free(g_steal_pointer(&population), FALSE);
}

/* For people: populations are what models consist of, so the name of their section is left out. */
static char *
name_of(const char *path, const char *what)
{
    g_autofree char *population = population_of(path, TORPOR_KEY_COUNT);
    if (population != NULL)
        return g_strdup_printf("the number of %s%s", population, what);
    gboolean is_column = g_str_has_prefix(path, TORPOR_SECTION_POPULATIONS "/");
    return g_strconcat(path + (is_column ? strlen(TORPOR_SECTION_POPULATIONS "/") : 0), what, NULL);
}

/* Is the path in one of these populations, or of their number? */
static gboolean
lies_in(const TorporPathSet *populations, const char *path)
{
    g_autofree char *counted = population_of(path, TORPOR_KEY_COUNT);
    if (counted != NULL)
        return g_strcmp0(torpor_path_set_find(populations, counted), counted) == 0;
    gsize section = strlen(TORPOR_SECTION_POPULATIONS "/");
    return g_str_has_prefix(path, TORPOR_SECTION_POPULATIONS "/") &&
           torpor_path_set_find_above(populations, path + section) != NULL;
}

/* Populations of types that have got other versions, by which a migration leads. */
static void
find_other_versions(TorporOriginDifference *difference, const TorporOrigin *then, guint run_then,
                    const TorporOrigin *now, guint run_now)
{
    for (guint i = 0; i < torpor_origin_n_paths(then); i++) {
        guint8 flags;
        const char *path = torpor_origin_path(then, i, &flags);
        guint64 before = torpor_origin_digest(then, run_then, path);
        guint64 live = torpor_origin_digest(now, run_now, path);
        if ((flags & TORPOR_DIGEST_VERSION) == 0 || before == live || before == 0 || live == 0)
            continue;
        char *population = population_of(path, TORPOR_KEY_VERSION);
        if (population != NULL)
            g_ptr_array_add(difference->other_version, population);
    }
}

/* The population whose key has this path; NULL: it is no key. Transfer full. */
static char *
population_of_key(const char *path, guint8 flags)
{
    gsize section = strlen(TORPOR_SECTION_POPULATIONS "/");
    const char *field = strrchr(path, '/');
    return (flags & TORPOR_DIGEST_KEY) != 0 && field != NULL && field > path + section
               ? g_strndup(path + section, (gsize)(field - path) - section)
               : NULL;
}

/* Populations whose keys, which one side has, differ when the first run began. */
static void
find_dealt_otherwise(TorporOriginDifference *difference, const TorporOrigin *with_keys,
                     const TorporOrigin *then, const TorporOrigin *now)
{
    for (guint i = 0; i < torpor_origin_n_paths(with_keys); i++) {
        guint8 flags;
        const char *path = torpor_origin_path(with_keys, i, &flags);
        char *population = population_of_key(path, flags);
        if (population != NULL &&
            torpor_origin_digest(then, 0, path) != torpor_origin_digest(now, 0, path))
            g_ptr_array_add(difference->dealt_otherwise, population);
        else
            g_free(population);
    }
}

TorporOrigin *
torpor_origin_without_keys(const TorporOrigin *origin, guint run)
{
    guint64 step;
    guint8 flags;
    if (!torpor_origin_has_run(origin, 0, NULL) || !torpor_origin_has_run(origin, run, &step))
        return NULL;
    GPtrArray *with_keys = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < torpor_origin_n_paths(origin); i++) {
        const char *path = torpor_origin_path(origin, i, &flags);
        char *population = population_of_key(path, flags);
        if (population != NULL)
            g_ptr_array_add(with_keys, population);
    }
    g_autoptr(TorporPathSet) left_out = torpor_path_set_new(with_keys);
    TorporOrigin *rest = torpor_origin_new();
    torpor_origin_begin_run(rest, run, step);
    for (guint i = 0; i < torpor_origin_n_paths(origin); i++) {
        const char *path = torpor_origin_path(origin, i, &flags);
        guint64 digest = torpor_origin_digest(origin, run, path);
        if (digest != 0 && ((flags & TORPOR_DIGEST_VERSION) != 0 || !lies_in(left_out, path)))
            torpor_origin_add(rest, run, path, flags, digest);
    }
    return rest;
}

/* What is compared, and the populations that are not. */
typedef struct {
    const TorporOrigin *then;
    guint run_then;
    const TorporOrigin *now;
    guint run_now;
    gboolean only_common;
    TorporPathSet *left_out;
} Comparison;

static TorporPathSet *
left_out_of(const TorporOriginDifference *difference)
{
    GPtrArray *populations = g_ptr_array_new();
    g_ptr_array_extend(populations, difference->other_version, NULL, NULL);
    g_ptr_array_extend(populations, difference->dealt_otherwise, NULL, NULL);
    return torpor_path_set_new(populations);
}

static void
note_difference(TorporOriginDifference *difference, const Comparison *comparison, const char *path,
                guint8 flags, guint64 before, guint64 live)
{
    if (before == live || (flags & TORPOR_DIGEST_VERSION) != 0 ||
        lies_in(comparison->left_out, path))
        return;
    gboolean is_on_one_side = before == 0 || live == 0;
    gboolean is_set = (flags & TORPOR_DIGEST_SET_BY_USER) != 0 &&
                      !(is_on_one_side && (flags & TORPOR_DIGEST_OPTIONAL) != 0);
    char *name = name_of(path, before == 0 ? " (new)" : live == 0 ? " (missing)" : "");
    g_ptr_array_add(is_set ? difference->set_by_user : difference->initial, name);
}

static gboolean
is_of_generators(const char *path)
{
    return g_str_has_prefix(path, TORPOR_SECTION_GENERATORS "/");
}

/* Of generators, or of all else. The live model's flags count where it has the path: the program
 * may have been improved. */
static void
note_differences(TorporOriginDifference *difference, const Comparison *comparison,
                 gboolean of_generators)
{
    const TorporOrigin *then = comparison->then, *now = comparison->now;
    guint8 flags;
    for (guint i = 0; i < torpor_origin_n_paths(now); i++) {
        const char *path = torpor_origin_path(now, i, &flags);
        if (is_of_generators(path) != of_generators)
            continue;
        guint64 before = torpor_origin_digest(then, comparison->run_then, path);
        guint64 live = torpor_origin_digest(now, comparison->run_now, path);
        if (!comparison->only_common || (before != 0 && live != 0))
            note_difference(difference, comparison, path, flags, before, live);
    }
    for (guint i = 0; i < torpor_origin_n_paths(then) && !comparison->only_common; i++) {
        const char *path = torpor_origin_path(then, i, &flags);
        if (is_of_generators(path) == of_generators &&
            torpor_origin_digest(now, comparison->run_now, path) == 0)
            note_difference(difference, comparison, path, flags,
                            torpor_origin_digest(then, comparison->run_then, path), 0);
    }
}

TorporOriginDifference *
torpor_origin_compare(const TorporOrigin *then, guint run_then, const TorporOrigin *now,
                      guint run_now, gboolean only_common)
{
    TorporOriginDifference *difference = g_new(TorporOriginDifference, 1);
    difference->set_by_user = g_ptr_array_new_with_free_func(g_free);
    difference->initial = g_ptr_array_new_with_free_func(g_free);
    difference->other_version = g_ptr_array_new_with_free_func(g_free);
    difference->dealt_otherwise = g_ptr_array_new_with_free_func(g_free);
    find_dealt_otherwise(difference, then, then, now);
    find_dealt_otherwise(difference, now, then, now);
    find_other_versions(difference, then, run_then, now, run_now);
    g_autoptr(TorporPathSet) left_out = left_out_of(difference);
    const Comparison comparison = {then, run_then, now, run_now, only_common, left_out};
    /* Generators differ because a seed does, which comes first: it is what the user has set. */
    note_differences(difference, &comparison, FALSE);
    note_differences(difference, &comparison, TRUE);
    return difference;
}
