#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "file/verify.h"
#include "msgpack/decode.h"

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
torpor_opened_init(TorporOpened *opened, const char *path, GError **error)
{
    *opened = (TorporOpened){.file = NULL};
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "'%s' is a folder; expected a file, such as the one that "
                    "`torpor latest '%s'` prints",
                    path, path);
        return FALSE;
    }
    opened->file = torpor_file_open(path, error);
    if (opened->file == NULL)
        return FALSE;
    opened->tree = torpor_decode_file(opened->file, error);
    return opened->tree != NULL;
}

void
torpor_opened_clear(TorporOpened *opened)
{
    g_clear_pointer(&opened->tree, torpor_tree_free);
    g_clear_pointer(&opened->file, torpor_file_close);
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
check_file(const char *path, gboolean needs_index, gboolean *indexed, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open(path, error);
    if (file == NULL)
        return FALSE;
    g_autoptr(GError) reason = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &reason);
    *indexed = index != NULL || reason != NULL;
    if (index == NULL && reason == NULL && needs_index)
        g_set_error(&reason, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s' has no index at its end; a checkpoint has one", path);
    if (reason == NULL) {
        g_auto(TorporProgress) progress;
        torpor_progress_init(&progress, "checking");
        return torpor_file_verify(file, index, 0, NULL, torpor_progress_update, &progress, error);
    }
    g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}

gboolean
torpor_check_file(const char *path, gboolean *indexed, GError **error)
{
    return check_file(path, FALSE, indexed, error);
}

gboolean
torpor_check_checkpoint(G_GNUC_UNUSED gpointer unused, const char *path, GError **error)
{
    gboolean indexed;
    return check_file(path, TRUE, &indexed, error);
}
