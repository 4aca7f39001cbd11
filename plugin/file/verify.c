/* With an index, every byte is hashed, by several threads whose buffers stay in their caches.
 * Without one, only the structure can be checked. */
#include "file/verify.h"

#include "base/error.h"
#include "base/thread.h"
#include "base/xxh3.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"

#define MAX_THREADS 8u
#define BUFFER_BYTES ((gsize)128 << 10) /* per thread */

/* ---- ranges against their hashes ---- */

gboolean
torpor_file_hash_range(const TorporFile *file, const TorporRange *range, void *buffer,
                       gsize buffer_length, guint64 *out, GError **error)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (guint64 done = 0; done < range->length;) {
        gsize piece = (gsize)MIN(range->length - done, buffer_length);
        if (!torpor_file_read(file, range->place + done, buffer, piece, error))
            return FALSE;
        torpor_xxh3_update(&state, buffer, piece);
        done += piece;
    }
    *out = XXH3_64bits_digest(&state);
    return TRUE;
}

typedef struct {
    const TorporFile *file;
    const TorporIndex *index;
    void (*progress)(gpointer data, guint64 done, guint64 total);
    gpointer progress_data;
    GMutex lock; /* of what follows */
    guint64 next_range;
    guint64 bytes_done;
    GArray *damaged; /* range numbers */
    GError *reason;  /* why the first of them could not be unpacked; NULL: its hash differs */
    guint64 reason_range;
    GError *error; /* the first that is not damage; no other range is begun then */
} Verification;

static gboolean
take_range(Verification *verification, guint64 *range)
{
    g_mutex_lock(&verification->lock);
    gboolean is_more =
        verification->error == NULL && verification->next_range < verification->index->n_ranges;
    if (is_more)
        *range = verification->next_range++;
    g_mutex_unlock(&verification->lock);
    return is_more;
}

/* Under the lock. */
static void
keep_reason(Verification *verification, guint64 number, GError *reason)
{
    if (verification->reason != NULL && verification->reason_range < number) {
        g_error_free(reason);
        return;
    }
    g_clear_error(&verification->reason);
    verification->reason = reason;
    verification->reason_range = number;
}

static void
finish_range(Verification *verification, guint64 number, gboolean is_intact, GError *error)
{
    const TorporIndex *index = verification->index;
    g_mutex_lock(&verification->lock);
    if (g_error_matches(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
        keep_reason(verification, number, g_steal_pointer(&error));
        is_intact = FALSE;
    }
    if (error != NULL && verification->error == NULL)
        verification->error = g_steal_pointer(&error);
    if (error == NULL && verification->error == NULL && !is_intact)
        g_array_append_val(verification->damaged, number);
    verification->bytes_done += index->ranges[number].length;
    if (verification->progress != NULL)
        verification->progress(verification->progress_data, verification->bytes_done, index->place);
    g_mutex_unlock(&verification->lock);
    g_clear_error(&error);
}

static gpointer
hash_ranges(gpointer data)
{
    Verification *verification = data;
    gsize length = (gsize)MIN(verification->index->place, BUFFER_BYTES);
    g_autofree guint8 *buffer = g_malloc(length);
    guint64 number;
    while (take_range(verification, &number)) {
        const TorporRange *range = &verification->index->ranges[number];
        GError *error = NULL;
        guint64 hash = 0;
        gboolean is_read =
            torpor_file_hash_range(verification->file, range, buffer, length, &hash, &error);
        finish_range(verification, number, is_read && hash == range->xxh3, error);
    }
    return NULL;
}

/* This thread works, too; alone, if no other can be had. */
static void
run_threads(Verification *verification, guint n_threads)
{
    const TorporIndex *index = verification->index;
    guint64 most = n_threads > 0 ? n_threads : index->place / TORPOR_VERIFY_BYTES_PER_THREAD + 1;
    most = MIN(MIN(most, MAX_THREADS), index->n_ranges);
    if (n_threads == 0 && most > 1) /* counting them reads a file */
        most = MIN(most, g_get_num_processors());
    n_threads = (guint)most;
    GThread *threads[MAX_THREADS] = {NULL};
    for (guint i = 1; i < n_threads; i++)
        threads[i] = torpor_thread_try_new("torpor-verify", hash_ranges, verification, NULL);
    hash_ranges(verification);
    for (guint i = 1; i < n_threads; i++)
        if (threads[i] != NULL)
            g_thread_join(threads[i]);
}

/* ---- what is damaged ---- */

/* The leaves that begin in a range; if there is none, the one that reaches into it. */
static char *
paths_in_range(const TorporIndex *index, const TorporRange *range)
{
    gsize first = 0;
    while (first < index->n_paths && index->places[first] < range->place)
        first++;
    gsize end = first;
    while (end < index->n_paths && index->places[end] < range->place + range->length)
        end++;
    if (first == end && first > 0)
        first--;
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = first; i < end && i < first + 3; i++)
        g_string_append_printf(text, "%s\"%s\"", i > first ? ", " : "", index->paths[i]);
    if (end > first + 3)
        g_string_append_printf(text, " and %" G_GSIZE_FORMAT " more", end - first - 3);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    guint64 left = *(const guint64 *)a;
    guint64 right = *(const guint64 *)b;
    return (left > right) - (left < right);
}

static void
set_damage(GError **error, const TorporFile *file, const TorporIndex *index, const GArray *damaged,
           const GError *reason)
{
    const TorporRange *range = &index->ranges[g_array_index(damaged, guint64, 0)];
    g_autofree char *paths = paths_in_range(index, range);
    g_autofree char *more =
        damaged->len > 1 ? g_strdup_printf(", and %u more of its %" G_GSIZE_FORMAT " ranges are",
                                           damaged->len - 1, index->n_ranges)
                         : g_strdup("");
    const char *leaves = paths[0] == '\0' ? "no leaf" : paths;
    if (reason != NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s (with %s)%s", reason->message,
                    leaves, more);
        return;
    }
    const char *name =
        file->unpacker == NULL ? NULL : torpor_unpacker_name_at(file->unpacker, range->place);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "'%s' is damaged: bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                ", with %s,%s%s%s do not have the checksum of the index (%016" G_GINT64_MODIFIER
                "x)%s; use an earlier checkpoint",
                file->path, range->place, range->place + range->length - 1, leaves,
                name == NULL ? "" : " which are in the file ", name == NULL ? "" : name,
                name == NULL ? "" : " beside it,", range->xxh3, more);
}

static gboolean
verify_ranges(const TorporFile *file, const TorporIndex *index, guint n_threads, GArray *damaged,
              void (*progress)(gpointer data, guint64 done, guint64 total), gpointer progress_data,
              GError **error)
{
    g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(guint64));
    Verification verification = {.file = file,
                                 .index = index,
                                 .progress = progress,
                                 .progress_data = progress_data,
                                 .damaged = own};
    g_mutex_init(&verification.lock);
    run_threads(&verification, n_threads);
    g_mutex_clear(&verification.lock);
    g_autoptr(GError) reason = verification.reason;
    if (verification.error != NULL) {
        g_propagate_error(error, verification.error);
        return FALSE;
    }
    if (own->len == 0)
        return TRUE;
    g_array_sort(own, compare_numbers);
    gboolean is_first =
        reason != NULL && verification.reason_range == g_array_index(own, guint64, 0);
    set_damage(error, file, index, own, is_first ? reason : NULL);
    if (damaged != NULL)
        g_array_append_vals(damaged, own->data, own->len);
    return FALSE;
}

/* ---- the table of a packed file ---- */

/* What a block has is known from its range, or else is hashed. */
static gboolean
hash_block(const TorporFile *file, const TorporIndex *index, const TorporRange *block,
           gsize *next_range, guint64 *out, GError **error)
{
    while (*next_range < index->n_ranges && index->ranges[*next_range].place < block->place)
        ++*next_range;
    const TorporRange *range = *next_range < index->n_ranges ? &index->ranges[*next_range] : NULL;
    if (range != NULL && range->place == block->place && range->length == block->length) {
        *out = range->xxh3;
        return TRUE;
    }
    g_autofree guint8 *buffer = g_malloc(BUFFER_BYTES);
    return torpor_file_hash_range(file, block, buffer, BUFFER_BYTES, out, error);
}

gboolean
torpor_file_verify_table(const TorporFile *file, const TorporIndex *index, GError **error)
{
    if (file->unpacker == NULL)
        return TRUE;
    const GArray *blocks = torpor_unpacker_table(file->unpacker)->blocks;
    guint64 place = 0;
    gsize next_range = 0;
    for (guint i = 0; i < blocks->len; i++) {
        const TorporBlock *block = &g_array_index(blocks, TorporBlock, i);
        const TorporRange range = {place, block->length, block->xxh3};
        guint64 hash;
        if (!hash_block(file, index, &range, &next_range, &hash, error))
            return FALSE;
        if (hash != block->xxh3) {
            g_set_error(
                error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "'%s' is damaged: the checksum of block %u in its table, %016" G_GINT64_MODIFIER
                "x, is not that of its bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                ", %016" G_GINT64_MODIFIER "x; use an earlier checkpoint",
                file->path, i, block->xxh3, place, place + block->length - 1, hash);
            return FALSE;
        }
        place += block->length;
    }
    return TRUE;
}

/* ---- structure ---- */

/* Check a payload that stayed in the file, if not every sequence of bytes is valid: text, bools. */
static gboolean
check_payload(const TorporFile *file, const TorporNode *node, guint8 *buffer, GError **error)
{
    if (node->kind == TORPOR_NODE_TEXT && node->value.bytes.data == NULL) {
        g_autofree char *text = torpor_bytes_read(file, node, error);
        return text != NULL;
    }
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    if (node->kind != TORPOR_NODE_ARRAY || node->value.array->data != NULL ||
        node->value.array->dtype->id != TORPOR_DTYPE_BOOL)
        return TRUE;
    const TorporArray *array = node->value.array;
    for (guint64 done = 0; done < array->byte_length;) {
        gsize piece = (gsize)MIN(array->byte_length - done, BUFFER_BYTES);
        if (!torpor_array_read(file, array, done, piece, buffer, error))
            return FALSE;
        done += piece;
    }
    return TRUE;
}

/* As deep as a decoded tree can be: TORPOR_MAX_DEPTH. */
static gboolean
check_payloads(const TorporFile *file, const TorporNode *node, guint8 *buffer, GError **error)
{
    if (node->kind != TORPOR_NODE_MAP && node->kind != TORPOR_NODE_LIST)
        return check_payload(file, node, buffer, error);
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
        if (!check_payloads(file, child, buffer, error))
            return FALSE;
    return TRUE;
}

static gboolean
verify_structure(const TorporFile *file, GError **error)
{
    g_autoptr(TorporTree) tree = torpor_decode_file(file, error);
    if (tree == NULL)
        return FALSE;
    g_autofree guint8 *buffer = g_malloc(BUFFER_BYTES);
    return check_payloads(file, torpor_tree_root(tree), buffer, error);
}

gboolean
torpor_file_verify(const TorporFile *file, const TorporIndex *index, guint n_threads,
                   GArray *damaged, void (*progress)(gpointer data, guint64 done, guint64 total),
                   gpointer progress_data, GError **error)
{
    if (index == NULL)
        return verify_structure(file, error);
    if (!verify_ranges(file, index, n_threads, damaged, progress, progress_data, error) ||
        !torpor_file_verify_table(file, index, error))
        return FALSE;
    if (!index->is_one_object)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' is damaged: its bytes have the checksums of the index, but they are not "
                    "one msgpack object; use an earlier checkpoint",
                    file->path);
    return index->is_one_object;
}
