#include "checkpoint/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "file/verify.h"
#include "msgpack/decode.h"

void
torpor_whole_file_clear(TorporWholeFile *whole)
{
    gboolean is_joined = whole->joined != NULL;
    g_clear_pointer(&whole->joined, torpor_joined_tree_free);
    g_clear_pointer(&whole->shards, torpor_shards_free);
    torpor_tree_free(is_joined ? whole->manifest : whole->tree);
    torpor_file_close(is_joined ? whole->manifest_file : whole->file);
    *whole = (TorporWholeFile){0};
}

gboolean
torpor_whole_file_join(TorporWholeFile *whole, gboolean shows_each, GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporShards) shards =
        torpor_shards_read(whole->tree, whole->file, AT_FDCWD, whole->file->path, &failure);
    const TorporJoin wanted = {.shards = shards,
                               .heading = torpor_tree_root(whole->tree),
                               .heading_file = whole->file,
                               .shows_each = shows_each};
    if (shards != NULL && (whole->joined = torpor_join(&wanted, &failure)) == NULL)
        g_prefix_error(&failure, "%s: ", whole->file->path);
    if (failure != NULL)
        g_propagate_error(error, failure);
    if (whole->joined == NULL)
        return failure == NULL;
    whole->shards = g_steal_pointer(&shards);
    whole->manifest = whole->tree;
    whole->manifest_file = whole->file;
    whole->tree = whole->joined->tree;
    whole->file = whole->shards->file;
    return TRUE;
}

gboolean
torpor_whole_file_open(TorporWholeFile *whole, const char *path, gboolean shows_each,
                       GError **error)
{
    *whole = (TorporWholeFile){.file = torpor_file_open(path, error)};
    if (whole->file == NULL)
        return FALSE;
    whole->tree = torpor_decode_file(whole->file, error);
    if (whole->tree != NULL && torpor_whole_file_join(whole, shows_each, error))
        return TRUE;
    torpor_whole_file_clear(whole);
    return FALSE;
}

static gboolean
verify_shards(const TorporFile *file, int folder,
              void (*progress)(gpointer data, guint64 done, guint64 total), gpointer progress_data,
              GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, error);
    if (tree == NULL)
        return FALSE;
    g_autoptr(TorporShards) shards = torpor_shards_read(tree, file, folder, file->path, &failure);
    if (shards != NULL)
        (void)torpor_shards_verify(shards, 0, 1, progress, progress_data, &failure);
    if (failure == NULL)
        return TRUE;
    g_propagate_prefixed_error(error, failure, "%s: ", file->path);
    return FALSE;
}

gboolean
torpor_whole_file_verify(const TorporFile *file, int folder, gboolean needs_index,
                         gboolean *indexed,
                         void (*progress)(gpointer data, guint64 done, guint64 total),
                         gpointer progress_data, GError **error)
{
    GError *reason = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &reason);
    *indexed = index != NULL || reason != NULL;
    if (index == NULL && reason == NULL && needs_index)
        g_set_error(&reason, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' has no index at its end; a checkpoint has one", file->path);
    if (reason == NULL)
        return torpor_file_verify(file, index, 0, NULL, progress, progress_data, error) &&
               verify_shards(file, folder, progress, progress_data, error);
    g_propagate_error(error, reason);
    return FALSE;
}

guint64
torpor_whole_file_shard_bytes(TorporTree *tree, const TorporFile *file)
{
    g_autoptr(TorporShards) shards = torpor_shards_read(tree, file, AT_FDCWD, file->path, NULL);
    guint64 bytes = 0;
    for (guint k = 0; shards != NULL && k < shards->n_files; k++) {
        g_autofree char *name = torpor_shard_name(shards->stem, k, shards->n_files);
        g_autofree char *shard = g_build_filename(shards->folder, name, NULL);
        struct stat status;
        if (stat(shard, &status) == 0)
            bytes += (guint64)status.st_size;
    }
    return bytes;
}
