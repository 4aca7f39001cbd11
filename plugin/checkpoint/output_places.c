#include "checkpoint/output_places.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text_hash.h"

/* A working directory, open, so that it is found where it is moved to. */
typedef struct {
    int fd; /* -1: it cannot be opened */
    guint64 device;
    guint64 inode;
    char *path; /* when it was opened */
} Base;

struct _TorporOutputPlaces {
    GPtrArray *bases;    /* Base: few */
    GHashTable *by_name; /* relative name -> Base (not owned) */
};

static void
base_free(gpointer data)
{
    Base *base = data;
    if (base->fd >= 0)
        close(base->fd);
    g_free(base->path);
    g_free(base);
}

TorporOutputPlaces *
torpor_output_places_new(void)
{
    TorporOutputPlaces *places = g_new(TorporOutputPlaces, 1);
    places->bases = g_ptr_array_new_with_free_func(base_free);
    places->by_name = g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, NULL);
    return places;
}

void
torpor_output_places_free(TorporOutputPlaces *places)
{
    if (places == NULL)
        return;
    g_hash_table_unref(places->by_name);
    g_ptr_array_unref(places->bases);
    g_free(places);
}

static gboolean
is_base(const Base *base, const struct stat *status)
{
    return base->device == (guint64)status->st_dev && base->inode == (guint64)status->st_ino;
}

/* The working directory of now. */
static Base *
current_base(TorporOutputPlaces *places)
{
    struct stat status = {0};
    (void)stat(".", &status);
    for (guint i = 0; i < places->bases->len; i++)
        if (is_base(places->bases->pdata[i], &status))
            return places->bases->pdata[i];
    Base *base = g_new(Base, 1);
    *base = (Base){open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), status.st_dev, status.st_ino,
                   g_get_current_dir()};
    g_ptr_array_add(places->bases, base);
    return base;
}

/* The kernel knows where an open directory is. */
static char *
path_of(const Base *base)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", base->fd);
    char *path = base->fd < 0 ? NULL : g_file_read_link(link, NULL);
    return path == NULL ? g_strdup(base->path) : path;
}

char *
torpor_output_places_find(TorporOutputPlaces *places, const char *name)
{
    if (g_path_is_absolute(name))
        return g_strdup(name);
    const Base *base = g_hash_table_lookup(places->by_name, name);
    if (base == NULL) {
        base = current_base(places);
        g_hash_table_insert(places->by_name, g_strdup(name), (gpointer)base);
    }
    g_autofree char *folder = path_of(base);
    /* Not canonical: with links, ".." may mean another folder. */
    return g_build_filename(folder, name, NULL);
}

static gboolean
is_not_one_of(gpointer name, G_GNUC_UNUSED gpointer base, gpointer names)
{
    return !g_hash_table_contains(names, name);
}

void
torpor_output_places_keep_only(TorporOutputPlaces *places, GHashTable *names)
{
    g_hash_table_foreach_remove(places->by_name, is_not_one_of, names);
}
