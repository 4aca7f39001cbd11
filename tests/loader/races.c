/* Several threads, each with sessions of its own of the real plugin: attached, saved and detached
 * again and again, while signals arrive and saves are being written. For ThreadSanitizer above all.
 * argv[1]: torpor.so. Works in a scratch folder. */
#include "host.h"
#include "voltage.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <torpor/loader.h>
#include <unistd.h>

#include "../unit/scratch.h"

#define N_THREADS 4
#define N_ROUNDS 6
#define N_STEPS 8
#define N_RATES 5000u

typedef struct {
    uint64_t step;
    double rates[N_RATES];
    guint number;
} Model;

static const char *plugin_path;
static gint n_running;
static gint n_signals; /* that reached the host's own handler */
static gint n_stops;

static int32_t
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = host_data;
    const struct torpor_population rates = voltage_population("rates", model->rates, N_RATES);
    return description->add_population(description->data, &rates);
}

static int32_t
tell_clock(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    const Model *model = host_data;
    out->time = (double)model->step;
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

static int32_t
set_clock(void *host_data, const struct torpor_clock *clock,
          G_GNUC_UNUSED struct torpor_error *error)
{
    ((Model *)host_data)->step = clock->step;
    return TORPOR_STATUS_OK;
}

static void
mute(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED int32_t level, G_GNUC_UNUSED const char *message)
{
}

static void
expect_ok(int32_t status, const struct torpor_error *error)
{
    if (status != TORPOR_STATUS_OK)
        g_error("status %d: %s", status, error->message);
}

static void
check_state(const Model *model)
{
    for (guint i = 0; i < N_RATES; i++)
        g_assert_cmpfloat(model->rates[i], ==, (double)(model->step * (i + 1)));
}

static void
advance(Model *model)
{
    model->step++;
    for (guint i = 0; i < N_RATES; i++)
        model->rates[i] = (double)(model->step * (i + 1));
}

/* The last save may be in flight when the session is closed, and the next one is opened at once. */
static void
run_session(Model *model, const char *mode, uint64_t saved)
{
    struct torpor_host host = fine_host;
    host.describe = describe;
    host.clock = tell_clock;
    host.restore_commit = set_clock;
    host.log = mute;
    g_autofree char *dir = g_strdup_printf("dir=run-%u", model->number);
    g_autofree char *option = g_strdup_printf("mode=%s", mode);
    const char *const options[] = {dir, option, "fsync=no", "every=3 ms", "signals=USR1"};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor =
        torpor_open_file(plugin_path, &host, model, options, G_N_ELEMENTS(options), &error);
    g_assert_cmpstr(error.message, ==, "");
    expect_ok(torpor_declare_type(torpor, &voltage_type, &error), &error);
    int32_t resumed;
    expect_ok(torpor_restore(torpor, NULL, &resumed, &error), &error);
    g_assert_cmpint(resumed, ==, saved > 0);
    g_assert_cmpuint(model->step, ==, saved);
    check_state(model);
    for (guint i = 0; i < N_STEPS; i++) {
        advance(model);
        g_atomic_int_add(&n_stops,
                         torpor_step(torpor, model->step, (double)model->step) == TORPOR_STOP);
    }
    expect_ok(torpor_save(torpor, NULL, &error), &error);
    expect_ok(torpor_close(torpor, &error), &error);
}

static gpointer
run_thread(gpointer data)
{
    static const char *const modes[] = {"async", "sync"};
    Model *model = g_new0(Model, 1);
    model->number = GPOINTER_TO_UINT(data);
    for (guint round = 0; round < N_ROUNDS; round++) {
        uint64_t saved = model->step;
        memset(model->rates, 0, sizeof model->rates);
        model->step = 0;
        run_session(model, modes[(round + model->number) % G_N_ELEMENTS(modes)], saved);
    }
    g_free(model);
    g_atomic_int_add(&n_running, -1);
    return NULL;
}

static void
on_usr1(G_GNUC_UNUSED int number)
{
    g_atomic_int_inc(&n_signals);
}

static void
test_attach_and_detach(void)
{
    GThread *threads[N_THREADS];
    const struct sigaction counted = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    g_assert_cmpint(sigaction(SIGUSR1, &counted, NULL), ==, 0);
    g_atomic_int_set(&n_running, N_THREADS);
    for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("host", run_thread, GUINT_TO_POINTER(i));
    while (g_atomic_int_get(&n_running) > 0) {
        g_assert_cmpint(kill(getpid(), SIGUSR1), ==, 0);
        g_usleep(3000);
    }
    for (guint i = 0; i < N_THREADS; i++)
        (void)g_thread_join(threads[i]);
    g_assert_cmpint(g_atomic_int_get(&n_signals), >, 0);
    g_assert_cmpint(g_atomic_int_get(&n_stops), >, 0);
    struct sigaction now;
    g_assert_cmpint(sigaction(SIGUSR1, NULL, &now), ==, 0);
    g_assert_true(now.sa_handler == on_usr1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    plugin_path = argv[1];
    g_test_add_func("/races/attach-and-detach", test_attach_and_detach);
    return scratch_run_tests();
}
