#include "checkpoint/checkpoint_file.h"

#include <fcntl.h>
#include <string.h>

#include "base/xxh3.h"
#include "checkpoint/own_shard.h"
#include "checkpoint/plain_texts.h"
#include "file/verify.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"

void
torpor_checkpoint_file_free(TorporCheckpointFile *checkpoint)
{
    if (checkpoint == NULL)
        return;
    if (checkpoint->heading != NULL)
        checkpoint->tree = checkpoint->heading; /* the other tree is of what follows */
    gboolean owns_file = checkpoint->heading == NULL;
    gboolean is_in_shards = checkpoint->shards != NULL && checkpoint->shards->infos == NULL;
    g_clear_pointer(&checkpoint->joined, torpor_joined_tree_free);
    g_clear_pointer(&checkpoint->shards, torpor_shards_free);
    if (!is_in_shards) {
        g_clear_pointer(&checkpoint->tree, torpor_tree_free);
        torpor_file_close(owns_file ? checkpoint->file : checkpoint->heading_file);
    }
    g_clear_pointer(&checkpoint->texts, g_ptr_array_unref);
    g_free(checkpoint->bytes);
    g_free(checkpoint->path);
    g_free(checkpoint);
}

static void
show_progress(gpointer data, guint64 done, guint64 total)
{
    torpor_host_progress(data, "verify", done, total);
}

static gboolean
verify_on_disk(const TorporFile *file, const TorporIndex *index, const TorporHost *host,
               GError **error)
{
    gboolean shows = host->table->progress != NULL;
    return torpor_file_verify(file, index, 0, NULL, shows ? show_progress : NULL, (gpointer)host,
                              error);
}

static gboolean
ranges_match(const char *bytes, const TorporIndex *index)
{
    for (gsize i = 0; i < index->n_ranges; i++) {
        const TorporRange *range = &index->ranges[i];
        if (torpor_xxh3(bytes + range->place, range->length) != range->xxh3)
            return FALSE;
    }
    return TRUE;
}

/* Read all of a small file, and verify what was read. */
static gboolean
take_into_memory(TorporCheckpointFile *checkpoint, const TorporIndex *index, const TorporHost *host,
                 GError **error)
{
    const TorporFile *file = checkpoint->file;
    checkpoint->bytes = g_try_malloc(file->length);
    if (checkpoint->bytes == NULL)
        return verify_on_disk(file, index, host, error);
    if (!torpor_file_read(file, 0, checkpoint->bytes, file->length, error))
        return FALSE;
    if (ranges_match(checkpoint->bytes, index))
        return torpor_file_verify_table(file, index, error);
    /* torpor_file_verify names what is damaged. */
    if (verify_on_disk(file, index, host, error))
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "%s: it changed while it was being read", checkpoint->path);
    return FALSE;
}

static gboolean
open_and_verify(TorporCheckpointFile *checkpoint, int folder, const TorporHost *host,
                guint64 memory_bytes, GError **error)
{
    checkpoint->file = torpor_file_open_in(folder, checkpoint->path, error);
    if (checkpoint->file == NULL)
        return FALSE;
    GError *damage = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(checkpoint->file, &damage);
    if (index == NULL) {
        if (damage == NULL)
            g_set_error(&damage, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                        "%s: it has no %s: expected a checkpoint, found a file that was cut off or "
                        "is none",
                        checkpoint->path, TORPOR_INDEX_KEY);
        g_propagate_error(error, damage);
        return FALSE;
    }
    guint64 limit = memory_bytes == 0 ? TORPOR_CHECKPOINT_FILE_MEMORY_BYTES : memory_bytes;
    if (checkpoint->file->length > limit) {
        if (!verify_on_disk(checkpoint->file, index, host, error))
            return FALSE;
    } else if (!take_into_memory(checkpoint, index, host, error)) {
        return FALSE;
    }
    gboolean is_on_disk = checkpoint->bytes == NULL;
    TorporTree *tree = is_on_disk
                           ? torpor_decode_file(checkpoint->file, error)
                           : torpor_decode_memory(checkpoint->bytes, checkpoint->file->length,
                                                  checkpoint->path, error);
    checkpoint->tree = torpor_plain_texts_only(tree, checkpoint->path, error);
    if (!is_on_disk)
        g_clear_pointer(&checkpoint->file, torpor_file_close);
    return checkpoint->tree != NULL;
}

const TorporNode *
torpor_checkpoint_file_section(const TorporCheckpointFile *checkpoint, const char *name)
{
    return torpor_map_get(torpor_tree_root(checkpoint->tree), name);
}

gboolean
torpor_checkpoint_file_uint(const TorporNode *from, const char *path, guint64 *out)
{
    const TorporNode *node = from == NULL ? NULL : torpor_node_lookup(from, path, NULL, NULL);
    if (node == NULL)
        return FALSE;
    if (node->kind == TORPOR_NODE_UINT)
        *out = node->value.unsigned_integer;
    else if (node->kind == TORPOR_NODE_INT && node->value.integer >= 0)
        *out = (guint64)node->value.integer;
    else
        return FALSE;
    return TRUE;
}

gboolean
torpor_checkpoint_file_text(TorporCheckpointFile *checkpoint, const TorporNode *from,
                            const char *path, const char **out, GError **error)
{
    const TorporNode *node = from == NULL ? NULL : torpor_node_lookup(from, path, NULL, NULL);
    *out = NULL;
    if (node == NULL || node->kind != TORPOR_NODE_TEXT)
        return TRUE;
    *out = node->value.bytes.data;
    if (*out != NULL)
        return TRUE;
    char *text = torpor_text_read(checkpoint->file, node, error);
    if (text == NULL) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    g_ptr_array_add(checkpoint->texts, text);
    *out = text;
    return TRUE;
}

static gboolean
read_clock(TorporCheckpointFile *checkpoint)
{
    const TorporNode *clock = torpor_checkpoint_file_section(checkpoint, TORPOR_SECTION_CLOCK);
    if (clock == NULL || clock->kind != TORPOR_NODE_QUANTITY ||
        clock->value.quantity.mantissa->kind != TORPOR_NODE_FLOAT)
        return FALSE;
    checkpoint->time = clock->value.quantity.mantissa->value.real;
    checkpoint->time_unit = clock->value.quantity.unit;
    return TRUE;
}

static gboolean
read_heading(TorporCheckpointFile *checkpoint, GError **error)
{
    const TorporNode *root = torpor_tree_root(checkpoint->tree);
    guint64 version = 0;
    const char *name;
    if (!torpor_checkpoint_file_text(checkpoint, root, TORPOR_SECTION_FORMAT "/" TORPOR_KEY_NAME,
                                     &name, error))
        return FALSE;
    if (g_strcmp0(name, TORPOR_CHECKPOINT_NAME) != 0 ||
        !torpor_checkpoint_file_uint(root, TORPOR_SECTION_FORMAT "/" TORPOR_KEY_VERSION,
                                     &version)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "%s: format/name: expected \"%s\", found %s%s%s", checkpoint->path,
                    TORPOR_CHECKPOINT_NAME, name == NULL ? "none" : "\"", name == NULL ? "" : name,
                    name == NULL ? "" : "\"");
        return FALSE;
    }
    gboolean is_manifest = torpor_map_get(root, TORPOR_SECTION_SHARDS) != NULL;
    guint32 newest = is_manifest ? TORPOR_MANIFEST_VERSION : TORPOR_FORMAT_VERSION;
    if (version == 0 || version > newest) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                    "%s: format/version: expected at most %u, found %" G_GUINT64_FORMAT
                    ": it needs a newer Torpor than %s",
                    checkpoint->path, newest, version, TORPOR_VERSION);
        return FALSE;
    }
    if (!torpor_checkpoint_file_text(checkpoint, root, TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME,
                                     &checkpoint->host_name, error) ||
        !torpor_checkpoint_file_text(checkpoint, root, TORPOR_SECTION_FINGERPRINT,
                                     &checkpoint->fingerprint, error))
        return FALSE;
    const char *missing =
        checkpoint->host_name == NULL     ? TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME
        : checkpoint->fingerprint == NULL ? TORPOR_SECTION_FINGERPRINT
        : !read_clock(checkpoint)         ? TORPOR_SECTION_CLOCK
        : !torpor_checkpoint_file_uint(root, TORPOR_SECTION_STEP, &checkpoint->step)
            ? TORPOR_SECTION_STEP
            : NULL;
    if (missing == NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "%s: %s is missing or of the wrong kind; a checkpoint has it", checkpoint->path,
                missing);
    return FALSE;
}

/* ---- several ranks ---- */

static gboolean
open_shards(TorporCheckpointFile *checkpoint, int folder, const TorporHost *host, GError **error)
{
    GError *failure = NULL;
    checkpoint->shards =
        torpor_shards_read(checkpoint->tree, checkpoint->file, folder, checkpoint->path, &failure);
    gboolean shows = host->table->progress != NULL;
    if (checkpoint->shards == NULL && failure == NULL)
        return TRUE;
    if (failure == NULL &&
        torpor_shards_verify(checkpoint->shards, torpor_host_rank(host), torpor_host_n_ranks(host),
                             shows ? show_progress : NULL, (gpointer)host, &failure))
        return TRUE;
    g_propagate_prefixed_error(error, failure, "%s: ", checkpoint->path);
    return FALSE;
}

guint32
torpor_checkpoint_file_n_ranks(const TorporCheckpointFile *checkpoint)
{
    return checkpoint->shards == NULL ? 1 : checkpoint->shards->n;
}

TorporTree *
torpor_checkpoint_file_shard(TorporCheckpointFile *checkpoint, guint32 rank, GError **error)
{
    if (checkpoint->shards != NULL)
        return torpor_shards_tree(checkpoint->shards, rank, error);
    return checkpoint->tree;
}

/* Keep the manifest, or the ordinary file, as what comes before the sections that are joined. */
static void
keep_heading(TorporCheckpointFile *checkpoint)
{
    if (checkpoint->heading != NULL)
        return;
    checkpoint->heading = checkpoint->tree;
    checkpoint->heading_file = checkpoint->file;
    if (checkpoint->shards == NULL)
        checkpoint->shards = torpor_shards_of_one(checkpoint->file, checkpoint->tree);
}

/* Do the keys of every live population, and their order, equal those of the rank's own shard? Then
 * nothing has to be divided. live NULL: a rank that looks at it sees its own. */
static gboolean
is_own_shard(const TorporCheckpointFile *checkpoint, const TorporHost *host,
             const TorporPopulations *live, gboolean *is_own, GError **error)
{
    guint32 rank = torpor_host_rank(host);
    *is_own = FALSE;
    if (torpor_host_n_ranks(host) != torpor_checkpoint_file_n_ranks(checkpoint))
        return TRUE;
    *is_own = live == NULL;
    if (live == NULL)
        return TRUE;
    TorporTree *tree = torpor_shards_tree(checkpoint->shards, rank, error);
    if (tree == NULL)
        return FALSE;
    const TorporFile *file = torpor_shards_borrow(checkpoint->shards, rank, error);
    if (file == NULL)
        return FALSE;
    gboolean is_known = torpor_own_shard_check(file, tree, live, is_own, error);
    torpor_shards_give_back(checkpoint->shards, rank);
    return is_known;
}

static gboolean
join(TorporCheckpointFile *checkpoint, const TorporHost *host, const TorporPopulations *live,
     const TorporDescription *description, GError **error)
{
    gboolean is_own;
    if (!is_own_shard(checkpoint, host, live, &is_own, error))
        return FALSE;
    guint32 rank = torpor_host_rank(host);
    if (is_own) {
        checkpoint->tree = torpor_shards_tree(checkpoint->shards, rank, error);
        checkpoint->file = torpor_shards_borrow(checkpoint->shards, rank, error); /* and kept */
        return checkpoint->file != NULL;
    }
    const TorporJoin wanted = {.shards = checkpoint->shards,
                               .heading = torpor_tree_root(checkpoint->heading),
                               .heading_file = checkpoint->heading_file,
                               .live = live,
                               .description = description,
                               .rank = rank,
                               .n_ranks = torpor_host_n_ranks(host),
                               .shows_each = live == NULL};
    checkpoint->joined = torpor_join(&wanted, error);
    if (checkpoint->joined == NULL)
        return FALSE;
    checkpoint->tree = checkpoint->joined->tree;
    checkpoint->file = checkpoint->shards->file;
    return TRUE;
}

gboolean
torpor_checkpoint_file_join(TorporCheckpointFile *checkpoint, const TorporHost *host,
                            const TorporPopulations *live, const TorporDescription *description,
                            GError **error)
{
    if (checkpoint->shards == NULL && (live == NULL || torpor_host_n_ranks(host) == 1))
        return TRUE;
    keep_heading(checkpoint);
    return join(checkpoint, host, live, description, error);
}

gboolean
torpor_checkpoint_file_has_live_keys(const TorporCheckpointFile *checkpoint)
{
    return checkpoint->heading != NULL;
}

TorporCheckpointFile *
torpor_checkpoint_file_open_in(int folder, const char *path, const TorporHost *host,
                               guint64 memory_bytes, GError **error)
{
    g_autoptr(TorporCheckpointFile) checkpoint = g_new0(TorporCheckpointFile, 1);
    checkpoint->path = g_strdup(path);
    checkpoint->parameters = TORPOR_MISMATCH_IGNORE;
    checkpoint->texts = g_ptr_array_new_with_free_func(g_free);
    if (!open_and_verify(checkpoint, folder, host, memory_bytes, error) ||
        !read_heading(checkpoint, error) || !open_shards(checkpoint, folder, host, error))
        return NULL;
    return g_steal_pointer(&checkpoint);
}

TorporCheckpointFile *
torpor_checkpoint_file_open(const char *path, const TorporHost *host, guint64 memory_bytes,
                            GError **error)
{
    return torpor_checkpoint_file_open_in(AT_FDCWD, path, host, memory_bytes, error);
}

/* `text`, or of a long text what begins a word before the first difference from `other`, so that it
 * is seen. Transfer full. */
static char *
from_difference(const char *text, const char *other)
{
    gsize start = 0, word = 0;
    gsize length = strlen(text) > 64 ? strlen(text) : 0;
    for (gsize i = 0; i < length && text[i] == other[i]; i++) {
        if (text[i] == ' ') {
            start = word;
            word = i + 1;
        }
    }
    return g_strconcat(start > 0 ? "... " : "", text + start, NULL);
}

/* What was expected and found; NULL if the texts are the same. Transfer full. */
static char *
difference_to_text(const char *path, const char *live, const char *saved)
{
    if (strcmp(live, saved) == 0)
        return NULL;
    g_autofree char *expected = from_difference(live, saved);
    g_autofree char *found = from_difference(saved, live);
    return g_strdup_printf("%s: expected \"%s\", found \"%s\"", path, expected, found);
}

gboolean
torpor_checkpoint_file_check_model(const TorporCheckpointFile *checkpoint, const TorporHost *host,
                                   gint32 policy, char **passed_over, GError **error)
{
    g_autofree char *fingerprint = torpor_host_fingerprint(host, error);
    if (fingerprint == NULL)
        return FALSE;
    g_autofree char *of_host = difference_to_text(TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME,
                                                  host->table->name, checkpoint->host_name);
    g_autofree char *of_model =
        difference_to_text(TORPOR_SECTION_FINGERPRINT, fingerprint, checkpoint->fingerprint);
    gboolean must_match = (host->table->flags & TORPOR_HOST_FINGERPRINT_MUST_MATCH) != 0;
    gboolean is_error = policy == TORPOR_MISMATCH_ERROR || must_match;
    if (of_host == NULL && (of_model == NULL || !is_error)) {
        if (passed_over != NULL)
            *passed_over = g_steal_pointer(&of_model);
        return TRUE;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT,
                "%s: %s: this checkpoint is of another %s; %suse another `dir`, or resume=never to "
                "start afresh%s",
                checkpoint->path, of_host != NULL ? of_host : of_model,
                of_host != NULL ? "simulator" : "model",
                of_host == NULL && must_match ? "build it as the saved run did, or " : "",
                of_host == NULL && !must_match
                    ? "; if it is the same model, of which only this text has changed, "
                      "fingerprint=warn goes on"
                    : "");
    return FALSE;
}
