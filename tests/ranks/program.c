/* The program of cells.h, for those who need what several ranks save: PROGRAM FOLDER RANKS STEPS
 * [OPTION,...]. Checkpoints, one each 10 steps, go to FOLDER/checkpoints. */
#include <stdio.h>

#include "run.h"

int
main(int argc, char **argv)
{
    guint64 n = argc < 4 ? 0 : g_ascii_strtoull(argv[2], NULL, 10);
    if (n < 1 || n > MAX_RANKS) {
        fprintf(stderr, "usage: %s FOLDER RANKS STEPS [OPTION,...]\n", argv[0]);
        return 2;
    }
    g_autofree char *dir = g_build_filename(argv[1], "checkpoints", NULL);
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, (guint)n, ONE_BY_ONE);
    run->folder = argv[1];
    run->until = g_ascii_strtoull(argv[3], NULL, 10);
    run->options = argc > 4 ? argv[4] : NULL;
    run_start(run);
    gboolean is_fine = TRUE;
    for (guint i = 0; i < run->n; i++) {
        const GError *error = run->ranks[i].error;
        is_fine = is_fine && error == NULL;
        if (error != NULL)
            fprintf(stderr, "rank %u: %s\n", i, error->message);
    }
    run_clear(run);
    return is_fine ? 0 : 1;
}
