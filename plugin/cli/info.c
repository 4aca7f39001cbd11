/* torpor info FILE|DIR: what a file is, who wrote it and when, whether it is intact. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/summary.h"
#include "folder/folder.h"
#include "folder/subfolders.h"

static gboolean
info_file(const char *path, gboolean as_json, gboolean *is_intact, GError **error)
{
    g_auto(TorporSummary) summary = {.path = NULL};
    if (!torpor_summary_init(&summary, path, error))
        return FALSE;
    *is_intact = summary.damage == NULL;
    if (!as_json) {
        torpor_summary_print(&summary);
        return TRUE;
    }
    TorporJson json = {.depth = 0};
    if (!torpor_summary_put_json(&summary, &json, error))
        return FALSE;
    torpor_json_finish(&json);
    return TRUE;
}

/* Of files that are listed: where they go to, and whether all are intact. */
typedef struct {
    gboolean as_json;
    TorporJson json;
    gboolean are_intact;
} Listing;

/* A file that cannot be read at all is reported and passed over. */
static gboolean
list_file(Listing *listing, const char *path, GError **error)
{
    g_auto(TorporSummary) summary = {.path = NULL};
    GError *unreadable = NULL;
    if (!torpor_summary_init(&summary, path, &unreadable)) {
        torpor_command_fail(unreadable);
        listing->are_intact = FALSE;
        return TRUE;
    }
    listing->are_intact = listing->are_intact && summary.damage == NULL;
    if (listing->as_json)
        return torpor_summary_put_json(&summary, &listing->json, error);
    torpor_summary_print_line(&summary);
    return TRUE;
}

static void
print_heading(const Listing *listing, const char *folder, guint n, const char *one,
              const char *several)
{
    if (listing->as_json)
        return;
    g_autofree char *shown = torpor_printable(folder, strlen(folder));
    printf("%s: %u %s\n", shown, n, n == 1 ? one : several);
}

static gboolean
list_folder(Listing *listing, const char *path, GError **error)
{
    g_autoptr(GPtrArray) checkpoints = torpor_folder_list(path, error);
    g_autoptr(GPtrArray) ends = checkpoints == NULL ? NULL : torpor_folder_ends(path, error);
    if (ends == NULL)
        return FALSE;
    print_heading(listing, path, checkpoints->len, "checkpoint, newest first",
                  "checkpoints, newest first");
    for (guint i = 0; i < checkpoints->len; i++)
        if (!list_file(listing, ((const TorporCheckpoint *)checkpoints->pdata[i])->path, error))
            return FALSE;
    if (ends->len == 0)
        return TRUE;
    g_autofree char *folder = g_path_get_dirname(ends->pdata[0]);
    print_heading(listing, folder, ends->len, "end of a run of the script",
                  "ends of runs of the script");
    for (guint i = 0; i < ends->len; i++)
        if (!list_file(listing, ends->pdata[i], error))
            return FALSE;
    return TRUE;
}

/* With those of further trajectories. */
static gboolean
info_folder(const char *path, gboolean as_json, gboolean *is_intact, GError **error)
{
    g_autoptr(GPtrArray) folders = torpor_folder_trajectories(path, error);
    if (folders == NULL)
        return FALSE;
    Listing listing = {.as_json = as_json, .are_intact = TRUE};
    if (as_json)
        torpor_json_begin(&listing.json, NULL, '[');
    for (guint i = 0; i < folders->len; i++)
        if (!list_folder(&listing, folders->pdata[i], error))
            return FALSE;
    *is_intact = listing.are_intact;
    if (as_json) {
        torpor_json_end(&listing.json, ']');
        torpor_json_finish(&listing.json);
    }
    return TRUE;
}

int
torpor_command_info(int argc, char **argv)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
                                     "an object; for a folder a list of them, newest first", NULL},
                                    G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse("FILE|DIR",
                              "Describe a checkpoint, or those of a folder. All bytes are checked.",
                              entries, &argc, &argv, 1, 1))
        return TORPOR_EXIT_USAGE;
    gboolean is_intact = TRUE;
    gboolean is_folder = g_file_test(argv[1], G_FILE_TEST_IS_DIR);
    GError *error = NULL;
    if (!(is_folder ? info_folder : info_file)(argv[1], as_json, &is_intact, &error) ||
        !torpor_output_flush(&error))
        return torpor_command_fail(error);
    return is_intact ? TORPOR_EXIT_FINE : TORPOR_EXIT_FAILED;
}
