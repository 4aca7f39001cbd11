#include "checkpoint/shards.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/begins.h"
#include "base/error.h"
#include "checkpoint/plain_texts.h"
#include "file/verify.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "msgpack/trailer.h"

#define MAX_SHARDS ((guint64)1 << 20)
#define LEAST_RANK_BYTES 8u /* its key, and an empty map */

char *
torpor_shard_name(const char *stem, guint k, guint n)
{
    return g_strdup_printf("%s.shard-%u-of-%u.msgpack", stem, k, n);
}

char *
torpor_shard_key(guint rank)
{
    return g_strdup_printf("rank-%u", rank);
}

gboolean
torpor_shard_info_read(const TorporFile *file, TorporShardInfo *out, GError **error)
{
    TorporTrailer trailer;
    if (!torpor_file_read_trailer(file, &trailer, error))
        return FALSE;
    *out = (TorporShardInfo){file->length, trailer.length, trailer.xxh3};
    if (trailer.length > 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "'%s' has no index", file->path);
    return FALSE;
}

/* ---- the section of a manifest ---- */

/* A number for each shard: each is `stride` bytes after the one before. */
static void
put_numbers(TorporTree *tree, TorporNode *map, const char *key, const guint64 *numbers, guint n,
            gsize stride)
{
    const guint64 shape[] = {n};
    TorporNode *node = torpor_map_put_array(tree, map, key, torpor_dtype_by_id(TORPOR_DTYPE_UINT64),
                                            1, shape, NULL);
    guint64 *values = torpor_tree_alloc(tree, sizeof *values * n);
    for (guint i = 0; i < n; i++)
        memcpy(&values[i], (const char *)numbers + i * stride, sizeof *values);
    node->value.array->data = values;
}

void
torpor_shards_put(TorporTree *tree, const char *stem, const TorporShardInfo *infos, guint n,
                  const guint64 *n_ranks)
{
    TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), TORPOR_SECTION_SHARDS);
    put_numbers(tree, map, TORPOR_KEY_BYTE_LENGTHS, &infos->byte_length, n, sizeof *infos);
    put_numbers(tree, map, TORPOR_KEY_INDEX_LENGTHS, &infos->index_length, n, sizeof *infos);
    put_numbers(tree, map, TORPOR_KEY_INDEX_XXH3, &infos->index_xxh3, n, sizeof *infos);
    if (n_ranks != NULL)
        put_numbers(tree, map, TORPOR_KEY_RANKS, n_ranks, n, sizeof *n_ranks);
    torpor_map_put_text(tree, map, TORPOR_KEY_STEM, stem);
}

void
torpor_shards_put_needs(TorporTree *tree, const GArray *steps)
{
    TorporNode *map = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_SHARDS);
    put_numbers(tree, map, TORPOR_KEY_NEEDS, (const guint64 *)(gpointer)steps->data, steps->len,
                sizeof(guint64));
}

/* *numbers is NULL if there are none, or no array of numbers. FALSE: they cannot be read. Those of
 * many shards stayed in the file. */
static gboolean
find_numbers(TorporTree *tree, const TorporFile *file, const char *key, const TorporArray **numbers,
             GError **error)
{
    const TorporNode *map = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_SHARDS);
    const TorporNode *node = torpor_map_get(map, key);
    TorporArray *array = node != NULL && node->kind == TORPOR_NODE_ARRAY ? node->value.array : NULL;
    *numbers = NULL;
    if (array == NULL || array->rank != 1 || array->dtype->id != TORPOR_DTYPE_UINT64 ||
        array->shape[0] == 0 || array->shape[0] > MAX_SHARDS)
        return TRUE;
    if (file != NULL && !torpor_array_bring(tree, file, array, error))
        return FALSE;
    *numbers = array->data == NULL ? NULL : array;
    return TRUE;
}

/* A name of this folder, and no path out of it. */
static const char *
find_stem(const TorporNode *map)
{
    const TorporNode *node = torpor_map_get(map, TORPOR_KEY_STEM);
    const char *stem = node == NULL ? NULL : torpor_node_word(node);
    return stem != NULL && stem[0] != '\0' && strchr(stem, '/') == NULL ? stem : NULL;
}

static guint64
number_at(const TorporArray *array, guint i)
{
    guint64 number; /* payloads are not aligned */
    memcpy(&number, (const char *)array->data + i * sizeof number, sizeof number);
    return number;
}

gboolean
torpor_shards_are_named_in(TorporTree *tree)
{
    const TorporNode *root = torpor_tree_root(tree);
    if (root->kind != TORPOR_NODE_MAP || torpor_map_get(root, TORPOR_SECTION_SHARDS) == NULL)
        return FALSE;
    const TorporNode *format = torpor_map_get(root, TORPOR_SECTION_FORMAT);
    const TorporNode *name = format == NULL || format->kind != TORPOR_NODE_MAP
                                 ? NULL
                                 : torpor_map_get(format, TORPOR_KEY_NAME);
    return name != NULL && name->kind == TORPOR_NODE_TEXT &&
           g_strcmp0(name->value.bytes.data, TORPOR_CHECKPOINT_NAME) == 0;
}

GArray *
torpor_shards_needs(TorporTree *tree, const TorporFile *file, GError **error)
{
    const TorporArray *steps;
    if (!torpor_shards_are_named_in(tree) ||
        !find_numbers(tree, file, TORPOR_KEY_NEEDS, &steps, error) || steps == NULL)
        return NULL;
    GArray *needs = g_array_new(FALSE, FALSE, sizeof(guint64));
    return g_array_append_vals(needs, steps->data, (guint)steps->shape[0]);
}

static TorporShards *
shards_new(guint n_files)
{
    TorporShards *shards = g_new0(TorporShards, 1);
    shards->n_files = n_files;
    shards->folder_fd = AT_FDCWD;
    shards->shared = g_new0(TorporTree *, n_files);
    return shards;
}

/* Which ranks each shard has. ranks: how many; NULL: one. A manifest may say anything: nothing is
 * allocated for ranks before their shards are known to be there, and as long as `lengths` says. */
static gboolean
set_ranks(TorporShards *shards, const TorporArray *ranks, const TorporArray *lengths)
{
    guint64 n = 0;
    shards->is_shared = ranks != NULL;
    shards->first_ranks = g_new(guint64, shards->n_files);
    shards->trees = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)torpor_tree_free);
    for (guint k = 0; k < shards->n_files; k++) {
        guint64 here = ranks == NULL ? 1 : number_at(ranks, k);
        if (here == 0 || here > MAX_SHARDS - n ||
            (ranks != NULL && here > number_at(lengths, k) / LEAST_RANK_BYTES))
            return FALSE;
        shards->first_ranks[k] = n;
        n += here;
    }
    shards->n = (guint)n;
    return TRUE;
}

/* The number of its shard. */
static guint
file_of(const TorporShards *shards, guint rank)
{
    return (guint)torpor_begins_find(shards->first_ranks, shards->n_files, rank);
}

static gboolean
check_is_the_one(const TorporShards *shards, guint k, const TorporFile *file, GError **error)
{
    TorporShardInfo info;
    const TorporShardInfo *expected = &shards->infos[k];
    if (file->length == expected->byte_length) {
        if (!torpor_shard_info_read(file, &info, error))
            return FALSE;
        if (info.index_xxh3 == expected->index_xxh3 && info.index_length == expected->index_length)
            return TRUE;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "the file is not the one that the manifest was written for (older, or of another "
                "run): expected %" G_GUINT64_FORMAT
                " bytes with an index of hash %016" G_GINT64_MODIFIER "x, found %" G_GUINT64_FORMAT
                " bytes",
                expected->byte_length, expected->index_xxh3, file->length);
    return FALSE;
}

/* TorporOpenPartFunc. */
static TorporFile *
open_shard(gpointer data, guint k, GError **error)
{
    TorporShards *shards = data;
    g_autofree char *name = torpor_shard_name(shards->stem, k, shards->n_files);
    g_autofree char *path = g_build_filename(shards->folder, name, NULL);
    GError *failure = NULL;
    g_autoptr(TorporFile) file = torpor_file_open_in(shards->folder_fd, path, &failure);
    if (g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND))
        failure->code = TORPOR_STATUS_DAMAGED; /* of the checkpoint that it is a part of */
    if (file == NULL || !check_is_the_one(shards, k, file, &failure)) {
        g_propagate_prefixed_error(error, failure, "shard %s: ", path);
        return NULL;
    }
    return g_steal_pointer(&file);
}

TorporShards *
torpor_shards_read(TorporTree *tree, const TorporFile *file, int folder, const char *path,
                   GError **error)
{
    const TorporArray *lengths, *index_lengths, *hashes, *ranks;
    if (!torpor_shards_are_named_in(tree) ||
        !find_numbers(tree, file, TORPOR_KEY_BYTE_LENGTHS, &lengths, error) ||
        !find_numbers(tree, file, TORPOR_KEY_INDEX_LENGTHS, &index_lengths, error) ||
        !find_numbers(tree, file, TORPOR_KEY_INDEX_XXH3, &hashes, error) ||
        !find_numbers(tree, file, TORPOR_KEY_RANKS, &ranks, error))
        return NULL;
    const TorporNode *map = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_SHARDS);
    const char *stem = find_stem(map);
    gboolean is_fine = lengths != NULL && index_lengths != NULL && hashes != NULL && stem != NULL &&
                       index_lengths->shape[0] == lengths->shape[0] &&
                       hashes->shape[0] == lengths->shape[0] &&
                       (torpor_map_get(map, TORPOR_KEY_RANKS) == NULL ||
                        (ranks != NULL && ranks->shape[0] == lengths->shape[0]));
    g_autoptr(TorporShards) shards = is_fine ? shards_new((guint)lengths->shape[0]) : NULL;
    if (shards == NULL || !set_ranks(shards, ranks, lengths) || shards->n < 2) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "%s: section " TORPOR_SECTION_SHARDS ": expected a stem, and lengths, hashes "
                    "and numbers of ranks of as many files, of two ranks or more in all",
                    path);
        return NULL;
    }
    shards->folder = g_path_get_dirname(path);
    shards->folder_fd = folder == AT_FDCWD ? AT_FDCWD : fcntl(folder, F_DUPFD_CLOEXEC, 0);
    shards->stem = g_strdup(stem);
    shards->infos = g_new(TorporShardInfo, shards->n_files);
    g_autofree guint64 *plain = g_new(guint64, shards->n_files);
    for (guint k = 0; k < shards->n_files; k++) {
        shards->infos[k] = (TorporShardInfo){number_at(lengths, k), number_at(index_lengths, k),
                                             number_at(hashes, k)};
        plain[k] = shards->infos[k].byte_length;
    }
    shards->file = torpor_file_join(path, shards->n_files, plain, open_shard, shards, error);
    return shards->file == NULL ? NULL : g_steal_pointer(&shards);
}

TorporShards *
torpor_shards_of_one(TorporFile *file, TorporTree *tree)
{
    TorporShards *shards = shards_new(1);
    (void)set_ranks(shards, NULL, NULL);
    shards->file = file;
    g_hash_table_insert(shards->trees, GUINT_TO_POINTER(0), tree);
    return shards;
}

void
torpor_shards_free(TorporShards *shards)
{
    if (shards == NULL)
        return;
    g_clear_pointer(&shards->trees, g_hash_table_unref); /* before what they share */
    for (guint k = 0; k < shards->n_files; k++)
        torpor_tree_free(shards->shared[k]);
    g_free(shards->shared);
    g_free(shards->first_ranks);
    torpor_file_close(shards->file);
    if (shards->folder_fd >= 0)
        close(shards->folder_fd);
    g_free(shards->infos);
    g_free(shards->stem);
    g_free(shards->folder);
    g_free(shards);
}

/* ---- the files ---- */

static TorporTree *
decode(const TorporFile *file, GError **error)
{
    return torpor_plain_texts_only(torpor_decode_file(file, error), file->path, error);
}

/* The part of one rank in a shard that several share, as a tree of its own. */
static TorporTree *
read_shared(TorporShards *shards, guint rank, const TorporFile *file, GError **error)
{
    guint k = file_of(shards, rank);
    g_autofree char *key = torpor_shard_key(rank);
    if (shards->shared[k] == NULL)
        shards->shared[k] = decode(file, error);
    if (shards->shared[k] == NULL)
        return NULL;
    TorporNode *root = torpor_map_get(torpor_tree_root(shards->shared[k]), key);
    if (root == NULL || root->kind != TORPOR_NODE_MAP) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s: %s: expected a map, found %s",
                    file->path, key, root == NULL ? "nothing" : torpor_node_kind_name(root->kind));
        return NULL;
    }
    TorporTree *tree = torpor_tree_new();
    torpor_tree_set_root(tree, root);
    return tree;
}

TorporTree *
torpor_shards_tree(TorporShards *shards, guint rank, GError **error)
{
    TorporTree *tree = g_hash_table_lookup(shards->trees, GUINT_TO_POINTER(rank));
    if (tree != NULL)
        return tree;
    const TorporFile *file = torpor_shards_borrow(shards, rank, error);
    if (file == NULL)
        return NULL;
    tree = shards->is_shared ? read_shared(shards, rank, file, error) : decode(file, error);
    torpor_shards_give_back(shards, rank);
    if (tree != NULL)
        g_hash_table_insert(shards->trees, GUINT_TO_POINTER(rank), tree);
    return tree;
}

TorporFile *
torpor_shards_borrow(const TorporShards *shards, guint rank, GError **error)
{
    return torpor_parts_borrow(shards->file->parts, file_of(shards, rank), error);
}

void
torpor_shards_give_back(const TorporShards *shards, guint rank)
{
    torpor_parts_give_back(shards->file->parts, file_of(shards, rank));
}

guint64
torpor_shards_shift(const TorporShards *shards, guint rank)
{
    return shards->infos == NULL ? 0 : shards->file->part_places[file_of(shards, rank)];
}

static gboolean
verify_shard(const TorporFile *file, void (*progress)(gpointer data, guint64 done, guint64 total),
             gpointer progress_data, GError **error)
{
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, error);
    return index != NULL &&
           torpor_file_verify(file, index, 0, NULL, progress, progress_data, error);
}

gboolean
torpor_shards_verify(TorporShards *shards, guint first, guint stride,
                     void (*progress)(gpointer data, guint64 done, guint64 total),
                     gpointer progress_data, GError **error)
{
    for (guint k = first; k < shards->n_files; k += stride) {
        const TorporFile *file = torpor_parts_borrow(shards->file->parts, k, error);
        if (file == NULL)
            return FALSE;
        gboolean is_intact = verify_shard(file, progress, progress_data, error);
        torpor_parts_give_back(shards->file->parts, k);
        if (!is_intact) {
            g_prefix_error(error, "shard %u of %u: ", k, shards->n_files);
            return FALSE;
        }
    }
    return TRUE;
}
