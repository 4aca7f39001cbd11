/* Restarts on any number of ranks, with the objects dealt to them in any way. */
#include "ranks.h"

#include <sys/resource.h>

#include "session/peek.h"

#include "run.h"

static const guint numbers[] = {1, 2, 3, 4, 8};

static void
restart(guint before, Dealing dealing_before, guint after, Dealing dealing_after, const char *mode)
{
    g_autofree char *dir = dir_new();
    g_test_message("%u ranks (dealing %d) -> %u (%d), %s", before, dealing_before, after,
                   dealing_after, mode);
    run_and_die(dir, before, dealing_before, mode);
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, after, dealing_after);
    run->mode = mode;
    run_start(run);
    for (guint i = 0; i < after; i++)
        g_assert_true(run->ranks[i].resumed);
    assert_equals_straight(run);
}

static void
test_any_numbers(void)
{
    for (guint a = 0; a < G_N_ELEMENTS(numbers); a++)
        for (guint b = 0; b < G_N_ELEMENTS(numbers); b++)
            restart(numbers[a], (Dealing)((a + b) % 3), numbers[b], (Dealing)(b % 3),
                    (a + b) % 2 ? "sync" : "async");
}

static void
test_other_dealing(void)
{
    for (guint a = 0; a < 3; a++)
        for (guint b = 0; b < 3; b++)
            restart(3, (Dealing)a, 3, (Dealing)b, "sync");
}

/* The cell that a link refers to is on another rank now. */
static void
misplace_links(Rank *rank)
{
    for (guint i = 0; i < rank->cells.n_links; i++)
        rank->cells.links[i].id = (rank->cells.links[i].id + 2) % (2 * N_CELLS);
}

static void
test_misplaced(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->before = misplace_links;
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
        g_assert_nonnull(strstr(run->ranks[i].error->message, "populations/links/to: the object "));
        g_assert_nonnull(strstr(run->ranks[i].error->message,
                                " of \"cells/all\", which is now on another rank"));
        g_assert_cmpuint(run->ranks[i].cells.step, ==, 0);
    }
    run_clear(run);
}

/* ---- before the restart ---- */

static gint32
look(void *data, const struct torpor_glimpse *glimpse, struct torpor_error *error)
{
    const struct torpor_tree_reader *reader = glimpse->reader;
    guint64 *count = data;
    return reader->get_uint(reader->data, "layout/cells~1all/count", count, error);
}

/* On as many ranks, a rank sees what it has saved, and all else on any other number. */
static void
peek_at_cells(Rank *rank)
{
    GError *error = NULL;
    guint64 count = 0;
    gboolean found = FALSE;
    torpor_session_peek(rank->session, NULL, look, &count, &found, &error);
    g_assert_no_error(error);
    g_assert_true(found);
    g_assert_cmpuint(count, ==, rank->run->n == 3 ? rank->cells.n : N_CELLS);
}

static void
test_peek(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    for (guint n = 1; n <= 3; n++) {
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, n, ONE_BY_ONE);
        run->until = 40;
        run->before = peek_at_cells;
        run->dies = TRUE;
        run_start(run);
        assert_all_fine(run);
        run_clear(run);
    }
}

/* ---- many shards ---- */

/* A restart on one rank from more shards than it may open files. */
static void
test_descriptors(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    struct rlimit usual;
    *run = run_new(dir, MAX_RANKS, ONE_BY_ONE);
    run->until = 12;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    run_clear(run);
    g_assert_cmpuint(count_shards(dir, 10), ==, MAX_RANKS);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    const struct rlimit few = {MAX_RANKS / 2, usual.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
    *run = run_new(dir, 1, ONE_BY_ONE);
    run_start(run);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    g_assert_true(run->ranks[0].resumed);
    assert_equals_straight(run);
}

/* ---- what is of no use on another number of ranks ---- */

static void
exchange(Rank *rank)
{
    rank->cells.exchange_flags = TORPOR_POPULATION_OF_RANK;
}

static void
run_with_exchange(Run *run, const char *dir, guint n)
{
    *run = run_new(dir, n, ONE_BY_ONE);
    run->before = exchange;
}

/* It is restored on the same number of ranks; on others the live values go on. */
static void
test_of_rank(void)
{
    for (guint before = 1; before <= 3; before++)
        for (guint after = 1; after <= 3; after++) {
            g_autofree char *dir = dir_new();
            g_autofree Run *run = g_new(Run, 1);
            run_with_exchange(run, dir, before);
            run->until = 47;
            run->dies = TRUE;
            run_start(run);
            assert_all_fine(run);
            run_clear(run);
            run_with_exchange(run, dir, after);
            run_start(run);
            assert_all_fine(run);
            for (guint i = 0; i < after; i++) {
                const Cells *cells = &run->ranks[i].cells;
                g_assert_true(run->ranks[i].resumed);
                if (before == after)
                    g_assert_cmpuint(cells->messages, ==, after * cells->step);
                else
                    g_assert_cmpuint(cells->messages, <, after * cells->step);
                g_assert_cmpuint(cells->messages % after, ==, 0);
                g_assert_cmpuint(cells->bytes, ==, 16 * cells->messages);
            }
            assert_equals_straight(run);
        }
}

/* It has no key, and no other flag is known. */
static void
give_a_key(Rank *rank)
{
    exchange(rank);
    rank->cells.exchange_key = "messages";
}

static void
give_another_flag(Rank *rank)
{
    rank->cells.exchange_flags = 2;
}

static void
test_flags(void)
{
    static const struct {
        void (*before)(Rank *rank);
        const char *words;
    } cases[] = {{give_a_key, "expected no key beside"},
                 {give_another_flag, "expected the flag TORPOR_POPULATION_OF_RANK or none"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *dir = dir_new();
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 2, ONE_BY_ONE);
        run->before = cases[i].before;
        assert_refused(run, TORPOR_STATUS_INVALID, cases[i].words);
    }
}

void
add_restart_tests(void)
{
    g_test_add_func("/ranks/restart/any-numbers", test_any_numbers);
    g_test_add_func("/ranks/restart/other-dealing", test_other_dealing);
    g_test_add_func("/ranks/restart/misplaced", test_misplaced);
    g_test_add_func("/ranks/restart/peek", test_peek);
    g_test_add_func("/ranks/restart/descriptors", test_descriptors);
    g_test_add_func("/ranks/restart/of-rank", test_of_rank);
    g_test_add_func("/ranks/restart/flags", test_flags);
}
