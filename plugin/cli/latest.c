/* torpor latest DIR: the newest checkpoint that is intact. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "folder/checkpoint_list.h"
#include "folder/newest.h"

int
torpor_command_latest(int argc, char **argv)
{
    if (!torpor_command_parse(
            "DIR",
            "Print the path of the newest intact checkpoint. Damaged ones that are newer "
            "are named\non standard error.",
            NULL, &argc, &argv, 1, 1))
        return TORPOR_EXIT_USAGE;
    GError *error = NULL;
    g_autoptr(GPtrArray) all = torpor_folder_list(argv[1], &error);
    if (all == NULL)
        return torpor_command_fail(error);
    if (all->len == 0) {
        g_set_error(&error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "'%s' has no checkpoints (ckpt-<step>.msgpack)", argv[1]);
        return torpor_command_fail(error);
    }
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = torpor_newest_select(AT_FDCWD, argv[1], TORPOR_RESUME_REQUIRE, NULL,
                                                 torpor_check_checkpoint, NULL, damaged, &error);
    for (guint i = 0; i < damaged->len; i++) {
        const char *line = damaged->pdata[i];
        g_autofree char *text = torpor_printable(line, strlen(line));
        fprintf(stderr, "torpor: passed over: %s\n", text);
    }
    if (path == NULL)
        return torpor_command_fail(error);
    puts(path);
    return torpor_output_flush(&error) ? TORPOR_EXIT_FINE : torpor_command_fail(error);
}
