#include "cli/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/output.h"
#include "cli/progress.h"

/* GLib leaves the "--" where operands follow that look like options. */
static void
drop_separator(int *argc, char **argv)
{
    int at = 1;
    while (at < *argc && strcmp(argv[at], "--") != 0)
        at++;
    if (at == *argc)
        return;
    --*argc;
    for (; at < *argc; at++)
        argv[at] = argv[at + 1];
}

gboolean
torpor_command_parse(const char *operands, const char *summary, const GOptionEntry *entries,
                     int *argc, char ***argv, int min, int max)
{
    const char *command = (*argv)[0];
    g_autofree char *program = g_strdup_printf("torpor %s", command);
    g_set_prgname(program);
    g_autoptr(GOptionContext) context = g_option_context_new(operands);
    g_option_context_set_summary(context, summary);
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse(context, argc, argv, &error)) {
        torpor_command_misuse(command, "%s", error->message);
        return FALSE;
    }
    drop_separator(argc, *argv);
    int n = *argc - 1;
    if (n < min || (max > 0 && n > max)) {
        torpor_command_misuse(command, "expected %s, found %d word%s", operands, n,
                              n == 1 ? "" : "s");
        return FALSE;
    }
    return TRUE;
}

int
torpor_command_fail(GError *error)
{
    g_autofree char *text = torpor_printable(error->message, strlen(error->message));
    fprintf(stderr, "torpor: %s\n", text);
    gint code = error->code;
    g_error_free(error);
    return code == TORPOR_STATUS_INVALID ? TORPOR_EXIT_USAGE : TORPOR_EXIT_FAILED;
}

int
torpor_command_misuse(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *text = torpor_printable(what, strlen(what));
    fprintf(stderr, "torpor %s: %s\nTry: torpor %s --help\n", command, text, command);
    return TORPOR_EXIT_USAGE;
}

/* ---- files ---- */

gboolean
torpor_command_refuse_folder(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "'%s' is a folder; expected a file, such as the one that "
                "`torpor latest '%s'` prints",
                path, path);
    return FALSE;
}

static gboolean
open_whole(TorporOpened *opened, const char *path, gboolean shows_each, GError **error)
{
    *opened = (TorporOpened){.file = NULL};
    return torpor_command_refuse_folder(path, error) &&
           torpor_whole_file_open(opened, path, shows_each, error);
}

gboolean
torpor_opened_init(TorporOpened *opened, const char *path, GError **error)
{
    return open_whole(opened, path, TRUE, error);
}

gboolean
torpor_opened_init_to_copy(TorporOpened *opened, const char *path, GError **error)
{
    return open_whole(opened, path, FALSE, error);
}

const TorporNode *
torpor_opened_lookup(const TorporOpened *opened, const char *path, GError **error)
{
    const TorporNode *node =
        torpor_tree_lookup(opened->tree, path[0] == '/' ? path + 1 : path, error);
    if (node == NULL)
        g_prefix_error(error, "'%s' (see `torpor ls`): ", opened->file->path);
    return node;
}

static gboolean
check_file(int folder, const char *path, gboolean needs_index, gboolean *indexed, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, error);
    if (file == NULL)
        return FALSE;
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "checking");
    return torpor_whole_file_verify(file, folder, needs_index, indexed, torpor_progress_update,
                                    &progress, error);
}

gboolean
torpor_check_file(const char *path, gboolean *indexed, GError **error)
{
    return check_file(AT_FDCWD, path, FALSE, indexed, error);
}

gboolean
torpor_check_checkpoint(G_GNUC_UNUSED gpointer unused, int folder, const char *path, GError **error)
{
    gboolean indexed;
    return check_file(folder, path, TRUE, &indexed, error);
}
