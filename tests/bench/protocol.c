/* What the ranks of a run say to each other, and do to the disk, at its beginning, at a step at
 * which nothing is due, and at a checkpoint: protocol RANKS FOLDER [OPTION]. The ranks are threads,
 * and the code is that of the plugin. Prints a line "PHASE NAME NUMBER" for each number; calls of
 * the system are counted by tests/fault/shim.c, whose log has a line "open phase-PHASE" before
 * those of each phase. See protocol.py. */
#define CROWD_WAIT_US (600 * G_USEC_PER_SEC)
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crowd.h"
#include "keyed_cells.h"
#include "session/hooks.h"

#define N_OBJECTS 8000u
#define DUE 10u /* steps */

typedef enum { BEGIN, STEP, CHECKPOINT, END, N_PHASES } Phase;
static const char *const phase_names[] = {"begin", "step", "checkpoint", "end"};

/* Of rank 0, since a collective call is one of all ranks; messages are those of all. */
static struct {
    guint64 n_gathers, gather_bytes, n_broadcasts, broadcast_bytes, n_messages, message_bytes;
} counts[N_PHASES];
static Phase phase;
static Crowd crowd;

typedef struct {
    Seat seat; /* first: collective_data */
    const char *folder, *option;
    guint32 *ids;
    double *values;
    guint n;
    guint64 step;
} Rank;

/* ---- the collective ---- */

static gint32
allgather(void *data, const void *mine, uint64_t length, void *all, struct torpor_error *error)
{
    counts[phase].n_gathers += ((const Seat *)data)->rank == 0;
    counts[phase].gather_bytes += ((const Seat *)data)->rank == 0 ? length : 0;
    return crowd_allgather(data, mine, length, all, error);
}

static gint32
broadcast(void *data, void *bytes, uint64_t length, uint32_t root, struct torpor_error *error)
{
    counts[phase].n_broadcasts += ((const Seat *)data)->rank == 0;
    counts[phase].broadcast_bytes += ((const Seat *)data)->rank == 0 ? length : 0;
    return crowd_broadcast(data, bytes, length, root, error);
}

static gint32
send_one(void *data, const void *bytes, uint64_t length, uint32_t to, struct torpor_error *error)
{
    __atomic_add_fetch(&counts[phase].n_messages, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&counts[phase].message_bytes, length, __ATOMIC_RELAXED);
    return crowd_send(data, bytes, length, to, error);
}

static void
fail(const Rank *rank, const char *what)
{
    fprintf(stderr, "protocol: rank %u: %s\n", rank->seat.rank, what);
    exit(1);
}

/* All ranks are here when it ends, and none has gone on before. */
static void
enter(Rank *rank, Phase next)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    if (crowd_barrier(&rank->seat, &error) != 0)
        fail(rank, error.message);
    if (rank->seat.rank == 0) {
        g_autofree char *mark = g_strdup_printf("phase-%s", phase_names[next]);
        int fd = open(mark, O_RDONLY);
        if (fd >= 0)
            close(fd);
        phase = next;
    }
    if (crowd_barrier(&rank->seat, &error) != 0)
        fail(rank, error.message);
}

/* ---- the host ---- */

static gint32
get_clock(void *data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)error;
    out->step = ((const Rank *)data)->step;
    out->time = (double)out->step;
    out->unit = "ms";
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const Rank *rank = data;
    (void)error;
    return keyed_cells_describe(rank->ids, rank->values, rank->n, description);
}

static gint32
restored(void *data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)error;
    ((Rank *)data)->step = clock->step;
    return TORPOR_STATUS_OK;
}

static gint32
register_hooks(void *data, const struct torpor_hooks *hooks, void *hook_data)
{
    (void)data, (void)hooks, (void)hook_data;
    return TORPOR_STATUS_OK;
}

static void
be_quiet(void *data, int32_t level, const char *message)
{
    if (level >= TORPOR_LOG_ERROR)
        fail(data, message);
}

/* ---- a rank ---- */

static TorporSession *
open_session(Rank *rank, struct torpor_collective *collective, struct torpor_host *host)
{
    g_autofree char *dir = g_strdup_printf("dir=%s", rank->folder);
    g_autofree char *every = g_strdup_printf("every=%u ms", DUE);
    const char *options[] = {dir, every, "mode=sync", "keep=1", "every_wall=off", rank->option};
    GError *error = NULL;
    *collective = (struct torpor_collective){
        TORPOR_COLLECTIVE_INIT,  .rank = rank->seat.rank,  .n_ranks = crowd.n,
        .collective_data = rank, .barrier = crowd_barrier, .allgather = allgather,
        .broadcast = broadcast,  .send = send_one,         .receive = crowd_receive};
    *host = (struct torpor_host){TORPOR_HOST_INIT,
                                 .name = "protocol",
                                 .version = "1",
                                 .flags = TORPOR_HOST_NO_SIGNALS,
                                 .clock = get_clock,
                                 .describe = describe,
                                 .restore_commit = restored,
                                 .log = be_quiet,
                                 .register_hooks = register_hooks,
                                 .collective = collective};
    TorporSession *session =
        torpor_session_new(host, rank, options, rank->option == NULL ? 5 : 6, &error);
    if (session == NULL ||
        !torpor_catalogue_add_type(session->catalogue, &keyed_cells_type, &error))
        fail(rank, error->message);
    return session;
}

static void
step_to(Rank *rank, TorporSession *session, Phase next, guint64 step)
{
    enter(rank, next);
    rank->step = step;
    if (torpor_session_step(session, step, (double)step) != TORPOR_GO_ON)
        fail(rank, "the run was stopped");
}

static gpointer
run_rank(gpointer data)
{
    Rank *rank = data;
    struct torpor_collective collective;
    struct torpor_host host;
    gboolean resumed;
    GError *error = NULL;
    TorporSession *session = open_session(rank, &collective, &host);
    enter(rank, BEGIN);
    if (!torpor_session_restore(session, NULL, &resumed, &error))
        fail(rank, error->message);
    guint64 begin = rank->step;
    step_to(rank, session, STEP, begin + 1);
    step_to(rank, session, CHECKPOINT, begin + DUE);
    enter(rank, END);
    (void)torpor_session_free(session);
    return NULL;
}

static void
deal_out(Rank *rank)
{
    rank->ids = g_new(guint32, N_OBJECTS);
    rank->values = g_new0(double, N_OBJECTS / crowd.n + 1);
    for (guint id = rank->seat.rank; id < N_OBJECTS; id += crowd.n)
        rank->ids[rank->n++] = id;
}

static void
print_counts(void)
{
    for (Phase i = 0; i < END; i++) {
        const struct {
            const char *name;
            guint64 number;
        } numbers[] = {
            {"allgathers", counts[i].n_gathers},    {"allgather-bytes", counts[i].gather_bytes},
            {"broadcasts", counts[i].n_broadcasts}, {"broadcast-bytes", counts[i].broadcast_bytes},
            {"messages", counts[i].n_messages},     {"message-bytes", counts[i].message_bytes}};
        for (gsize k = 0; k < G_N_ELEMENTS(numbers); k++)
            printf("%s %s %" G_GUINT64_FORMAT "\n", phase_names[i], numbers[k].name,
                   numbers[k].number);
    }
}

int
main(int argc, char **argv)
{
    guint64 n = argc < 3 ? 0 : g_ascii_strtoull(argv[1], NULL, 10);
    struct rlimit files;
    if (n < 1 || n > N_OBJECTS)
        return 2;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    crowd_init(&crowd, (guint)n);
    g_autofree Rank *ranks = g_new0(Rank, n);
    g_autofree GThread **threads = g_new(GThread *, n);
    for (guint i = 0; i < n; i++) {
        ranks[i] =
            (Rank){.seat = {&crowd, i}, .folder = argv[2], .option = argc > 3 ? argv[3] : NULL};
        deal_out(&ranks[i]);
    }
    for (guint i = 0; i < n; i++)
        threads[i] = g_thread_new("rank", run_rank, &ranks[i]);
    for (guint i = 0; i < n; i++) {
        g_thread_join(threads[i]);
        g_free(ranks[i].ids);
        g_free(ranks[i].values);
    }
    crowd_clear(&crowd);
    print_counts();
    return 0;
}
