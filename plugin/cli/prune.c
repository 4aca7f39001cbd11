/* torpor prune DIR: retention by hand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "folder/retention.h"

#define USUAL_KEEP 3

typedef struct {
    gint64 keep;
    gboolean is_dry_run;
    gboolean as_json;
} PruneOptions;

/* Checkpoints by path, with their bytes, while all are there. */
static GHashTable *
measure(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) all = torpor_folder_list(folder, error);
    if (all == NULL)
        return NULL;
    g_autoptr(GHashTable) bytes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        struct stat status;
        if (stat(checkpoint->path, &status) != 0) {
            torpor_error_set_errno(error, errno, "cannot examine '%s'", checkpoint->path);
            return NULL;
        }
        guint64 size = (guint64)status.st_size;
        g_hash_table_insert(bytes, g_strdup(checkpoint->path), g_memdup2(&size, sizeof size));
    }
    return g_steal_pointer(&bytes);
}

static guint64
sum_of(GHashTable *bytes, const GPtrArray *removed)
{
    guint64 sum = 0;
    for (guint i = 0; i < removed->len; i++) {
        const guint64 *size = g_hash_table_lookup(bytes, removed->pdata[i]);
        sum += size != NULL ? *size : 0;
    }
    return sum;
}

static void
print_removed(const PruneOptions *options, const GPtrArray *removed, guint64 freed, guint n_left)
{
    for (guint i = 0; i < removed->len; i++) {
        const char *path = removed->pdata[i];
        g_autofree char *shown = torpor_printable(path, strlen(path));
        printf("%s %s\n", options->is_dry_run ? "would remove" : "removed", shown);
    }
    g_autofree char *size = torpor_size_to_text(freed);
    printf("%u of %u checkpoints %s, %s\n", removed->len, removed->len + n_left,
           options->is_dry_run ? "would go" : "removed", size);
}

static void
put_removed(const PruneOptions *options, const GPtrArray *removed, guint64 freed, guint n_left)
{
    TorporJson json = {.depth = 0};
    torpor_json_begin(&json, NULL, '{');
    torpor_json_bool(&json, "dry_run", options->is_dry_run);
    torpor_json_uint(&json, "keep", (guint64)options->keep);
    torpor_json_begin(&json, "removed", '[');
    for (guint i = 0; i < removed->len; i++)
        torpor_json_text(&json, NULL, removed->pdata[i], -1);
    torpor_json_end(&json, ']');
    torpor_json_uint(&json, "bytes", freed);
    torpor_json_uint(&json, "left", n_left);
    torpor_json_end(&json, '}');
    torpor_json_finish(&json);
}

/* The lock would create a folder; to prune one that is not there is a mistake. */
static gboolean
check_folder(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "'%s' is a file; expected a folder of checkpoints", path);
    else if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "there is no folder '%s'; nothing to prune", path);
    else
        return TRUE;
    return FALSE;
}

static gboolean
prune(const char *path, const PruneOptions *options, GError **error)
{
    if (!check_folder(path, error))
        return FALSE;
    g_autoptr(TorporFolder) folder = torpor_folder_lock(path, error);
    if (folder == NULL) {
        if (error != NULL && g_error_matches(*error, TORPOR_ERROR, TORPOR_STATUS_BUSY))
            g_prefix_error(error, "nothing was removed: a run that saves here prunes by itself: ");
        return FALSE;
    }
    g_autoptr(GHashTable) bytes = measure(path, error);
    if (bytes == NULL)
        return FALSE;
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    GError *reason = NULL;
    torpor_retention_prune(folder, NULL, (guint64)options->keep, 0, options->is_dry_run,
                           torpor_check_checkpoint, NULL, removed, &reason);
    guint n_left = g_hash_table_size(bytes) - removed->len;
    if (reason == NULL || removed->len > 0)
        (options->as_json ? put_removed : print_removed)(options, removed, sum_of(bytes, removed),
                                                         n_left);
    if (reason != NULL) {
        g_propagate_error(error, reason);
        return FALSE;
    }
    return torpor_output_flush(error);
}

int
torpor_command_prune(int argc, char **argv)
{
    PruneOptions options = {.keep = USUAL_KEEP};
    const GOptionEntry entries[] = {
        {"keep", 'k', 0, G_OPTION_ARG_INT64, &options.keep,
         "the number of newest intact checkpoints that stay (3)", "N"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options.is_dry_run,
         "only say what would be removed", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.as_json, "an object", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse(
            "DIR",
            "Remove the old checkpoints of a folder. Damaged ones do not count among those that "
            "stay.\nThose that a run keeps for good (keep_every) stay too.",
            entries, &argc, &argv, 1, 1))
        return TORPOR_EXIT_USAGE;
    if (options.keep < 1)
        return torpor_command_misuse("prune", "--keep: expected 1 or more, found %" G_GINT64_FORMAT,
                                     options.keep);
    GError *error = NULL;
    return prune(argv[1], &options, &error) ? TORPOR_EXIT_FINE : torpor_command_fail(error);
}
