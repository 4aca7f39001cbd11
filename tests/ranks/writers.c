/* Fewer writers than ranks. */
#include "ranks.h"

#include "run.h"

/* Run on n ranks with few writers until all die at step 47. */
static void
run_with_writers(const char *dir, guint n, const char *mode, const char *options)
{
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, n, ONE_BY_ONE);
    run->mode = mode;
    run->options = options;
    run->until = 47;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    g_assert_cmpint(g_atomic_int_get(&run->crowd.n_sent), >, 0);
    run_clear(run);
}

static void
test_writers(void)
{
    static const struct {
        guint n;
        guint writers;
        guint after;
        const char *options; /* of the run before */
        const char *options_after;
    } cases[] = {
        {2, 1, 3, "writers=1", "keep=3"},
        {3, 1, 3, "writers=1", "writers=1"},
        {3, 2, 1, "writers=2,compress=zstd", "keep=3"},
        {3, 1, 2, "writers=1,compress=zstd", "compress=zstd"},
        {4, 3, 8, "writers=3", "writers=2,compress=zstd"},
        {8, 3, 8, "writers=3", "keep=3"},
        {8, 1, 5, "writers=1", "writers=4"},
    };
    static const char *const modes[] = {"sync", "async"};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *dir = dir_new();
        run_with_writers(dir, cases[i].n, modes[i % 2], cases[i].options);
        g_assert_cmpuint(count_shards(dir, 30), ==, cases[i].writers);
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, cases[i].after, (Dealing)(i % 3));
        run->options = cases[i].options_after;
        run->mode = modes[(i + 1) % 2];
        run_start(run);
        g_assert_true(run->ranks[0].resumed);
        g_assert_null(strstr(run->ranks[0].cells.log->str, "passed over"));
        assert_equals_straight(run);
    }
}

/* The same state gives the same checkpoint, whoever writes. */
static void
test_writers_whole(void)
{
    g_autofree char *own = dir_new();
    g_autofree char *shared = dir_new();
    run_and_die(own, 5, ONE_BY_ONE, "sync");
    run_with_writers(shared, 5, "async", "writers=2");
    g_autofree char *one = path_of(own, "ckpt-0000000000000030.msgpack");
    g_autofree char *other = path_of(shared, "ckpt-0000000000000030.msgpack");
    g_autofree char *one_out = path_of(own, "whole");
    g_autofree char *other_out = path_of(shared, "whole");
    g_autofree char *tool = g_strdup(g_getenv("TORPOR_CLI"));
    if (tool == NULL) {
        g_test_skip("TORPOR_CLI is not set");
        return;
    }
    g_autofree char *command = g_strdup_printf(
        "sh -c '\"%s\" verify %s && \"%s\" diff %s %s && \"%s\" convert %s %s && "
        "\"%s\" diff %s %s'",
        tool, other, tool, one, other, tool, other, other_out, tool, one, other_out);
    gint status = -1;
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

static guint failing_rank;

static void
fail_save_of_victim(Rank *rank)
{
    if (rank->cells.seat.rank == failing_rank) {
        rank->cells.fails_at = "save_begin";
        rank->cells.fail_step = 20;
    }
}

static void
die_in_save(Rank *rank)
{
    if (rank->cells.seat.rank == failing_rank)
        rank->cells.dies_at_save = 20;
}

/* A rank that has nothing to give, and a writer that cannot write. */
static void
test_writers_fail(void)
{
    for (guint victim = 0; victim < 5; victim++) {
        g_autofree char *dir = dir_new();
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 5, ONE_BY_ONE);
        run->options = "writers=2,keep=9";
        run->mode = victim % 2 == 0 ? "sync" : "async";
        run->before = fail_save_of_victim;
        failing_rank = victim;
        run_start(run);
        g_autofree char *text =
            g_strdup_printf("the run goes on: rank %u: the host's save_begin", victim);
        for (guint r = 0; r < run->n; r++)
            g_assert_nonnull(strstr(run->ranks[r].cells.log->str, text));
        assert_equals_straight(run);
        g_assert_cmpuint(count_shards(dir, 10), ==, 2);
        g_assert_cmpuint(count_shards(dir, 20), ==, G_MAXUINT);
        g_assert_false(is_there(dir, "ckpt-0000000000000020.shard-0-of-2.msgpack"));
        g_assert_cmpuint(count_shards(dir, 30), ==, 2);
    }
}

/* Its death while bytes are on their way: the others learn of it. */
static void
test_writers_dead(void)
{
    for (guint victim = 0; victim < 4; victim++) {
        g_autofree char *dir = dir_new();
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 4, ONE_BY_ONE);
        run->options = "writers=1";
        run->before = die_in_save;
        failing_rank = victim;
        run_start(run);
        run_clear(run);
        g_assert_cmpuint(count_shards(dir, 10), ==, 1);
        g_assert_cmpuint(count_shards(dir, 20), ==, G_MAXUINT);
        *run = run_new(dir, 2, IN_BLOCKS);
        run->options = "writers=1";
        run_start(run);
        g_assert_true(run->ranks[0].resumed);
        assert_equals_straight(run);
    }
}

static void
test_writers_damage(void)
{
    g_autofree char *dir = dir_new();
    run_with_writers(dir, 4, "sync", "writers=2");
    g_autofree char *newest = path_of(dir, "ckpt-0000000000000040.shard-1-of-2.msgpack");
    flip(newest, 3000);
    resume_after_damage(dir, 3, "ckpt-0000000000000040.shard-1-of-2.msgpack");
}

static void
take_send_away(Rank *rank)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) options = g_strsplit("dir=unused,writers=1", ",", -1);
    rank->collective.send = NULL;
    rank->collective.receive = NULL;
    g_assert_null(
        torpor_session_new(&rank->host, &rank->cells, (const char *const *)options, 2, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "option writers=1: the host cells runs on 2 ranks"));
}

static void
test_writers_refused(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->before = take_send_away;
    run_start(run);
    assert_equals_straight(run);
}

void
add_writers_tests(void)
{
    g_test_add_func("/ranks/writers/restart", test_writers);
    g_test_add_func("/ranks/writers/whole", test_writers_whole);
    g_test_add_func("/ranks/writers/failure", test_writers_fail);
    g_test_add_func("/ranks/writers/dead-rank", test_writers_dead);
    g_test_add_func("/ranks/writers/damage", test_writers_damage);
    g_test_add_func("/ranks/writers/refused", test_writers_refused);
}
