#include "checkpoint/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/held_file.h"
#include "checkpoint/checkpoint_file.h"
#include "host/section_names.h"

#define PIECE_BYTES ((gsize)256 << 10)

/* The digest of a file: the hash of its first `length` bytes, which can be continued. */
typedef struct {
    guint64 device;
    guint64 inode;
    guint64 length;
    XXH3_state_t *state;
} Digest;

/* An output that this run holds. */
typedef struct {
    guint64 device;
    guint64 inode;
    TorporHeldFile *file;
} Held;

struct _TorporOutputs {
    GHashTable *digests; /* path -> Digest */
    GHashTable *held;    /* path -> Held */
    gboolean are_held;
};

static void
held_free(gpointer data)
{
    Held *held = data;
    torpor_held_file_free(held->file);
    g_free(held);
}

static void
digest_free(Digest *digest)
{
    if (digest == NULL)
        return;
    XXH3_freeState(digest->state);
    g_free(digest);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

static Digest *
digest_new(const struct stat *status, GError **error)
{
    g_autoptr(Digest) digest = g_new0(Digest, 1);
    digest->device = status->st_dev;
    digest->inode = status->st_ino;
    digest->state = XXH3_createState();
    if (digest->state == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a digest");
        return NULL;
    }
    XXH3_64bits_reset(digest->state);
    return g_steal_pointer(&digest);
}

TorporOutputs *
torpor_outputs_new(void)
{
    TorporOutputs *outputs = g_new0(TorporOutputs, 1);
    outputs->digests =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)digest_free);
    outputs->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, held_free);
    return outputs;
}

void
torpor_outputs_free(TorporOutputs *outputs)
{
    if (outputs == NULL)
        return;
    g_hash_table_unref(outputs->held);
    g_hash_table_unref(outputs->digests);
    g_free(outputs);
}

/* Hash the file's bytes from where the digest ends up to `length`. */
static gboolean
digest_advance(Digest *digest, int fd, guint64 length, const char *path, GError **error)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    while (digest->length < length) {
        gsize wanted = MIN(PIECE_BYTES, length - digest->length);
        ssize_t got = pread(fd, piece, wanted, (off_t)digest->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            torpor_error_set_errno(error, errno, "output %s: cannot read it", path);
            return FALSE;
        }
        if (got == 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "output %s: it ended at byte %" G_GUINT64_FORMAT " while it was being read",
                        path, digest->length);
            return FALSE;
        }
        XXH3_64bits_update(digest->state, piece, (gsize)got);
        digest->length += (guint64)got;
    }
    return TRUE;
}

static int
open_output(const char *path, int flags, struct stat *status, GError **error)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        torpor_error_set_errno(error, errno, "output %s: cannot open it", path);
        return -1;
    }
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "output %s: expected a regular file, which can be rolled back", path);
    close(fd);
    return -1;
}

/* ---- hold ---- */

static gboolean
check_listed(const struct torpor_output *output, GHashTable *listed, GError **error)
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
open_to_lock(const char *path, struct stat *status, GError **error)
{
    g_autoptr(GError) failure = NULL;
    int fd = open_output(path, O_RDWR, status, &failure);
    if (fd >= 0)
        return fd;
    if (g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_INVALID)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    return open_output(path, O_RDONLY, status, error);
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
is_held_already(TorporOutputs *outputs, const char *path, const struct stat *status)
{
    const Held *held = g_hash_table_lookup(outputs->held, path);
    return held != NULL && held->device == status->st_dev && held->inode == status->st_ino;
}

static gboolean
hold_output(TorporOutputs *outputs, const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0 && errno == ENOENT)
        return TRUE; /* the host makes it later */
    int fd = open_to_lock(path, &status, error);
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
        if (!check_listed(output, listed, error) || !hold_output(outputs, output->path, error))
            return FALSE;
    }
    g_hash_table_foreach_remove(outputs->held, is_not_listed, listed);
    outputs->are_held = TRUE;
    return TRUE;
}

gboolean
torpor_outputs_are_held(const TorporOutputs *outputs)
{
    return outputs->are_held;
}

/* ---- save ---- */

/* The digest of the file as it is now, from the table. */
static Digest *
digest_file(TorporOutputs *outputs, int fd, const struct stat *status, const char *path,
            GError **error)
{
    Digest *digest = g_hash_table_lookup(outputs->digests, path);
    /* The host replaced or cut the file: its digest starts again. */
    gboolean is_same = digest != NULL && digest->device == status->st_dev &&
                       digest->inode == status->st_ino &&
                       digest->length <= (guint64)status->st_size;
    if (!is_same) {
        digest = digest_new(status, error);
        if (digest == NULL)
            return NULL;
        g_hash_table_insert(outputs->digests, g_strdup(path), digest);
    }
    return digest_advance(digest, fd, (guint64)status->st_size, path, error) ? digest : NULL;
}

static gboolean
save_output(TorporOutputs *outputs, const struct torpor_output *output, TorporTree *tree,
            TorporNode *map, GError **error)
{
    if (output->flush != NULL) {
        struct torpor_error failure = torpor_host_error_new();
        gint32 result = output->flush(output->output_data, &failure);
        if (!torpor_host_result(result, &failure, error, "output %s: flush", output->path))
            return FALSE;
    }
    struct stat status;
    int fd = open_output(output->path, O_RDONLY, &status, error);
    if (fd < 0)
        return FALSE;
    const Digest *digest = digest_file(outputs, fd, &status, output->path, error);
    close(fd);
    if (digest == NULL)
        return FALSE;
    TorporNode *entry = torpor_map_put_map(tree, map, output->path);
    torpor_map_put_uint(tree, entry, TORPOR_KEY_BYTE_LENGTH, digest->length);
    torpor_map_put_uint(tree, entry, TORPOR_KEY_XXH3, XXH3_64bits_digest(digest->state));
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
torpor_outputs_paths(TorporTree *tree)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const TorporNode *map = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_OUTPUTS);
    if (map == NULL)
        return paths;
    for (const TorporNode *output = map->value.map.first; output != NULL; output = output->next)
        g_ptr_array_add(paths, g_canonicalize_filename(output->key, NULL));
    return paths;
}

gboolean
torpor_outputs_fsync(const GPtrArray *paths, GError **error)
{
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
    }
    return TRUE;
}

/* ---- restore ---- */

typedef struct {
    const struct torpor_output *output; /* of the description (not owned) */
    int fd;
    guint64 length;
    Digest *digest;
} Verified;

struct _TorporRollback {
    GPtrArray *verified;
};

static void
verified_free(gpointer data)
{
    Verified *verified = data;
    if (verified->fd >= 0)
        close(verified->fd);
    digest_free(verified->digest);
    g_free(verified);
}

void
torpor_rollback_free(TorporRollback *rollback)
{
    if (rollback == NULL)
        return;
    g_ptr_array_unref(rollback->verified);
    g_free(rollback);
}

static gboolean
verify_output(TorporRollback *rollback, const struct torpor_output *output, guint64 length,
              guint64 hash, GError **error)
{
    struct stat status;
    int fd = open_output(output->path, O_RDWR, &status, error);
    if (fd < 0) {
        g_prefix_error(error, "the checkpoint cannot be resumed without its output: ");
        return FALSE;
    }
    Verified *verified = g_new0(Verified, 1);
    *verified = (Verified){.output = output, .fd = fd, .length = length};
    g_ptr_array_add(rollback->verified, verified);
    if ((guint64)status.st_size < length) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "output %s: expected at least the %" G_GUINT64_FORMAT
                    " bytes of the checkpoint, found %" G_GUINT64_FORMAT
                    "; put the file back, or resume=never to start afresh",
                    output->path, length, (guint64)status.st_size);
        return FALSE;
    }
    verified->digest = digest_new(&status, error);
    if (verified->digest == NULL ||
        !digest_advance(verified->digest, fd, length, output->path, error))
        return FALSE;
    if (XXH3_64bits_digest(verified->digest->state) == hash)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "output %s: its first %" G_GUINT64_FORMAT
                " bytes are no longer those of the checkpoint; put the file back, or "
                "resume=never to start afresh",
                output->path, length);
    return FALSE;
}

/* Report the outputs of the checkpoint that the host no longer lists. */
static gboolean
check_forgotten(const TorporNode *map, GHashTable *listed, TorporReport *report, GError **error)
{
    if (map == NULL || map->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *entry = map->value.map.first; entry != NULL; entry = entry->next) {
        if (g_hash_table_contains(listed, entry->key))
            continue;
        g_autofree char *path = g_strdup_printf(TORPOR_SECTION_OUTPUTS "/%s", entry->key);
        if (!torpor_report_mismatch(report, TORPOR_STATUS_MISMATCH, path,
                                    "no such output of the host", "one", error))
            return FALSE;
    }
    return TRUE;
}

TorporRollback *
torpor_outputs_prepare(const GPtrArray *described, const TorporNode *map, TorporReport *report,
                       GError **error)
{
    g_autoptr(TorporRollback) rollback = g_new0(TorporRollback, 1);
    rollback->verified = g_ptr_array_new_with_free_func(verified_free);
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        if (!check_listed(output, listed, error))
            return NULL;
        const TorporNode *entry = torpor_map_get(map, output->path);
        guint64 length;
        guint64 hash;
        gboolean is_known = torpor_checkpoint_file_uint(entry, TORPOR_KEY_BYTE_LENGTH, &length) &&
                            torpor_checkpoint_file_uint(entry, TORPOR_KEY_XXH3, &hash);
        if (is_known) {
            if (!verify_output(rollback, output, length, hash, error))
                return NULL;
            continue;
        }
        g_autofree char *path = g_strdup_printf(TORPOR_SECTION_OUTPUTS "/%s", output->path);
        if (entry == NULL && (output->flags & TORPOR_OUTPUT_OPTIONAL) != 0) {
            torpor_report_note(report, path, "not in the checkpoint (optional); left as it is");
            continue;
        }
        if (!torpor_report_mismatch(report, TORPOR_STATUS_MISMATCH, path, "this output", "none",
                                    error))
            return NULL;
    }
    if (!check_forgotten(map, listed, report, error))
        return NULL;
    return g_steal_pointer(&rollback);
}

gboolean
torpor_rollback_truncate(TorporRollback *rollback, GError **error)
{
    for (guint i = 0; i < rollback->verified->len; i++) {
        const Verified *verified = g_ptr_array_index(rollback->verified, i);
        int result;
        do
            result = ftruncate(verified->fd, (off_t)verified->length);
        while (result != 0 && errno == EINTR);
        if (result != 0) {
            torpor_error_set_errno(error, errno, "output %s: cannot cut it to the checkpoint",
                                   verified->output->path);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
torpor_rollback_commit(TorporRollback *rollback, TorporOutputs *outputs, GError **error)
{
    gboolean is_complete = TRUE;
    for (guint i = 0; i < rollback->verified->len; i++) {
        Verified *verified = g_ptr_array_index(rollback->verified, i);
        const struct torpor_output *output = verified->output;
        g_hash_table_replace(outputs->digests, g_strdup(output->path),
                             g_steal_pointer(&verified->digest));
        if (output->rolled_back == NULL)
            continue;
        struct torpor_error failure = torpor_host_error_new();
        gint32 status = output->rolled_back(output->output_data, verified->length, &failure);
        if (!torpor_host_result(status, &failure, is_complete ? error : NULL, "output %s",
                                output->path))
            is_complete = FALSE;
    }
    return is_complete;
}
