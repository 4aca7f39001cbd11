/* saver DIR RANKS [,KEY=VALUE...]: a run of saved_run.h with an output, by threads as ranks; so its
 * checkpoints may have shards, or refer to earlier ones. It resumes by itself. At the end it prints
 * the digest of its state, which depends on neither. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "saved_run.h"

#define LAST_STEP 63u

/* Of rank 0: the others say the same. */
static void
log_to_stderr(void *data, G_GNUC_UNUSED int32_t level, const char *message)
{
    if (((Host *)data)->cells.seat.rank == 0)
        fprintf(stderr, "saver: %s\n", message);
}

/* A stream whose calls are this program's, so that a recorder of calls sees them. */

static ssize_t
write_stream(void *cookie, const char *bytes, size_t length)
{
    return write(GPOINTER_TO_INT(cookie), bytes, length);
}

static int
seek_stream(void *cookie, off64_t *place, int whence)
{
    *place = lseek(GPOINTER_TO_INT(cookie), *place, whence);
    return *place < 0 ? -1 : 0;
}

static int
close_stream(void *cookie)
{
    return close(GPOINTER_TO_INT(cookie));
}

static void
open_output(Cells *cells)
{
    cells->output_path = g_strdup("out/output");
    if (cells->seat.rank > 0)
        return;
    int file = open(cells->output_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    g_assert_cmpint(file, >=, 0);
    const cookie_io_functions_t calls = {
        .write = write_stream, .seek = seek_stream, .close = close_stream};
    cells->output = fopencookie(GINT_TO_POINTER(file), "r+", calls);
    fseek(cells->output, 0, SEEK_END);
}

static gboolean
go_on(Host *host, TorporSession *session, GError **error)
{
    gboolean resumed;
    if (!torpor_session_restore(session, NULL, &resumed, error))
        return FALSE;
    if (!resumed && host->cells.output != NULL)
        rewind(host->cells.output); /* Torpor has emptied it */
    while (host->cells.step < LAST_STEP) {
        if (!cells_step(&host->cells))
            return FALSE;
        torpor_session_step(session, host->cells.step, (double)host->cells.step);
    }
    return torpor_session_outcome(session, NULL, error);
}

static gpointer
run_to_end(gpointer data)
{
    Host *host = data;
    struct torpor_host table;
    struct torpor_collective collective;
    g_autoptr(GError) error = NULL;
    TorporSession *session = attach(host, &table, &collective);
    /* Where a rank cannot, it ends them all, before there is an output to close. */
    if (host->cells.n_ranks > 1)
        g_assert_cmpint(crowd_barrier(&host->cells.seat, NULL), ==, TORPOR_STATUS_OK);
    open_output(&host->cells);
    gboolean is_fine = go_on(host, session, &error);
    if (!is_fine && error != NULL && host->cells.seat.rank == 0)
        fprintf(stderr, "saver: %s\n", error->message);
    (void)torpor_session_free(session);
    return GINT_TO_POINTER(is_fine);
}

/* All cells in the order of one rank, and what all ranks have. */
static void
print_digest(Host *const *hosts, guint n_ranks)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
    for (guint id = 0; id < N_CELLS; id++) {
        const Cells *cells = &hosts[id % n_ranks]->cells;
        const Cell *cell = &cells->cells[id / n_ranks];
        g_assert_cmpuint(cell->id, ==, id);
        const CellState state = cell_state_of(cell);
        g_checksum_update(sum, (const guchar *)&state, sizeof state);
        for (guint slot = 0; slot < N_SLOTS; slot++)
            g_checksum_update(sum, (const guchar *)&cells->ring[slot * cells->n + id / n_ranks],
                              sizeof(double));
    }
    for (guint i = 0; i < n_ranks; i++)
        g_assert_cmpint(hosts[i]->cells.total, ==, hosts[0]->cells.total);
    g_checksum_update(sum, (const guchar *)hosts[0]->cells.generator, 2 * sizeof(guint64));
    g_checksum_update(sum, (const guchar *)hosts[0]->table, sizeof hosts[0]->table);
    printf("digest %s\n", g_checksum_get_string(sum));
}

int
main(int argc, char **argv)
{
    Host *hosts[MAX_RANKS];
    g_autoptr(GError) error = NULL;
    if (argc != 3 && argc != 4)
        return 2;
    guint n_ranks = CLAMP((guint)atoi(argv[2]), 1, MAX_RANKS);
    const Kind kind = {.name = "saver",
                       .options = argc == 4 ? argv[3] : "",
                       .n_ranks = n_ranks,
                       .has_table = TRUE};
    Sweep sweep = {.kind = &kind, .dir = argv[1], .log = log_to_stderr};
    crowd_init(&sweep.crowd, n_ranks);
    for (guint i = 0; i < n_ranks; i++)
        hosts[i] = host_new(&sweep, i, n_ranks);
    GThread *other = n_ranks < 2 ? NULL : g_thread_try_new("rank", run_to_end, hosts[1], &error);
    if (error != NULL)
        fprintf(stderr, "saver: %s\n", error->message);
    gboolean is_fine = error == NULL && run_to_end(hosts[0]) != NULL;
    if (other != NULL)
        is_fine &= g_thread_join(other) != NULL;
    if (is_fine)
        print_digest(hosts, n_ranks);
    for (guint i = 0; i < n_ranks; i++)
        host_free(hosts[i]);
    crowd_clear(&sweep.crowd);
    return is_fine ? 0 : 1;
}
