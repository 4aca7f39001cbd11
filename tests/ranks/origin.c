/* The model as it was built: the same as when the run began, and the same on all ranks. */
#include "ranks.h"

#include "run.h"

static void
change_seed(Rank *rank)
{
    rank->cells.generator[0]++;
}

static void
change_weight(Rank *rank)
{
    rank->cells.cells[0].weights[1] += 1;
}

/* A restart with another seed is refused on any number of ranks. */
static void
test_seed(void)
{
    static const guint pairs[][2] = {{1, 1}, {1, 3}, {3, 1}, {3, 3}, {3, 2}, {2, 4}};
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *dir = dir_new();
        g_test_message("%u -> %u", pairs[i][0], pairs[i][1]);
        run_and_die(dir, pairs[i][0], ONE_BY_ONE, "sync");
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, pairs[i][1], IN_BLOCKS);
        run->before = change_seed;
        run_start(run);
        for (guint r = 0; r < run->n; r++) {
            g_assert_error(run->ranks[r].error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
            g_assert_nonnull(
                strstr(run->ranks[r].error->message, "origin: generators/noise/state differs"));
        }
        run_clear(run);
    }
}

/* Where the same objects are on the same ranks, their first values count too. */
static void
test_given(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = change_weight;
    run_start(run);
    g_assert_error(run->ranks[0].error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_nonnull(
        strstr(run->ranks[0].error->message, "origin: cells/all/weights differs from when"));
    run_clear(run);
}

static void
change_bias(Rank *rank)
{
    rank->cells.cells[0].bias = 1;
}

/* On another number of ranks, parameters are compared one by one as they are restored. */
static void
test_parameter(void)
{
    static const char *const options[] = {NULL, "origin=warn", "origin=ignore"};
    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autofree char *dir = dir_new();
        run_and_die(dir, 3, ONE_BY_ONE, "sync");
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 2, ONE_BY_ONE);
        run->before = change_bias;
        run->options = options[i];
        if (i == 0) {
            assert_refused(run, TORPOR_STATUS_FINGERPRINT,
                           "origin: cells/all/bias differs from what was built now");
            continue;
        }
        run_start(run);
        assert_all_fine(run);
        g_assert_true(run->ranks[0].resumed);
        const char *warning = strstr(run->ranks[0].cells.log->str, "cells/all/bias: it differs");
        g_assert_cmpint(warning != NULL, ==, i == 1);
        g_assert_cmpfloat(run->ranks[0].cells.cells[0].bias, ==, 0);
        assert_equals_straight(run);
    }
}

/* ---- all ranks ---- */

static void
listen_to_all(Rank *rank)
{
    rank->cells.least_level = TORPOR_LOG_DEBUG;
}

static void
change_seed_of_rank_2(Rank *rank)
{
    listen_to_all(rank);
    rank->cells.generator[0] += rank->cells.seat.rank == 2;
}

/* A generator may be of a rank: the run begins, and says what follows from that. */
static void
test_seeds_differ(void)
{
    static const char words[] =
        "origin: generators/noise/state is another one on rank 2 than on rank 0, and has no key: "
        "if that stays so, the run can go on on 3 ranks only";
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = change_seed_of_rank_2;
    run->until = 12;
    run_start(run);
    assert_all_fine(run);
    g_assert_nonnull(strstr(run->ranks[0].cells.log->str, words));
    g_assert_null(strstr(run->ranks[1].cells.log->str, "origin: "));
    run_clear(run);
    *run = run_new(dir, 2, ONE_BY_ONE);
    assert_refused(run, TORPOR_STATUS_UNSUPPORTED,
                   "generators/noise: it is not the same on the 3 ranks that saved it, "
                   "and has no key, so it can be restored on 3 ranks only");
}

static void
test_same_everywhere(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = listen_to_all;
    run_start(run);
    g_assert_null(strstr(run->ranks[0].cells.log->str, "origin: "));
    assert_equals_straight(run);
}

static void
declare_another_version(Rank *rank)
{
    rank->cells.has_version_2 = rank->cells.seat.rank == 1;
}

static void
test_versions_differ(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = declare_another_version;
    assert_refused(run, TORPOR_STATUS_MISMATCH,
                   "the type of links has another version on rank 1 than on rank 0");
}

static void
lose_keys_of_rank_1(Rank *rank)
{
    rank->cells.lacks_keys = rank->cells.seat.rank == 1;
}

/* No checkpoint is written that no restart could read. */
static void
test_keys_differ(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = lose_keys_of_rank_1;
    run->until = 12;
    run_start(run);
    for (guint i = 0; i < run->n; i++)
        g_assert_nonnull(strstr(run->ranks[i].cells.log->str,
                                "populations/links: rank 0 lists it with type \"link\" of version "
                                "1 and key \"id\", and rank 1 with type \"link\" of version 1 and "
                                "no key; all ranks must list it alike"));
    g_assert_false(is_there(dir, "ckpt-0000000000000010.msgpack"));
    run_clear(run);
}

/* ---- later runs of a script ---- */

/* Begin run 1 of the script, with another parameter on rank 1 if `drive` is not 0. */
static void
begin_second_run(Rank *rank, guint64 run, double drive)
{
    rank->cells.drive = rank->cells.seat.rank == 1 ? drive : 0;
    (void)torpor_session_begin_run(rank->session, run, &rank->error);
}

static void
begin_as_before(Rank *rank)
{
    if (torpor_session_begin_run(rank->session, 0, &rank->error))
        begin_second_run(rank, 1, 0);
}

static void
begin_with_another_drive(Rank *rank)
{
    if (torpor_session_begin_run(rank->session, 0, &rank->error))
        begin_second_run(rank, 1, 0.5);
}

static void
begin_another_run(Rank *rank)
{
    (void)torpor_session_begin_run(rank->session, rank->cells.seat.rank == 2 ? 1 : 0, &rank->error);
}

/* One rank's script sets something else: no rank goes on. */
static void
test_later_run(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->begin = begin_as_before;
    run->until = 12;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    run_clear(run);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->begin = begin_with_another_drive;
    assert_refused(run, TORPOR_STATUS_FINGERPRINT,
                   "rank 1: origin: trees/parameters/drive differs from when run 2 of this script "
                   "began");
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->begin = begin_as_before;
    run_start(run);
    assert_equals_straight(run);
}

static void
test_other_run(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->begin = begin_another_run;
    assert_refused(
        run, TORPOR_STATUS_MISMATCH,
        "rank 0 begins run 1 of its script at step 0, and rank 2 begins run 2 at step 0");
}

void
add_origin_tests(void)
{
    g_test_add_func("/ranks/origin/seed", test_seed);
    g_test_add_func("/ranks/origin/given", test_given);
    g_test_add_func("/ranks/origin/parameter", test_parameter);
    g_test_add_func("/ranks/origin/seeds-differ", test_seeds_differ);
    g_test_add_func("/ranks/origin/same-everywhere", test_same_everywhere);
    g_test_add_func("/ranks/origin/versions-differ", test_versions_differ);
    g_test_add_func("/ranks/origin/keys-differ", test_keys_differ);
    g_test_add_func("/ranks/origin/later-run", test_later_run);
    g_test_add_func("/ranks/origin/other-run", test_other_run);
}
