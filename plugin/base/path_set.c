#include "base/path_set.h"

#include <string.h>

/* A path of the set, and what it takes to climb from it: a long way in few jumps. */
typedef struct {
    char *path;
    gsize length;
    guint depth; /* how many it lies in, itself included */
    guint above; /* the number of the innermost other of them; 0: none */
    guint jump;  /* that of one further up, or the same */
} Place;

/* Sorted so that all that lies below a path follows it at once. So one that a path lies in is the
 * last one before it, or above that. */
struct _TorporPathSet {
    GPtrArray *paths; /* of char */
    Place *places;    /* of the same, from 1 on: number 0 is none */
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

/* How long the beginning is that two paths have in common, by whole keys; -1: not one. */
static gssize
common_length(const char *a, const char *b)
{
    gssize common = -1;
    for (gssize i = 0;; i++) {
        gboolean is_end = (a[i] == '\0' || a[i] == '/') && (b[i] == '\0' || b[i] == '/');
        common = is_end ? i : common;
        if (a[i] != b[i] || a[i] == '\0')
            return common;
    }
}

/* The innermost that `path` lies in: this one, which comes before it, or one above that; 0: none.
 * Those are as long as what the two have in common, or shorter. */
static guint
climb(const TorporPathSet *set, guint number, const char *path)
{
    if (number == 0)
        return 0;
    const Place *places = set->places;
    gssize most = common_length(path, places[number].path);
    while (number > 0 && (gssize)places[number].length > most) {
        guint jump = places[number].jump;
        number = jump > 0 && (gssize)places[jump].length > most ? jump : places[number].above;
    }
    return number;
}

/* Jumps are as long as those of "skew-binary" lists (Myers 1983): there and back in log n. */
static guint
jump_of(const Place *places, guint above)
{
    guint first = places[above].jump, second = places[first].jump;
    gboolean is_even =
        places[above].depth - places[first].depth == places[first].depth - places[second].depth;
    return is_even ? second : above;
}

TorporPathSet *
torpor_path_set_new(GPtrArray *paths)
{
    TorporPathSet *set = g_new(TorporPathSet, 1);
    set->paths = paths;
    set->places = g_new0(Place, paths->len + 1);
    g_ptr_array_sort(paths, compare_paths);
    for (guint i = 1; i <= paths->len; i++) {
        char *path = paths->pdata[i - 1];
        guint above = climb(set, i - 1, path);
        set->places[i] = (Place){.path = path,
                                 .length = strlen(path),
                                 .depth = set->places[above].depth + 1,
                                 .above = above,
                                 .jump = jump_of(set->places, above)};
    }
    return set;
}

void
torpor_path_set_free(TorporPathSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->paths);
    g_free(set->places);
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
    return set->places[number].path;
}

const char *
torpor_path_set_find_above(const TorporPathSet *set, const char *path)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash == NULL ? NULL : g_strndup(path, (gsize)(slash - path));
    return parent == NULL ? NULL : torpor_path_set_find(set, parent);
}
