#include "folder/checkpoint_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define PREFIX "ckpt-"
#define SUFFIX ".msgpack"
#define N_DIGITS 16

void
torpor_checkpoint_free(TorporCheckpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    g_clear_pointer(&checkpoint->shards, g_ptr_array_unref);
    g_free(checkpoint->path);
    g_free(checkpoint);
}

char *
torpor_checkpoint_name(guint64 step)
{
    return g_strdup_printf(PREFIX "%0*" G_GUINT64_FORMAT SUFFIX, N_DIGITS, step);
}

char *
torpor_checkpoint_path(const char *folder, guint64 step)
{
    g_autofree char *name = torpor_checkpoint_name(step);
    return g_build_filename(folder, name, NULL);
}

char *
torpor_checkpoint_stem(guint64 step, gboolean again)
{
    return g_strdup_printf(PREFIX "%0*" G_GUINT64_FORMAT "%s", N_DIGITS, step,
                           again ? ".again" : "");
}

/* Exactly what torpor_checkpoint_path writes; not "ckpt-1.msgpack", nor a temp file. */
static gboolean
parse_name(const char *name, guint64 *step)
{
    if (!g_str_has_prefix(name, PREFIX) || !g_str_has_suffix(name, SUFFIX))
        return FALSE;
    const char *first = name + strlen(PREFIX);
    gssize n_digits = (gssize)(strlen(first) - strlen(SUFFIX));
    if (n_digits < N_DIGITS || (n_digits > N_DIGITS && *first == '0'))
        return FALSE;
    g_autofree char *digits = g_strndup(first, (gsize)n_digits);
    return g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64, step, NULL);
}

gboolean
torpor_checkpoint_named_step(const char *path, guint64 *step)
{
    g_autofree char *name = g_path_get_basename(path);
    return parse_name(name, step);
}

static gint
compare_newest_first(gconstpointer a, gconstpointer b)
{
    const TorporCheckpoint *one = *(TorporCheckpoint *const *)a;
    const TorporCheckpoint *other = *(TorporCheckpoint *const *)b;
    return (one->step < other->step) - (one->step > other->step);
}

static gboolean
is_folder(int folder, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

/* "ckpt-<step>.<anything>.msgpack". */
gboolean
torpor_checkpoint_shard_step(const char *name, guint64 *step)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || !g_str_has_suffix(name, SUFFIX) || strlen(dot) <= strlen(SUFFIX) ||
        strstr(dot, ".shard-") == NULL)
        return FALSE;
    g_autofree char *manifest = g_strdup_printf("%.*s" SUFFIX, (int)(dot - name), name);
    return parse_name(manifest, step);
}

static void
add_checkpoint(GPtrArray *found, const char *path, const char *name, guint64 step)
{
    TorporCheckpoint *checkpoint = g_new0(TorporCheckpoint, 1);
    checkpoint->step = step;
    checkpoint->path = g_build_filename(path, name, NULL);
    checkpoint->name = checkpoint->path + strlen(checkpoint->path) - strlen(name);
    g_ptr_array_add(found, checkpoint);
}

/* The shards of each step: guint64 -> GPtrArray of names. */
static void
add_shard(GHashTable *shards, const char *name, guint64 step)
{
    GPtrArray *names = g_hash_table_lookup(shards, &step);
    if (names == NULL) {
        names = g_ptr_array_new_with_free_func(g_free);
        guint64 *key = g_new(guint64, 1);
        *key = step;
        g_hash_table_insert(shards, key, names);
    }
    g_ptr_array_add(names, g_strdup(name));
}

/* Takes the descriptor; -1: errno says why. *orphans: the shards of no checkpoint (may be NULL). */
static GPtrArray *
list_open(int fd, const char *path, GHashTable **orphans, GError **error)
{
    g_autoptr(GHashTable) shards = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                                         (GDestroyNotify)g_ptr_array_unref);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    if (names == NULL) {
        torpor_error_set_errno(error, errno, "cannot read folder \"%s\"", path);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)torpor_checkpoint_free);
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(names)) != NULL; errno = 0) {
        guint64 step = 0;
        if (torpor_checkpoint_shard_step(entry->d_name, &step))
            add_shard(shards, entry->d_name, step);
        else if (parse_name(entry->d_name, &step) && !is_folder(fd, entry))
            add_checkpoint(found, path, entry->d_name, step);
    }
    int read_errno = errno;
    closedir(names);
    if (read_errno != 0) {
        torpor_error_set_errno(error, read_errno, "cannot read folder \"%s\"", path);
        return NULL;
    }
    g_ptr_array_sort(found, compare_newest_first);
    for (guint i = 0; i < found->len; i++) {
        TorporCheckpoint *checkpoint = found->pdata[i];
        gpointer key = NULL;
        if (g_hash_table_steal_extended(shards, &checkpoint->step, &key,
                                        (gpointer *)&checkpoint->shards))
            g_free(key);
    }
    if (orphans != NULL)
        *orphans = g_steal_pointer(&shards);
    return g_steal_pointer(&found);
}

GPtrArray *
torpor_folder_list(const char *path, GError **error)
{
    return list_open(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path, NULL, error);
}

GPtrArray *
torpor_checkpoint_list_with_orphans(int folder, const char *path, GHashTable **orphans,
                                    GError **error)
{
    /* Not a duplicate of the descriptor, which would share the place in the list. */
    return list_open(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path, orphans, error);
}

GPtrArray *
torpor_folder_list_in(int folder, const char *path, GError **error)
{
    return torpor_checkpoint_list_with_orphans(folder, path, NULL, error);
}
