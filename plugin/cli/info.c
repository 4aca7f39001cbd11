/* torpor info FILE|DIR: what a file is, who wrote it and when, whether it is intact. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/summary.h"
#include "folder/folder.h"

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

/* Newest first. A file that cannot be read at all is reported and passed over. */
static gboolean
info_folder(const char *path, gboolean as_json, gboolean *is_intact, GError **error)
{
    g_autoptr(GPtrArray) checkpoints = torpor_folder_list(path, error);
    if (checkpoints == NULL)
        return FALSE;
    TorporJson json = {.depth = 0};
    if (as_json) {
        torpor_json_begin(&json, NULL, '[');
    } else {
        g_autofree char *shown = torpor_printable(path, strlen(path));
        printf("%s: %u checkpoint%s, newest first\n", shown, checkpoints->len,
               checkpoints->len == 1 ? "" : "s");
    }
    for (guint i = 0; i < checkpoints->len; i++) {
        const TorporCheckpoint *checkpoint = checkpoints->pdata[i];
        g_auto(TorporSummary) summary = {.path = NULL};
        GError *unreadable = NULL;
        if (!torpor_summary_init(&summary, checkpoint->path, &unreadable)) {
            torpor_command_fail(unreadable);
            *is_intact = FALSE;
            continue;
        }
        *is_intact = *is_intact && summary.damage == NULL;
        if (!as_json)
            torpor_summary_print_line(&summary);
        else if (!torpor_summary_put_json(&summary, &json, error))
            return FALSE;
    }
    if (as_json) {
        torpor_json_end(&json, ']');
        torpor_json_finish(&json);
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
