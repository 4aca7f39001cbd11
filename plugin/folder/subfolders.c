#include "folder/subfolders.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

#define SUFFIX ".msgpack"

/* What follows the prefix, a number; NULL: something else does. */
static const char *
after_number(const char *name, const char *prefix, guint64 *number)
{
    char *end = NULL;
    if (!g_str_has_prefix(name, prefix) || !g_ascii_isdigit(name[strlen(prefix)]))
        return NULL;
    *number = g_ascii_strtoull(name + strlen(prefix), &end, 10);
    return end;
}

typedef struct {
    guint64 number;
    char *path;
} Numbered;

static void
numbered_free(gpointer data)
{
    Numbered *one = data;
    g_free(one->path);
    g_free(one);
}

static gint
compare(gconstpointer a, gconstpointer b)
{
    const Numbered *one = *(Numbered *const *)a, *other = *(Numbered *const *)b;
    if (one->number != other->number)
        return one->number < other->number ? -1 : 1;
    return strcmp(one->path, other->path);
}

typedef gboolean (*IsWanted)(const char *name, guint64 *number);

static gboolean
is_trajectory(const char *name, guint64 *number)
{
    const char *end = after_number(name, "run-", number);
    if (end == NULL)
        end = after_number(name, "network-", number);
    return end != NULL && *end == '\0';
}

/* Shards have one word more in their names. */
static gboolean
is_end(const char *name, guint64 *number)
{
    const char *end = after_number(name, "run-", number);
    const char *dot = end == NULL || *end != '-' ? NULL : strchr(end, '.');
    return dot != NULL && strcmp(dot, SUFFIX) == 0;
}

/* Append the paths of what is wanted in the folder, by their numbers. */
static gboolean
list(GPtrArray *paths, const char *folder, IsWanted is_wanted, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(numbered_free);
    DIR *names = opendir(folder);
    if (names == NULL) {
        torpor_error_set_errno(error, errno, "cannot read folder \"%s\"", folder);
        return FALSE;
    }
    const struct dirent *entry;
    while ((entry = readdir(names)) != NULL) {
        guint64 number;
        if (!is_wanted(entry->d_name, &number))
            continue;
        Numbered *one = g_new(Numbered, 1);
        *one = (Numbered){number, g_build_filename(folder, entry->d_name, NULL)};
        g_ptr_array_add(found, one);
    }
    closedir(names);
    g_ptr_array_sort(found, compare);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(paths, g_steal_pointer(&((Numbered *)found->pdata[i])->path));
    return TRUE;
}

GPtrArray *
torpor_folder_trajectories(const char *path, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    if (!list(all, path, is_trajectory, error))
        return NULL;
    g_ptr_array_add(folders, g_strdup(path));
    for (guint i = 0; i < all->len; i++)
        if (g_file_test(all->pdata[i], G_FILE_TEST_IS_DIR))
            g_ptr_array_add(folders, g_strdup(all->pdata[i]));
    return g_steal_pointer(&folders);
}

GPtrArray *
torpor_folder_ends(const char *path, GError **error)
{
    g_autoptr(GPtrArray) ends = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = g_build_filename(path, "ends", NULL);
    if (g_file_test(folder, G_FILE_TEST_IS_DIR) && !list(ends, folder, is_end, error))
        return NULL;
    return g_steal_pointer(&ends);
}
