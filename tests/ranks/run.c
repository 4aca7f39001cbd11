#include "run.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "checkpoint/checkpoint_file.h"

static char *folder;

static void
open_rank(Rank *rank)
{
    Run *run = rank->run;
    const char *options = run->options_of_last != NULL && rank->cells.seat.rank + 1 == run->n
                              ? run->options_of_last
                              : run->options;
    g_autofree char *text =
        g_strdup_printf("dir=%s,mode=%s,fsync=no,every=10 ms,keep=3,%s", run->dir, run->mode,
                        options == NULL ? "mismatch=error" : options);
    g_auto(GStrv) all = g_strsplit(text, ",", -1);
    rank->collective = (struct torpor_collective){TORPOR_COLLECTIVE_INIT,
                                                  .rank = rank->cells.seat.rank,
                                                  .n_ranks = run->n,
                                                  .collective_data = &rank->cells.seat,
                                                  .barrier = crowd_barrier,
                                                  .allgather = crowd_allgather,
                                                  .broadcast = crowd_broadcast,
                                                  .send = crowd_send,
                                                  .receive = crowd_receive};
    rank->host = cells_host;
    rank->host.collective = &rank->collective;
    rank->host.flags |= run->flags;
    rank->session = torpor_session_new(&rank->host, &rank->cells, (const char *const *)all,
                                       g_strv_length(all), &rank->error);
    g_assert_no_error(rank->error);
}

static void
advance(Rank *rank)
{
    Run *run = rank->run;
    guint number = rank->cells.seat.rank;
    rank->answer = TORPOR_GO_ON;
    while (rank->cells.step < run->until && rank->answer == TORPOR_GO_ON) {
        if (!cells_step(&rank->cells))
            return;
        g_usleep(run->step_us);
        if (run->at_step != NULL)
            run->at_step(rank);
        if (run->stop_at == rank->cells.step && number + 1 == run->n)
            torpor_session_stop(rank->session);
        rank->answer =
            torpor_session_step(rank->session, rank->cells.step, (double)rank->cells.step);
        for (guint i = 0; i < 2 && run->save_at == rank->cells.step; i++)
            g_assert_true(torpor_session_save(rank->session, NULL, NULL));
    }
    rank->stopped_at = rank->cells.step;
}

static gpointer
run_rank(gpointer data)
{
    Rank *rank = data;
    Run *run = rank->run;
    guint number = rank->cells.seat.rank;
    open_rank(rank);
    cells_open_output(&rank->cells, run->folder);
    if (run->before != NULL)
        run->before(rank);
    g_assert_true(cells_declare(&rank->cells, rank->session->catalogue, NULL));
    if (run->begin != NULL)
        run->begin(rank);
    if (rank->error == NULL &&
        torpor_session_restore(rank->session, NULL, &rank->resumed, &rank->error)) {
        if (!rank->resumed && rank->cells.output != NULL) {
            g_assert_cmpint(ftruncate(fileno(rank->cells.output), 0), ==, 0);
            rewind(rank->cells.output);
        }
        advance(rank);
        if (run->dying_rank == (gint)number)
            crowd_die(&run->crowd);
        else if (run->dying_rank >= 0)
            (void)cells_step(&rank->cells);
    }
    if (!run->dies && run->dying_rank != (gint)number && rank->error == NULL)
        (void)torpor_session_outcome(rank->session, NULL, &rank->error);
    (void)torpor_session_free(rank->session);
    return NULL;
}

void
run_start(Run *run)
{
    GThread *threads[MAX_RANKS];
    crowd_init(&run->crowd, run->n);
    run->ranks = g_new0(Rank, run->n);
    for (guint i = 0; i < run->n; i++) {
        run->ranks[i] = (Rank){.run = run};
        cells_init(&run->ranks[i].cells, (Seat){&run->crowd, i}, run->n, run->dealing);
    }
    for (guint i = 0; i < run->n; i++)
        threads[i] = g_thread_new("rank", run_rank, &run->ranks[i]);
    for (guint i = 0; i < run->n; i++)
        g_thread_join(threads[i]);
}

/* All state, in the order of one rank. */
static char *
run_digest(const Run *run)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const Cells *first = &run->ranks[0].cells;
    for (guint id = 0; id < N_CELLS; id++)
        for (guint r = 0; r < run->n; r++)
            for (guint i = 0; i < run->ranks[r].cells.n; i++) {
                const Cell *cell = &run->ranks[r].cells.cells[i];
                if (cell->id != id)
                    continue;
                g_string_append_printf(text, "%u %d %a %a %a", id, cell->count, cell->v,
                                       (double)cell->weights[0], (double)cell->weights[1]);
                for (guint s = 0; s < N_SLOTS; s++)
                    g_string_append_printf(text, " %a",
                                           run->ranks[r].cells.ring[s * run->ranks[r].cells.n + i]);
                for (guint s = 0; s < cell->n_active; s++)
                    g_string_append_printf(text, " @%g", cell->active[s]);
                g_string_append_c(text, '\n');
            }
    for (guint id = 0; id < 2 * N_CELLS; id++)
        for (guint r = 0; r < run->n; r++)
            for (guint i = 0; i < run->ranks[r].cells.n_links; i++) {
                const Link *link = &run->ranks[r].cells.links[i];
                if (link->id == id)
                    g_string_append_printf(
                        text, "%u -> %d: %a\n", id,
                        link->to == G_MAXUINT32 ? -1 : (gint)run->ranks[r].cells.cells[link->to].id,
                        link->sum);
            }
    for (guint r = 0; r < run->n; r++) {
        g_assert_cmpuint(run->ranks[r].cells.step, ==, first->step);
        g_assert_cmpuint(run->ranks[r].cells.generator[0], ==, first->generator[0]);
        g_assert_cmpint(run->ranks[r].cells.total, ==, first->total);
    }
    g_string_append_printf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT,
                           first->step, first->generator[0], first->total);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void
run_clear(Run *run)
{
    for (guint i = 0; i < run->n; i++) {
        g_clear_error(&run->ranks[i].error);
        cells_clear(&run->ranks[i].cells);
    }
    crowd_clear(&run->crowd);
    g_clear_pointer(&run->ranks, g_free);
}

Run
run_new(const char *dir, guint n, Dealing dealing)
{
    return (Run){.folder = folder,
                 .dir = dir,
                 .n = n,
                 .dealing = dealing,
                 .mode = "sync",
                 .until = END,
                 .dying_rank = -1};
}

static void
empty(const char *path)
{
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    const char *name;
    while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR))
            empty(inner);
        g_remove(inner);
    }
}

char *
dir_new(void)
{
    static guint n;
    g_autofree char *name = g_strdup_printf("ckpt-%u", n++);
    return g_build_filename(folder, name, NULL);
}

static char *expected_digest;
static char *expected_output;

static char *
read_output(void)
{
    g_autofree char *path = g_build_filename(folder, "output", NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
run_straight(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 1, IN_BLOCKS);
    run_start(run);
    g_assert_no_error(run->ranks[0].error);
    expected_digest = run_digest(run);
    expected_output = NULL;
    run_clear(run);
    expected_output = read_output();
}

void
runs_begin(void)
{
    folder = g_mkdtemp(g_build_filename(g_get_tmp_dir(), "torpor-ranks-XXXXXX", NULL));
    run_straight();
}

void
runs_end(void)
{
    empty(folder);
    g_rmdir(folder);
    g_free(folder);
    g_free(expected_digest);
    g_free(expected_output);
}

void
assert_all_fine(const Run *run)
{
    for (guint i = 0; i < run->n; i++)
        g_assert_no_error(run->ranks[i].error);
}

void
assert_refused(Run *run, gint status, const char *words)
{
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, status);
        if (strstr(run->ranks[i].error->message, words) == NULL)
            g_error("expected \"%s\" in: %s", words, run->ranks[i].error->message);
        g_assert_cmpuint(run->ranks[i].cells.step, ==, 0);
    }
    run_clear(run);
}

void
assert_equals_straight(Run *run)
{
    assert_all_fine(run);
    g_autofree char *digest = run_digest(run);
    g_assert_cmpstr(digest, ==, expected_digest);
    run_clear(run);
    g_autofree char *output = read_output();
    g_assert_cmpstr(output, ==, expected_output);
}

void
run_and_die(const char *dir, guint n, Dealing dealing, const char *mode)
{
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, n, dealing);
    run->mode = mode;
    run->until = 47;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    run_clear(run);
}

char *
path_of(const char *dir, const char *name)
{
    return g_build_filename(dir, name, NULL);
}

gboolean
is_there(const char *dir, const char *name)
{
    g_autofree char *path = path_of(dir, name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

guint
count_shards(const char *dir, guint64 step)
{
    g_autoptr(GPtrArray) all = torpor_folder_list(dir, NULL);
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *one = all->pdata[i];
        if (one->step == step)
            return one->shards == NULL ? 0 : one->shards->len;
    }
    return G_MAXUINT;
}

void
flip(const char *path, glong place)
{
    FILE *file = fopen(path, "r+");
    g_assert_nonnull(file);
    fseek(file, place, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, place, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

void
resume_after_damage(const char *dir, guint n, const char *words)
{
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, n, ONE_BY_ONE);
    run_start(run);
    g_assert_true(run->ranks[0].resumed);
    if (strstr(run->ranks[0].cells.log->str, words) == NULL)
        g_error("expected \"%s\" in: %s", words, run->ranks[0].cells.log->str);
    g_assert_nonnull(strstr(run->ranks[0].cells.log->str, "ckpt-0000000000000040"));
    assert_equals_straight(run);
}
