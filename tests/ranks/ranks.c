/* Checkpoints of several ranks, with threads as ranks. */
#include "ranks.h"

#include "run.h"

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    runs_begin();
    add_restart_tests();
    add_origin_tests();
    add_codec_tests();
    add_decision_tests();
    add_failures_tests();
    add_damage_tests();
    add_writers_tests();
    add_folder_tests();
    add_incremental_tests();
    int status = g_test_run();
    runs_end();
    return status;
}
