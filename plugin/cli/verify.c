/* torpor verify FILE...|DIR: is every byte as it was written? */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "folder/folder.h"
#include "folder/subfolders.h"

/* What is to be checked of a folder: its checkpoints, and how runs have ended. */
static gboolean
add_folder(GPtrArray *paths, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) checkpoints = torpor_folder_list(folder, error);
    g_autoptr(GPtrArray) ends = checkpoints == NULL ? NULL : torpor_folder_ends(folder, error);
    if (ends == NULL)
        return FALSE;
    for (guint i = 0; i < checkpoints->len; i++)
        g_ptr_array_add(paths, g_strdup(((const TorporCheckpoint *)checkpoints->pdata[i])->path));
    for (guint i = 0; i < ends->len; i++)
        g_ptr_array_add(paths, g_strdup(ends->pdata[i]));
    return TRUE;
}

/* Files as they are, folders with those of further trajectories. */
static gboolean
add_paths(GPtrArray *paths, const char *operand, GError **error)
{
    if (!g_file_test(operand, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(paths, g_strdup(operand));
        return TRUE;
    }
    guint n_before = paths->len;
    g_autoptr(GPtrArray) folders = torpor_folder_trajectories(operand, error);
    if (folders == NULL)
        return FALSE;
    for (guint i = 0; i < folders->len; i++)
        if (!add_folder(paths, folders->pdata[i], error))
            return FALSE;
    if (paths->len > n_before)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                "'%s' has no checkpoints (ckpt-<step>.msgpack); name other files one by one",
                operand);
    return FALSE;
}

static void
print_outcome(const char *path, gboolean indexed, const GError *error)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *shown = torpor_printable(path, strlen(path));
    if (error == NULL) {
        printf("%s: %sfine%s%s\n", shown, colours->good, colours->plain,
               indexed ? "" : " (structure only: it has no index)");
        return;
    }
    g_autofree char *text = torpor_printable(error->message, strlen(error->message));
    printf("%s: %sNOT FINE%s\n", shown, colours->bad, colours->plain);
    fflush(stdout);
    fprintf(stderr, "torpor: %s\n", text);
}

static void
put_outcome(TorporJson *json, const char *path, gboolean indexed, const GError *error)
{
    const char *status = error == NULL                            ? "fine"
                         : error->code == TORPOR_STATUS_DAMAGED   ? "damaged"
                         : error->code == TORPOR_STATUS_NOT_FOUND ? "not found"
                                                                  : "unreadable";
    torpor_json_begin(json, NULL, '{');
    torpor_json_text(json, "path", path, -1);
    torpor_json_text(json, "status", status, -1);
    torpor_json_bool(json, "ok", error == NULL);
    torpor_json_bool(json, "indexed", indexed);
    torpor_json_text(json, "error", error == NULL ? NULL : error->message, -1);
    torpor_json_end(json, '}');
}

int
torpor_command_verify(int argc, char **argv)
{
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "a list of objects, one per file", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse("FILE...|DIR",
                              "Check every byte of files, or of the checkpoints of folders. Files "
                              "without an index\nare checked for their structure.",
                              entries, &argc, &argv, 1, 0))
        return TORPOR_EXIT_USAGE;
    GError *error = NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (int i = 1; i < argc; i++)
        if (!add_paths(paths, argv[i], &error))
            return torpor_command_fail(error);
    TorporJson json = {.depth = 0};
    if (as_json)
        torpor_json_begin(&json, NULL, '[');
    gboolean is_fine = TRUE;
    for (guint i = 0; i < paths->len; i++) {
        gboolean indexed = FALSE;
        g_autoptr(GError) reason = NULL;
        is_fine = torpor_check_file(paths->pdata[i], &indexed, &reason) && is_fine;
        if (as_json)
            put_outcome(&json, paths->pdata[i], indexed, reason);
        else
            print_outcome(paths->pdata[i], indexed, reason);
    }
    if (as_json) {
        torpor_json_end(&json, ']');
        torpor_json_finish(&json);
    }
    if (!torpor_output_flush(&error))
        return torpor_command_fail(error);
    return is_fine ? TORPOR_EXIT_FINE : TORPOR_EXIT_FAILED;
}
