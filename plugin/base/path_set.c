#include "base/path_set.h"

#include <string.h>

/* Sorted so that all that lies below a path follows it at once. So one that a path lies in is the
 * last one before it, or above that. */
struct _TorporPathSet {
    GPtrArray *paths; /* of char */
    guint *above;     /* of each path, the number of the innermost one that it lies in, plus 1 */
};

gboolean
torpor_path_lies_in(const char *path, const char *place)
{
    gsize length = strlen(place);
    return strncmp(path, place, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* '/' comes before all other characters. */
static gint
order_of(char c)
{
    return c == '\0' ? 0 : c == '/' ? 1 : 2 + (guchar)c;
}

static gint
compare(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return order_of(*a) - order_of(*b);
}

static gint
compare_paths(gconstpointer a, gconstpointer b)
{
    return compare(*(const char *const *)a, *(const char *const *)b);
}

static const char *
path_at(const TorporPathSet *set, guint number)
{
    return set->paths->pdata[number - 1];
}

/* The innermost that `path` lies in, from this one on up; 0: none. */
static guint
climb(const TorporPathSet *set, guint number, const char *path)
{
    while (number > 0 && !torpor_path_lies_in(path, path_at(set, number)))
        number = set->above[number - 1];
    return number;
}

TorporPathSet *
torpor_path_set_new(GPtrArray *paths)
{
    TorporPathSet *set = g_new(TorporPathSet, 1);
    set->paths = paths;
    set->above = g_new(guint, paths->len);
    g_ptr_array_sort(paths, compare_paths);
    for (guint i = 0; i < paths->len; i++)
        set->above[i] = climb(set, i, paths->pdata[i]);
    return set;
}

void
torpor_path_set_free(TorporPathSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->paths);
    g_free(set->above);
    g_free(set);
}

const char *
torpor_path_set_find(const TorporPathSet *set, const char *path)
{
    guint number = 0; /* of paths that are not after it */
    for (guint end = set->paths->len; number < end;) {
        guint middle = number + (end - number) / 2;
        if (compare(set->paths->pdata[middle], path) <= 0)
            number = middle + 1;
        else
            end = middle;
    }
    number = climb(set, number, path);
    return number == 0 ? NULL : path_at(set, number);
}

const char *
torpor_path_set_find_above(const TorporPathSet *set, const char *path)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash == NULL ? NULL : g_strndup(path, (gsize)(slash - path));
    return parent == NULL ? NULL : torpor_path_set_find(set, parent);
}
