#include "checkpoint/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/held_file.h"
#include "file/durable_name.h"
#include "host/section_names.h"

/* An output that this run holds. */
typedef struct {
    guint64 device;
    guint64 inode;
    TorporHeldFile *file;
} Held;

struct _TorporOutputs {
    GHashTable *digests; /* path -> TorporOutputDigest */
    GHashTable *held;    /* path -> Held */
    TorporOutputPlaces *places;
    gboolean are_held;
};

static void
held_free(gpointer data)
{
    Held *held = data;
    torpor_held_file_free(held->file);
    g_free(held);
}

TorporOutputs *
torpor_outputs_new(void)
{
    TorporOutputs *outputs = g_new0(TorporOutputs, 1);
    outputs->digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)torpor_output_digest_free);
    outputs->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, held_free);
    outputs->places = torpor_output_places_new();
    return outputs;
}

void
torpor_outputs_free(TorporOutputs *outputs)
{
    if (outputs == NULL)
        return;
    g_hash_table_unref(outputs->held);
    g_hash_table_unref(outputs->digests);
    torpor_output_places_free(outputs->places);
    g_free(outputs);
}

TorporOutputPlaces *
torpor_outputs_places(TorporOutputs *outputs)
{
    return outputs->places;
}

int
torpor_output_open(TorporOutputs *outputs, const char *name, int flags, struct stat *status,
                   GError **error)
{
    g_autofree char *path = torpor_output_places_find(outputs->places, name);
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        torpor_error_set_errno(error, errno, "output %s: cannot open it", name);
        return -1;
    }
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "output %s: expected a regular file, which can be rolled back", name);
    close(fd);
    return -1;
}

gboolean
torpor_output_flush(const struct torpor_output *output, GError **error)
{
    if (output->flush == NULL)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 result = output->flush(output->output_data, &failure);
    return torpor_host_result(result, &failure, error, "output %s: flush", output->path);
}

/* ---- hold ---- */

gboolean
torpor_output_check_listed(const struct torpor_output *output, GHashTable *listed, GError **error)
{
    if (!torpor_host_text_check("path of an output", output->path, error))
        return FALSE;
    if ((output->flags & ~TORPOR_OUTPUT_OPTIONAL) != 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                    "output %s: flags 0x%x are not known to this version (ABI %u.%u)", output->path,
                    output->flags, TORPOR_ABI_MAJOR, TORPOR_ABI_MINOR);
        return FALSE;
    }
    if (g_hash_table_add(listed, (gpointer)output->path))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS, "output %s: the host lists it twice",
                output->path);
    return FALSE;
}

/* Opened for writing if that is allowed, since some file systems need that for a lock. */
static int
open_to_lock(TorporOutputs *outputs, const char *name, struct stat *status, GError **error)
{
    g_autoptr(GError) failure = NULL;
    int fd = torpor_output_open(outputs, name, O_RDWR, status, &failure);
    if (fd >= 0)
        return fd;
    if (g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_INVALID)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    return torpor_output_open(outputs, name, O_RDONLY, status, error);
}

static gboolean
lock_output(int fd, const char *path, GError **error)
{
    int failure = torpor_file_try_lock(fd);
    if (failure == 0 || failure == ENOLCK)
        return TRUE;
    if (failure != EWOULDBLOCK) {
        torpor_error_set_errno(error, failure, "output %s: cannot lock it", path);
        return FALSE;
    }
    /* Some libraries lock the files that they write. */
    if (torpor_file_holder(fd) == TORPOR_HOLDER_HOST)
        return TRUE;
    int process = torpor_file_holder_process(fd);
    g_autofree char *who =
        process > 0 ? g_strdup_printf("process %d", process) : g_strdup("another run");
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_BUSY,
                "output %s: %s holds it; wait for that run, or give this one another file", path,
                who);
    return FALSE;
}

static gboolean
is_same_file(G_GNUC_UNUSED gpointer path, gpointer value, gpointer data)
{
    const Held *held = value;
    const struct stat *status = data;
    return held->device == status->st_dev && held->inode == status->st_ino;
}

/* Under this path, or under another one that the file had before. */
static gboolean
is_held_already(TorporOutputs *outputs, const char *path, struct stat *status)
{
    Held *held = g_hash_table_lookup(outputs->held, path);
    if (held != NULL && is_same_file(NULL, held, status))
        return TRUE;
    held = g_hash_table_find(outputs->held, is_same_file, status);
    if (held == NULL)
        return FALSE;
    TorporHeldFile *file = g_steal_pointer(&held->file);
    g_hash_table_foreach_remove(outputs->held, is_same_file, status);
    held = g_new(Held, 1);
    *held = (Held){status->st_dev, status->st_ino, file};
    g_hash_table_replace(outputs->held, g_strdup(path), held);
    return TRUE;
}

static gboolean
hold_output(TorporOutputs *outputs, const char *path, GError **error)
{
    struct stat status;
    g_autofree char *place = torpor_output_places_find(outputs->places, path);
    if (stat(place, &status) != 0 && errno == ENOENT)
        return TRUE; /* the host makes it later */
    int fd = open_to_lock(outputs, path, &status, error);
    if (fd < 0)
        return FALSE;
    if (is_held_already(outputs, path, &status)) {
        close(fd);
        return TRUE;
    }
    if (!lock_output(fd, path, error)) {
        close(fd);
        return FALSE;
    }
    Held *held = g_new(Held, 1);
    *held = (Held){status.st_dev, status.st_ino, torpor_held_file_new(fd)};
    g_hash_table_replace(outputs->held, g_strdup(path), held);
    return TRUE;
}

static gboolean
is_not_listed(gpointer path, gpointer held, gpointer listed)
{
    (void)held;
    return !g_hash_table_contains(listed, path);
}

gboolean
torpor_outputs_hold(TorporOutputs *outputs, const GPtrArray *described, GError **error)
{
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (!torpor_output_check_listed(output, listed, error) ||
            !hold_output(outputs, output->path, error))
            return FALSE;
    }
    g_hash_table_foreach_remove(outputs->held, is_not_listed, listed);
    torpor_output_places_keep_only(outputs->places, listed);
    outputs->are_held = TRUE;
    return TRUE;
}

gboolean
torpor_outputs_are_held(const TorporOutputs *outputs)
{
    return outputs->are_held;
}

/* ---- save ---- */

void
torpor_outputs_keep_digest(TorporOutputs *outputs, const char *path, TorporOutputDigest *digest)
{
    if (digest == NULL)
        g_hash_table_remove(outputs->digests, path);
    else
        g_hash_table_replace(outputs->digests, g_strdup(path), digest);
}

/* The digest of the file as it is now, from the table. */
static TorporOutputDigest *
digest_file(TorporOutputs *outputs, int fd, const struct stat *status, const char *path,
            GError **error)
{
    TorporOutputDigest *digest = g_hash_table_lookup(outputs->digests, path);
    if (digest == NULL || !torpor_output_digest_is_of(digest, status)) {
        digest = torpor_output_digest_new(status, error);
        if (digest == NULL)
            return NULL;
        g_hash_table_insert(outputs->digests, g_strdup(path), digest);
    }
    return torpor_output_digest_advance(digest, fd, (guint64)status->st_size, path, error) ? digest
                                                                                           : NULL;
}

static gboolean
save_output(TorporOutputs *outputs, const struct torpor_output *output, TorporTree *tree,
            TorporNode *map, GError **error)
{
    if (!torpor_output_flush(output, error))
        return FALSE;
    struct stat status;
    int fd = torpor_output_open(outputs, output->path, O_RDONLY, &status, error);
    if (fd < 0)
        return FALSE;
    const TorporOutputDigest *digest = digest_file(outputs, fd, &status, output->path, error);
    close(fd);
    if (digest == NULL)
        return FALSE;
    TorporNode *entry = torpor_map_put_map(tree, map, output->path);
    torpor_map_put_uint(tree, entry, TORPOR_KEY_BYTE_LENGTH, torpor_output_digest_length(digest));
    torpor_map_put_uint(tree, entry, TORPOR_KEY_XXH3, torpor_output_digest_hash(digest));
    return TRUE;
}

gboolean
torpor_outputs_save(TorporOutputs *outputs, const GPtrArray *described, TorporTree *tree,
                    GError **error)
{
    if (!torpor_outputs_hold(outputs, described, error))
        return FALSE;
    if (described->len == 0)
        return TRUE;
    TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), TORPOR_SECTION_OUTPUTS);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (!save_output(outputs, output, tree, map, error))
            return FALSE;
    }
    return TRUE;
}

GPtrArray *
torpor_outputs_paths(TorporOutputs *outputs, const GPtrArray *described)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        g_ptr_array_add(paths, torpor_output_places_find(outputs->places, output->path));
    }
    return paths;
}

gboolean
torpor_outputs_fsync(const GPtrArray *paths, GError **error)
{
    g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) != 0) {
            torpor_error_set_errno(error, errno, "output %s: fsync", path);
            if (fd >= 0)
                close(fd);
            return FALSE;
        }
        close(fd);
        /* One sync of a folder is for all the names in it. */
        if (g_hash_table_add(folders, g_path_get_dirname(path)) &&
            !torpor_durable_name(path, error))
            return FALSE;
    }
    return TRUE;
}
