#include "checkpoint/rollback.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "checkpoint/checkpoint_file.h"
#include "checkpoint/fresh_output.h"
#include "host/section_names.h"

typedef struct {
    const struct torpor_output *output; /* of the description (not owned) */
    int fd;
    guint64 length;
    TorporOutputDigest *digest;
} Verified;

struct _TorporRollback {
    const TorporHost *host; /* (not owned) */
    TorporOutputs *outputs; /* (not owned) */
    GPtrArray *verified;
    GPtrArray *fresh; /* of struct torpor_output (not owned): they begin empty */
};

static void
verified_free(gpointer data)
{
    Verified *verified = data;
    if (verified->fd >= 0)
        close(verified->fd);
    torpor_output_digest_free(verified->digest);
    g_free(verified);
}

void
torpor_rollback_free(TorporRollback *rollback)
{
    if (rollback == NULL)
        return;
    g_ptr_array_unref(rollback->verified);
    g_ptr_array_unref(rollback->fresh);
    g_free(rollback);
}

/* What the checkpoint knows of a file. */
typedef struct {
    guint64 length;
    guint64 hash;
} Known;

static gboolean
read_known(const TorporNode *entry, Known *known)
{
    return torpor_checkpoint_file_uint(entry, TORPOR_KEY_BYTE_LENGTH, &known->length) &&
           torpor_checkpoint_file_uint(entry, TORPOR_KEY_XXH3, &known->hash);
}

static gboolean
digest_beginning(Verified *verified, const struct stat *status, GError **error)
{
    const char *path = verified->output->path;
    if ((guint64)status->st_size < verified->length) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "output %s: expected at least the %" G_GUINT64_FORMAT
                    " bytes of the checkpoint, found %" G_GUINT64_FORMAT
                    "; does the host open it with \"w\", which empties it? Open it with \"a\". Put "
                    "the file back, or use resume=never to start afresh",
                    path, verified->length, (guint64)status->st_size);
        return FALSE;
    }
    verified->digest = torpor_output_digest_new(status, error);
    return verified->digest != NULL && torpor_output_digest_advance(verified->digest, verified->fd,
                                                                    verified->length, path, error);
}

/* The host's file begins with what the checkpoint knows, and is to be cut there. */
static gboolean
verify_output(TorporRollback *rollback, const struct torpor_output *output, const Known *known,
              GError **error)
{
    if (!torpor_output_flush(output, error))
        return FALSE;
    struct stat status;
    int fd = torpor_output_open(rollback->outputs, output->path, O_RDWR, &status, error);
    if (fd < 0) {
        g_prefix_error(error, "the checkpoint cannot be resumed without its output: ");
        return FALSE;
    }
    Verified *verified = g_new0(Verified, 1);
    *verified = (Verified){.output = output, .fd = fd, .length = known->length};
    gboolean is_read = digest_beginning(verified, &status, error);
    if (is_read && torpor_output_digest_hash(verified->digest) == known->hash) {
        g_ptr_array_add(rollback->verified, verified);
        return TRUE;
    }
    if (is_read)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "output %s: its first %" G_GUINT64_FORMAT
                    " bytes are no longer those of the checkpoint; put the file back, or "
                    "resume=never to start afresh",
                    output->path, known->length);
    verified_free(verified);
    return FALSE;
}

/* ---- outputs that only one side knows ---- */

typedef struct {
    TorporRollback *rollback;
    const TorporNode *map; /* of the checkpoint; may be NULL */
    GHashTable *listed;    /* paths that the host lists, or that a file had before its renaming */
    TorporReport *report;
} Match;

static const TorporNode *
first_entry(const Match *match)
{
    return match->map == NULL || match->map->kind != TORPOR_NODE_MAP ? NULL
                                                                     : match->map->value.map.first;
}

/* Is it a file of the checkpoint by another name? So it is if it begins with the same bytes, and
 * the file by the old name is gone. */
static gboolean
was_renamed(const Match *match, const struct torpor_output *output)
{
    TorporOutputPlaces *places = torpor_outputs_places(match->rollback->outputs);
    for (const TorporNode *entry = first_entry(match); entry != NULL; entry = entry->next) {
        Known known;
        g_autofree char *old = torpor_output_places_find(places, entry->key);
        if (g_hash_table_contains(match->listed, entry->key) || !read_known(entry, &known) ||
            known.length == 0 || access(old, F_OK) == 0 ||
            !verify_output(match->rollback, output, &known, NULL))
            continue;
        g_autofree char *path = g_strdup_printf(TORPOR_SECTION_OUTPUTS "/%s", output->path);
        torpor_report_note(match->report, path, "it was %s at the checkpoint", entry->key);
        g_hash_table_add(match->listed, (gpointer)entry->key);
        return TRUE;
    }
    return FALSE;
}

/* The host lists an output that the checkpoint does not know. */
static gboolean
judge_new(const Match *match, const struct torpor_output *output, GError **error)
{
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_OUTPUTS "/%s", output->path);
    gboolean is_optional = (output->flags & TORPOR_OUTPUT_OPTIONAL) != 0;
    if (torpor_map_get(match->map, output->path) == NULL) {
        if (was_renamed(match, output))
            return TRUE;
        if (is_optional) {
            torpor_report_note(match->report, path,
                               "not in the checkpoint (optional); left as it is");
            return TRUE;
        }
    }
    const TorporNode *other = first_entry(match);
    while (other != NULL && g_hash_table_contains(match->listed, other->key))
        other = other->next;
    g_autofree char *found =
        other == NULL
            ? g_strdup("none; mismatch=warn lets it begin empty")
            : g_strdup_printf("none, but %s; if it has another name now, rename the file too, or "
                              "write it by its old name; mismatch=warn lets this one begin empty",
                              other->key);
    if (!torpor_report_mismatch(match->report, TORPOR_STATUS_MISMATCH, path, "this output", found,
                                error))
        return FALSE;
    if (!is_optional)
        g_ptr_array_add(match->rollback->fresh, (gpointer)output);
    return TRUE;
}

/* Report the outputs of the checkpoint that the host no longer lists. */
static gboolean
judge_forgotten(const Match *match, GError **error)
{
    for (const TorporNode *entry = first_entry(match); entry != NULL; entry = entry->next) {
        if (g_hash_table_contains(match->listed, entry->key))
            continue;
        g_autofree char *path = g_strdup_printf(TORPOR_SECTION_OUTPUTS "/%s", entry->key);
        if (!torpor_report_mismatch(
                match->report, TORPOR_STATUS_MISMATCH, path, "no such output of the host",
                "one; write it again, or go on without it by mismatch=warn", error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the rollback ---- */

static gboolean
list_outputs(const GPtrArray *described, GHashTable *listed, GError **error)
{
    for (guint i = 0; i < described->len; i++)
        if (!torpor_output_check_listed(g_ptr_array_index(described, i), listed, error))
            return FALSE;
    return TRUE;
}

TorporRollback *
torpor_rollback_prepare(TorporOutputs *outputs, const GPtrArray *described, const TorporNode *map,
                        TorporReport *report, GError **error)
{
    g_autoptr(TorporRollback) rollback = g_new0(TorporRollback, 1);
    rollback->host = report->host;
    rollback->outputs = outputs;
    rollback->verified = g_ptr_array_new_with_free_func(verified_free);
    rollback->fresh = g_ptr_array_new();
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    const Match match = {rollback, map, listed, report};
    if (!list_outputs(described, listed, error))
        return NULL;
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(described, i);
        Known known;
        gboolean is_known = read_known(torpor_map_get(map, output->path), &known);
        if (is_known ? !verify_output(rollback, output, &known, error)
                     : !judge_new(&match, output, error))
            return NULL;
    }
    if (!judge_forgotten(&match, error))
        return NULL;
    return g_steal_pointer(&rollback);
}

static gboolean
begin_fresh(const TorporRollback *rollback, GError **error)
{
    for (guint i = 0; i < rollback->fresh->len; i++) {
        const struct torpor_output *output = g_ptr_array_index(rollback->fresh, i);
        if (!torpor_fresh_output_make(rollback->outputs, output, error) ||
            !torpor_fresh_output_begin(rollback->outputs, output, rollback->host, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_rollback_loses_bytes(const TorporRollback *rollback)
{
    for (guint i = 0; i < rollback->verified->len; i++) {
        const Verified *verified = g_ptr_array_index(rollback->verified, i);
        struct stat status;
        if (fstat(verified->fd, &status) != 0 || (guint64)status.st_size > verified->length)
            return TRUE;
    }
    return FALSE;
}

gboolean
torpor_rollback_truncate(TorporRollback *rollback, GError **error)
{
    if (!begin_fresh(rollback, error))
        return FALSE;
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
torpor_rollback_commit(TorporRollback *rollback, GError **error)
{
    gboolean is_complete = TRUE;
    for (guint i = 0; i < rollback->verified->len; i++) {
        Verified *verified = g_ptr_array_index(rollback->verified, i);
        const struct torpor_output *output = verified->output;
        torpor_outputs_keep_digest(rollback->outputs, output->path,
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
