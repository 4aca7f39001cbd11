/* In memory and in the file alike: one table of paths, and for each run a row of digests. A digest
 * of 0 means that the run has none for the path. */
#include "checkpoint/origin.h"

#include <string.h>

#include "base/text_hash.h"
#include "host/section_names.h"
#include "msgpack/stored.h"

/* `steps` of a run that is not known. */
#define NOT_KNOWN G_MAXUINT64
/* More runs than a script has: the number was never set. */
#define MAX_RUNS (1u << 20)

typedef struct {
    guint64 step;
    GArray *digests; /* guint64, by the number of the path; may be shorter than the table */
} Run;

struct _TorporOrigin {
    GPtrArray *paths;    /* char, in order */
    GArray *flags;       /* guint8, of each path */
    GHashTable *by_path; /* path (not owned) -> its number */
    GPtrArray *runs;     /* Run; NULL: not known */
};

static void
run_free(gpointer data)
{
    Run *run = data;
    if (run == NULL)
        return;
    g_array_unref(run->digests);
    g_free(run);
}

TorporOrigin *
torpor_origin_new(void)
{
    TorporOrigin *origin = g_new(TorporOrigin, 1);
    origin->paths = g_ptr_array_new_with_free_func(g_free);
    origin->flags = g_array_new(FALSE, FALSE, sizeof(guint8));
    origin->by_path = g_hash_table_new(torpor_text_hash, g_str_equal);
    origin->runs = g_ptr_array_new_with_free_func(run_free);
    return origin;
}

void
torpor_origin_free(TorporOrigin *origin)
{
    if (origin == NULL)
        return;
    g_hash_table_unref(origin->by_path);
    g_ptr_array_unref(origin->paths);
    g_array_unref(origin->flags);
    g_ptr_array_unref(origin->runs);
    g_free(origin);
}

/* ---- what is known ---- */

static const Run *
run_at(const TorporOrigin *origin, guint run)
{
    return run < origin->runs->len ? g_ptr_array_index(origin->runs, run) : NULL;
}

static const char *
path_at(const TorporOrigin *origin, guint number)
{
    return g_ptr_array_index(origin->paths, number);
}

static guint8
flags_at(const TorporOrigin *origin, guint number)
{
    return g_array_index(origin->flags, guint8, number);
}

static gboolean
find(const TorporOrigin *origin, const char *path, guint *number)
{
    gpointer found;
    if (!g_hash_table_lookup_extended(origin->by_path, path, NULL, &found))
        return FALSE;
    *number = GPOINTER_TO_UINT(found);
    return TRUE;
}

/* 0: none. */
static guint64
digest_at(const Run *run, guint number)
{
    return number < run->digests->len ? g_array_index(run->digests, guint64, number) : 0;
}

guint
torpor_origin_n_paths(const TorporOrigin *origin)
{
    return origin->paths->len;
}

const char *
torpor_origin_path(const TorporOrigin *origin, guint number, guint8 *flags)
{
    *flags = flags_at(origin, number);
    return path_at(origin, number);
}

guint64
torpor_origin_digest(const TorporOrigin *origin, guint run, const char *path)
{
    guint number;
    const Run *known = run_at(origin, run);
    return known != NULL && find(origin, path, &number) ? digest_at(known, number) : 0;
}

void
torpor_origin_begin_run(TorporOrigin *origin, guint run, guint64 step)
{
    if (run >= origin->runs->len)
        g_ptr_array_set_size(origin->runs, (gint)run + 1);
    Run *begun = g_new(Run, 1);
    begun->step = step;
    begun->digests = g_array_new(FALSE, TRUE, sizeof(guint64));
    run_free(origin->runs->pdata[run]);
    origin->runs->pdata[run] = begun;
}

/* The number of a path, which gets these flags if it is new. */
static guint
know_path(TorporOrigin *origin, const char *path, guint8 flags)
{
    guint number;
    if (find(origin, path, &number))
        return number;
    char *copy = g_strdup(path);
    number = origin->paths->len;
    g_ptr_array_add(origin->paths, copy);
    g_array_append_val(origin->flags, flags);
    g_hash_table_insert(origin->by_path, copy, GUINT_TO_POINTER(number));
    return number;
}

void
torpor_origin_add(TorporOrigin *origin, guint run, const char *path, guint8 flags, guint64 digest)
{
    GArray *digests = run_at(origin, run)->digests;
    guint number = know_path(origin, path, flags);
    if (number >= digests->len)
        g_array_set_size(digests, number + 1);
    g_array_index(digests, guint64, number) = MAX(digest, 1);
}

void
torpor_origin_copy_run(TorporOrigin *origin, const TorporOrigin *from, guint run)
{
    const Run *known = run_at(from, run);
    if (known == NULL)
        return;
    torpor_origin_begin_run(origin, run, known->step);
    for (guint i = 0; i < known->digests->len; i++)
        if (digest_at(known, i) != 0)
            torpor_origin_add(origin, run, path_at(from, i), flags_at(from, i),
                              digest_at(known, i));
}

/* ---- of all ranks ---- */

static gboolean
is_same_everywhere(const GPtrArray *origins, guint run, const char *path, guint64 digest)
{
    for (guint i = 0; i < origins->len; i++) {
        guint64 other = torpor_origin_digest(origins->pdata[i], run, path);
        if (other != 0 && other != digest)
            return FALSE;
    }
    return TRUE;
}

/* What this rank has of a run. Keys are kept, so that it is seen which populations have some. */
static void
add_common_run(TorporOrigin *common, const TorporOrigin *from, guint run, const GPtrArray *origins)
{
    const Run *known = run_at(from, run);
    if (known == NULL)
        return;
    if (run_at(common, run) == NULL)
        torpor_origin_begin_run(common, run, known->step);
    if (run_at(common, run)->step != known->step)
        return;
    for (guint i = 0; i < known->digests->len; i++) {
        guint64 digest = digest_at(known, i);
        const char *path = path_at(from, i);
        if (digest != 0 && torpor_origin_digest(common, run, path) == 0 &&
            ((flags_at(from, i) & TORPOR_DIGEST_KEY) != 0 ||
             is_same_everywhere(origins, run, path, digest)))
            torpor_origin_add(common, run, path, flags_at(from, i), digest);
    }
}

TorporOrigin *
torpor_origin_common(const GPtrArray *origins)
{
    for (guint i = 0; i < origins->len; i++)
        if (origins->pdata[i] == NULL)
            return NULL;
    TorporOrigin *common = torpor_origin_new();
    for (guint i = 0; i < origins->len; i++)
        for (guint run = 0; run < torpor_origin_n_runs(origins->pdata[i]); run++)
            add_common_run(common, origins->pdata[i], run, origins);
    return common;
}

/* ---- its runs ---- */

guint
torpor_origin_n_runs(const TorporOrigin *origin)
{
    return origin->runs->len;
}

gboolean
torpor_origin_has_run(const TorporOrigin *origin, guint run, guint64 *step)
{
    const Run *known = run_at(origin, run);
    if (known != NULL && step != NULL)
        *step = known->step;
    return known != NULL;
}

/* ---- the section ---- */

/* An array in the section, whose values the caller fills in. */
static gpointer
put_array(TorporTree *tree, TorporNode *map, const char *key, guint32 dtype, guint32 rank,
          const guint64 *shape, GError **error)
{
    TorporArray *array =
        torpor_map_put_array(tree, map, key, torpor_dtype_by_id(dtype), rank, shape, NULL)
            ->value.array;
    gpointer values = torpor_tree_try_alloc(tree, MAX(array->byte_length, 1));
    if (values == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    TORPOR_SECTION_ORIGIN "/%s: no memory", key);
    array->data = values;
    return values;
}

static void
put_paths(const TorporOrigin *origin, TorporTree *tree, TorporNode *map)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < origin->paths->len; i++)
        g_string_append_len(joined, path_at(origin, i), (gssize)strlen(path_at(origin, i)) + 1);
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_BYTES);
    node->value.bytes.data = torpor_tree_strdup(tree, joined->str, joined->len);
    node->value.bytes.length = joined->len;
    torpor_map_append(tree, map, TORPOR_KEY_PATHS, -1, node);
}

gboolean
torpor_origin_put(const TorporOrigin *origin, TorporTree *tree, GError **error)
{
    guint64 n_paths = origin->paths->len, n_runs = origin->runs->len;
    guint64 shape[] = {n_runs, n_paths};
    TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), TORPOR_SECTION_ORIGIN);
    put_paths(origin, tree, map);
    guint8 *flags = put_array(tree, map, TORPOR_KEY_FLAGS, TORPOR_DTYPE_UINT8, 1, &n_paths, error);
    if (flags == NULL)
        return FALSE;
    guint64 *steps = put_array(tree, map, TORPOR_KEY_STEPS, TORPOR_DTYPE_UINT64, 1, &n_runs, error);
    if (steps == NULL)
        return FALSE;
    guint64 *digests =
        put_array(tree, map, TORPOR_KEY_DIGESTS, TORPOR_DTYPE_UINT64, 2, shape, error);
    if (digests == NULL)
        return FALSE;
    for (guint i = 0; i < n_paths; i++)
        flags[i] = flags_at(origin, i);
    for (guint run = 0; run < n_runs; run++) {
        const Run *known = run_at(origin, run);
        steps[run] = known == NULL ? NOT_KNOWN : known->step;
        for (guint i = 0; i < n_paths; i++)
            digests[run * n_paths + i] = known == NULL ? 0 : digest_at(known, i);
    }
    return TRUE;
}

/* ---- reading it ---- */

static gboolean
fail_section(const TorporCheckpointFile *checkpoint, const char *what, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s: " TORPOR_SECTION_ORIGIN ": %s",
                checkpoint->path, what);
    return FALSE;
}

static const TorporArray *
find_array(const TorporNode *section, const char *key, guint32 dtype, guint32 rank)
{
    const TorporNode *node = torpor_map_get(section, key);
    const TorporArray *array =
        node != NULL && node->kind == TORPOR_NODE_ARRAY ? node->value.array : NULL;
    return array != NULL && array->dtype != NULL && array->dtype->id == dtype && array->rank == rank
               ? array
               : NULL;
}

/* All bytes of an array (transfer full); NULL on an error. */
static gpointer
read_array(const TorporCheckpointFile *checkpoint, const TorporArray *array, GError **error)
{
    g_autofree char *values = g_try_malloc(MAX(array->byte_length, 1));
    if (values == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    TORPOR_SECTION_ORIGIN ": no memory for %" G_GUINT64_FORMAT " bytes",
                    array->byte_length);
        return NULL;
    }
    return array->byte_length == 0 ||
                   torpor_array_read(checkpoint->file, array, 0, array->byte_length, values, error)
               ? g_steal_pointer(&values)
               : NULL;
}

/* Each path ends at a NUL, and none is there twice. */
static gboolean
read_paths(const TorporCheckpointFile *checkpoint, const TorporNode *node, const guint8 *flags,
           guint64 n_paths, TorporOrigin *origin, GError **error)
{
    g_autofree char *joined = torpor_bytes_read(checkpoint->file, node, error);
    if (joined == NULL)
        return FALSE;
    const char *path = joined, *end = joined + node->value.bytes.length;
    for (guint64 i = 0; i < n_paths; i++) {
        gsize length = path < end ? strnlen(path, (gsize)(end - path)) : 0;
        if (path >= end || path + length == end || know_path(origin, path, flags[i]) != i)
            return fail_section(checkpoint, "paths and flags do not fit", error);
        path += length + 1;
    }
    return path == end || fail_section(checkpoint, "paths and flags do not fit", error);
}

static gboolean
read_runs(const TorporCheckpointFile *checkpoint, const TorporArray *steps,
          const TorporArray *digests, TorporOrigin *origin, GError **error)
{
    g_autofree guint64 *step = read_array(checkpoint, steps, error);
    g_autofree guint64 *digest = step == NULL ? NULL : read_array(checkpoint, digests, error);
    if (digest == NULL)
        return FALSE;
    guint64 n_paths = digests->shape[1];
    for (guint run = 0; run < digests->shape[0]; run++) {
        if (step[run] == NOT_KNOWN)
            continue;
        torpor_origin_begin_run(origin, run, step[run]);
        for (guint i = 0; i < n_paths; i++)
            if (digest[run * n_paths + i] != 0)
                torpor_origin_add(origin, run, path_at(origin, i), 0, digest[run * n_paths + i]);
    }
    return TRUE;
}

gboolean
torpor_origin_read(const TorporCheckpointFile *checkpoint, TorporOrigin **out, GError **error)
{
    const TorporNode *section = torpor_checkpoint_file_section(checkpoint, TORPOR_SECTION_ORIGIN);
    *out = NULL;
    if (section == NULL)
        return TRUE;
    const TorporNode *paths =
        section->kind == TORPOR_NODE_MAP ? torpor_map_get(section, TORPOR_KEY_PATHS) : NULL;
    if (paths == NULL || paths->kind != TORPOR_NODE_BYTES)
        return fail_section(checkpoint, "expected a map with bytes at paths", error);
    const TorporArray *flags = find_array(section, TORPOR_KEY_FLAGS, TORPOR_DTYPE_UINT8, 1);
    const TorporArray *steps = find_array(section, TORPOR_KEY_STEPS, TORPOR_DTYPE_UINT64, 1);
    const TorporArray *digests = find_array(section, TORPOR_KEY_DIGESTS, TORPOR_DTYPE_UINT64, 2);
    if (flags == NULL || steps == NULL || digests == NULL || steps->shape[0] > MAX_RUNS ||
        digests->shape[0] != steps->shape[0] || digests->shape[1] != flags->shape[0])
        return fail_section(checkpoint, "its arrays do not fit", error);
    g_autofree guint8 *flags_read = read_array(checkpoint, flags, error);
    g_autoptr(TorporOrigin) origin = torpor_origin_new();
    if (flags_read == NULL ||
        !read_paths(checkpoint, paths, flags_read, flags->shape[0], origin, error) ||
        !read_runs(checkpoint, steps, digests, origin, error))
        return FALSE;
    *out = g_steal_pointer(&origin);
    return TRUE;
}
