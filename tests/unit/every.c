/* A host whose checkpoints change its run: a solver with a variable step and a history, which
 * post_checkpoint forgets, as the methods of CVODE do. */
#include "session/every.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "session/hooks.h"

#define UNTIL 40.0

typedef struct {
    double y, time; /* saved */
    double history; /* not */
    guint n_save_begins, n_forgotten;
    guint fails_at; /* that save_begin */
    GString *log;
} Solver;

typedef struct {
    char *dir;
    Solver solver;
    TorporSession *session;
} Run;

/* ---- the host ---- */

static guint64
step_of(const Solver *solver)
{
    return (guint64)llround(solver->time * 1e6);
}

static void
advance(Solver *solver)
{
    solver->history = 0.7 * solver->history + solver->y;
    solver->y = cos(solver->y) + 0.1 * solver->history;
    solver->time += 0.1 + 0.09 * sin(solver->history);
}

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_population population = {
        TORPOR_POPULATION_INIT,  .path = "solver",
        .type = "solver",        .count = 1,
        .base = host_data,       .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .stride = sizeof(Solver)};
    return description->add_population(description->data, &population);
}

static gint32
tell_time(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    const Solver *solver = host_data;
    *out = (struct torpor_clock){TORPOR_CLOCK_INIT, .time = solver->time, .unit = "ms",
                                 .step = step_of(solver)};
    return TORPOR_STATUS_OK;
}

static gint32
save_begin(void *host_data, struct torpor_error *error)
{
    Solver *solver = host_data;
    if (++solver->n_save_begins != solver->fails_at)
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "not now", sizeof error->message);
    return TORPOR_STATUS_HOST;
}

static gint32
restore_commit(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_clock *clock,
               G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static void
forget(void *host_data, G_GNUC_UNUSED guint64 step)
{
    Solver *solver = host_data;
    solver->history = 0;
    solver->n_forgotten++;
}

static gint32
keep_hooks(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_hooks *hooks,
           G_GNUC_UNUSED void *hook_data)
{
    return TORPOR_STATUS_OK;
}

static void
keep_message(void *host_data, gint32 level, const char *message)
{
    g_string_append_printf(((Solver *)host_data)->log, "%d %s\n", level, message);
}

static const struct torpor_host host = {TORPOR_HOST_INIT,
                                        .flags = TORPOR_HOST_CHECKPOINT_CHANGES_RUN,
                                        .name = "solver",
                                        .version = "1",
                                        .register_hooks = keep_hooks,
                                        .clock = tell_time,
                                        .describe = describe,
                                        .save_begin = save_begin,
                                        .restore_commit = restore_commit,
                                        .post_checkpoint = forget,
                                        .log = keep_message};

/* ---- runs ---- */

/* options: "key=value,..." */
static TorporSession *
open_session(Run *run, const char *options, GError **error)
{
    g_auto(GStrv) given = g_strsplit(options, ",", -1);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(all, g_strdup_printf("dir=%s", run->dir));
    g_ptr_array_add(all, g_strdup("mode=sync"));
    g_ptr_array_add(all, g_strdup("fsync=no"));
    for (char **option = given; *option != NULL; option++)
        g_ptr_array_add(all, g_strdup(*option));
    return torpor_session_new(&host, &run->solver, (const char *const *)all->pdata, all->len,
                              error);
}

static gint32
advance_until(Run *run, double until)
{
    gint32 answer = TORPOR_GO_ON;
    while (run->solver.time < until && answer == TORPOR_GO_ON) {
        advance(&run->solver);
        answer = torpor_session_step(run->session, step_of(&run->solver), run->solver.time);
    }
    return answer;
}

static gboolean
restore(Run *run, GError **error)
{
    gboolean resumed = FALSE;
    torpor_session_restore(run->session, NULL, &resumed, error);
    return resumed;
}

/* As if a process had just begun. Returns whether it resumes. */
static gboolean
start(Run *run, const char *options)
{
    static const struct torpor_field fields[] = {TORPOR_FIELD(Solver, y, "mV"),
                                                 TORPOR_FIELD(Solver, time, "ms")};
    const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1, .name = "solver",
                                     .fields = fields, .n_fields = G_N_ELEMENTS(fields)};
    g_autoptr(GError) error = NULL;
    g_string_truncate(run->solver.log, 0);
    run->solver = (Solver){.y = 0.3, .log = run->solver.log, .fails_at = run->solver.fails_at};
    run->session = open_session(run, options, &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(run->session->catalogue, &type, &error);
    g_assert_no_error(error);
    gboolean resumed = restore(run, &error);
    g_assert_no_error(error);
    return resumed;
}

static void
stop(Run *run)
{
    g_clear_pointer(&run->session, torpor_session_free);
}

static Solver
run_through(Run *run, const char *options)
{
    scratch_remove(run->dir);
    g_assert_false(start(run, options));
    g_assert_cmpint(advance_until(run, UNTIL), ==, TORPOR_GO_ON);
    stop(run);
    return run->solver;
}

static void
assert_same(const Solver *a, const Solver *b)
{
    g_assert_cmpmem(&a->y, sizeof a->y, &b->y, sizeof b->y);
    g_assert_cmpmem(&a->time, sizeof a->time, &b->time, sizeof b->time);
    g_assert_cmpmem(&a->history, sizeof a->history, &b->history, sizeof b->history);
}

static void
begin(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *folder = g_dir_make_tmp("torpor-every-XXXXXX", NULL);
    run->dir = g_build_filename(folder, "checkpoints", NULL);
    run->solver.log = g_string_new(NULL);
}

static void
end(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *folder = g_path_get_dirname(run->dir);
    stop(run);
    scratch_remove(run->dir);
    scratch_remove(folder);
    g_free(run->dir);
    g_string_free(run->solver.log, TRUE);
}

static void
expect(const char *words, const char *text)
{
    if (strstr(text, words) == NULL)
        g_error("expected \"%s\" in: %s", words, text);
}

/* ---- tests ---- */

/* Killed twice, anywhere. */
static void
test_killed(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    const Solver whole = run_through(run, "every=5 ms");
    g_assert_cmpuint(whole.n_forgotten, ==, 8);
    for (double first = 0.2; first < 30; first += 3.1) {
        scratch_remove(run->dir);
        g_assert_false(start(run, "every=5 ms"));
        advance_until(run, first);
        stop(run);
        g_assert_cmpint(start(run, "every=5 ms"), ==, first > 5.2);
        advance_until(run, first + 7);
        stop(run);
        g_assert_true(start(run, "every=5 ms"));
        advance_until(run, UNTIL);
        stop(run);
        assert_same(&whole, &run->solver);
    }
    const Solver other = run_through(run, "every=4 ms");
    g_assert_cmpfloat(whole.y, !=, other.y); /* a checkpoint does change this run */
}

static void
test_failed_or_left_out(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    const Solver whole = run_through(run, "every=5 ms");
    run->solver.fails_at = whole.n_save_begins - 3;
    const Solver failed = run_through(run, "every=5 ms");
    expect("not now", failed.log->str);
    run->solver.fails_at = 0;
    assert_same(&whole, &failed);
    const Solver off = run_through(run, "every=0.005 s,checkpoints=no");
    g_assert_false(g_file_test(run->dir, G_FILE_TEST_EXISTS));
    assert_same(&whole, &off);
}

static void
test_stop_waits(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    const Solver whole = run_through(run, "every=5 ms");
    scratch_remove(run->dir);
    g_assert_false(start(run, "every=5 ms"));
    advance_until(run, 11);
    torpor_session_stop(run->session);
    g_assert_cmpint(advance_until(run, 14.5), ==, TORPOR_GO_ON);
    expect("2 the host asked for it: the run saves and stops at time 15 ms", run->solver.log->str);
    g_assert_cmpint(advance_until(run, UNTIL), ==, TORPOR_STOP);
    g_assert_cmpfloat(run->solver.time, >=, 15);
    g_assert_cmpfloat(run->solver.time, <, 15.3);
    g_assert_null(strstr(strstr(run->solver.log->str, "saves and stops") + 1, "saves and stops"));
    stop(run);
    g_assert_true(start(run, "every=5 ms"));
    g_assert_cmpfloat(run->solver.time, >=, 15);
    advance_until(run, UNTIL);
    assert_same(&whole, &run->solver);
}

static void
test_another_every(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run_through(run, "every=5 ms");
    g_assert_true(start(run, "every=0.005 s")); /* the same */
    stop(run);
    g_assert_true(start(run, "every=4 ms,origin=warn"));
    expect("option every is 4 ms, and was 5 ms before", run->solver.log->str);
    stop(run);
    g_assert_true(start(run, "every=4 ms,origin=ignore"));
    g_assert_cmpstr(torpor_session_report(run->session), ==, "");
    stop(run);
    run->session = open_session(run, "every=4 ms", NULL);
    g_assert_false(restore(run, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    expect("give every=\"5 ms\" to go on with the same one, or origin=warn", error->message);
}

static void
refuse(Run *run, const char *options, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(open_session(run, options, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    expect(words, error->message);
}

static void
test_options(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    refuse(run, "keep=2", "option every: a checkpoint changes the run of the host solver");
    refuse(run, "every=5 ms,every_wall=15 min", "option every_wall: a checkpoint changes the run");
    refuse(run, "every=5 ms,every_wall=auto", "leave it out");
    run->session = open_session(run, "every=5 ms,every_wall=off", NULL);
    g_assert_nonnull(run->session);
    stop(run);
    run->session = open_session(run, "checkpoints=no", NULL);
    g_assert_nonnull(run->session);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add("/every/" name, Run, NULL, begin, function, end)
    TEST("killed-anywhere", test_killed);
    TEST("failed-or-left-out-saves-change-it-too", test_failed_or_left_out);
    TEST("a-stop-waits-for-it", test_stop_waits);
    TEST("another-is-another-run", test_another_every);
    TEST("options-that-do-not-fit", test_options);
    return g_test_run();
}
