/* The real plugin, loaded, used, unloaded and loaded again in one process.
 * argv[1]: torpor.so. Works in a scratch folder. */
#include "host.h"
#include "voltage.h"

#include <dlfcn.h>
#include <glib.h>
#include <torpor/loader.h>

#include "../unit/scratch.h"

static const char *plugin_path;

/* ---- a model: five voltages, and any number of rates ---- */

struct model {
    double V_m[5];
    uint64_t step;
    double *rates;
    uint64_t n_rates;
};

/* A session that `describe` tries to declare a type in; NULL: it does not. */
static struct torpor *declared_in_callback;

static int32_t
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    g_assert_nonnull(error);
    if (declared_in_callback != NULL)
        return torpor_declare_type(declared_in_callback, &voltage_type, error);
    const struct model *model = host_data;
    const struct torpor_population neurons =
        voltage_population("neurons", (double *)model->V_m, G_N_ELEMENTS(model->V_m));
    const struct torpor_population rates =
        voltage_population("rates", model->rates, model->n_rates);
    int32_t status = description->add_population(description->data, &neurons);
    return model->rates == NULL ? status : description->add_population(description->data, &rates);
}

static int32_t
tell_clock(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    const struct model *model = host_data;
    out->time = (double)model->step;
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

static int32_t
set_clock(void *host_data, const struct torpor_clock *clock,
          G_GNUC_UNUSED struct torpor_error *error)
{
    struct model *model = host_data;
    model->step = clock->step;
    return TORPOR_STATUS_OK;
}

static const struct torpor_hooks *hooks;
static void *hook_data;

static int32_t
keep_hooks(G_GNUC_UNUSED void *host_data, const struct torpor_hooks *new_hooks, void *new_data)
{
    hooks = new_hooks;
    hook_data = new_data;
    return TORPOR_STATUS_OK;
}

static struct torpor_host
new_host(void)
{
    struct torpor_host host = fine_host;
    host.describe = describe;
    host.clock = tell_clock;
    host.restore_commit = set_clock;
    host.register_hooks = keep_hooks;
    host.flags = TORPOR_HOST_NO_SIGNALS;
    return host;
}

static void
expect_ok(int32_t status, const struct torpor_error *error)
{
    if (status != TORPOR_STATUS_OK)
        g_error("status %d: %s", status, error->message);
}

/* ---- tests ---- */

/* As a host without our loader may do it: dlopen, use, dlclose, twice. */
static void
test_dlclose_and_again(void)
{
    struct model model = {.V_m = {-70, -65, -60, -55, -50}, .step = 1};
    const struct torpor_host host = new_host();
    const char *const options[] = {"dir=dlclose", "resume=never", "fsync=no", "every_wall=off",
                                   "mode=sync"};
    for (int round = 0; round < 3; round++) {
        struct torpor_error error = {TORPOR_ERROR_INIT};
        void *handle = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
        g_assert_cmpstr(handle == NULL ? dlerror() : "", ==, "");
        const struct torpor_plugin *plugin = dlsym(handle, TORPOR_PLUGIN_SYMBOL);
        g_assert_nonnull(plugin);
        struct torpor_session *session = NULL;
        expect_ok(plugin->attach(&host, &model, options, G_N_ELEMENTS(options), &session, &error),
                  &error);
        expect_ok(plugin->declare_type(session, &voltage_type, &error), &error);
        model.step = 10 + (uint64_t)round;
        g_autofree char *file = g_strdup_printf("round-%d.msgpack", round);
        expect_ok(hooks->save(hook_data, file, &error), &error);
        struct model before = model;
        model = (struct model){.step = 99};
        int32_t resumed = 0;
        expect_ok(hooks->restore(hook_data, file, &resumed, &error), &error);
        g_assert_cmpint(resumed, ==, 1);
        g_assert_cmpmem(&model, sizeof model, &before, sizeof before);
        /* A refusal makes an error of GLib's, with a domain whose name is a string of ours. */
        g_assert_cmpint(hooks->restore(hook_data, "no-such-file", &resumed, &error), !=,
                        TORPOR_STATUS_OK);
        expect_ok(plugin->detach(session, &error), &error);
        g_assert_cmpint(dlclose(handle), ==, 0);
        handle = dlopen(plugin_path, RTLD_NOW | RTLD_NOLOAD);
        g_assert_nonnull(handle); /* -z nodelete */
        g_assert_cmpint(dlclose(handle), ==, 0);
    }
}

/* Detach waits for a save that is still being written, and an unloaded plugin leaves no thread
 * behind. The state is large, so that the save takes longer than the way to detach. */
static void
test_dlclose_while_saving(void)
{
    struct model model = {.n_rates = 4 << 20, .step = 0};
    const struct torpor_host host = new_host();
    const char *const options[] = {"dir=in-flight", "resume=auto", "fsync=no", "every_wall=off",
                                   "mode=async"};
    model.rates = g_new0(double, model.n_rates);
    for (uint64_t round = 1; round <= 3; round++) {
        struct torpor_error error = {TORPOR_ERROR_INIT};
        void *handle = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
        g_assert_cmpstr(handle == NULL ? dlerror() : "", ==, "");
        const struct torpor_plugin *plugin = dlsym(handle, TORPOR_PLUGIN_SYMBOL);
        struct torpor_session *session = NULL;
        expect_ok(plugin->attach(&host, &model, options, G_N_ELEMENTS(options), &session, &error),
                  &error);
        expect_ok(plugin->declare_type(session, &voltage_type, &error), &error);
        int32_t resumed;
        expect_ok(hooks->restore(hook_data, NULL, &resumed, &error), &error);
        g_assert_cmpint(resumed, ==, round > 1);
        g_assert_cmpuint(model.step, ==, round - 1);
        for (uint64_t i = 0; i < model.n_rates; i++)
            g_assert_true(model.rates[i] == (round > 1 ? (double)(i * (round - 1)) : 0));
        model.step = round;
        for (uint64_t i = 0; i < model.n_rates; i++)
            model.rates[i] = (double)(i * round);
        expect_ok(hooks->save(hook_data, NULL, &error), &error);
        /* The host goes on: what it changes now is not in the checkpoint. */
        memset(model.rates, 0xff, model.n_rates * sizeof *model.rates);
        expect_ok(plugin->detach(session, &error), &error);
        g_autofree char *path =
            g_strdup_printf("in-flight/ckpt-%016" G_GUINT64_FORMAT ".msgpack", round);
        g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
        g_assert_cmpint(dlclose(handle), ==, 0);
        memset(model.rates, 0, model.n_rates * sizeof *model.rates);
        model.step = 0;
    }
    g_free(model.rates);
}

static struct torpor *
open_model_with(const char *path, const struct torpor_host *host, struct model *model,
                const char *dir)
{
    g_autofree char *dir_option = g_strdup_printf("dir=%s", dir);
    const char *const options[] = {dir_option, "fsync=no", "every_wall=off"};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor =
        torpor_open_file(path, host, model, options, G_N_ELEMENTS(options), &error);
    g_assert_cmpstr(error.message, ==, "");
    expect_ok(torpor_declare_type(torpor, &voltage_type, &error), &error);
    return torpor;
}

static struct torpor *
open_model(const struct torpor_host *host, struct model *model, const char *dir)
{
    return open_model_with(plugin_path, host, model, dir);
}

static void
test_loader_open_close_open(void)
{
    const struct torpor_host host = new_host();
    struct model model = {.step = 0};
    for (int round = 0; round < 3; round++) {
        struct torpor_error error = {TORPOR_ERROR_INIT};
        struct torpor *torpor = open_model(&host, &model, "loader");
        int32_t resumed = -1;
        expect_ok(torpor_begin_run(torpor, 0, &error), &error);
        g_assert_cmpint(torpor_begin_run(torpor, UINT64_MAX, &error), ==, TORPOR_STATUS_LIMIT);
        expect_ok(torpor_restore(torpor, NULL, &resumed, &error), &error);
        g_assert_cmpint(resumed, ==, round == 0 ? 0 : 1);
        g_assert_cmpint(model.step, ==, round);
        g_assert_cmpfloat(model.V_m[0], ==, round == 0 ? 0 : -60.0 - round);
        model.step++;
        model.V_m[0] = -60.0 - (double)model.step;
        expect_ok(torpor_save(torpor, NULL, &error), &error);
        expect_ok(torpor_close(torpor, &error), &error);
        model = (struct model){.step = 99};
    }
}

static void
test_sessions_of_two_plugins_share_nothing(void)
{
    const struct torpor_host host = new_host();
    struct model model = {.step = 0};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(plugin_path, &bytes, &length, NULL));
    g_assert_true(g_file_set_contents("other.so", bytes, (gssize)length, NULL));
    struct torpor *keeper = open_model(&host, &model, "keeper");
    struct torpor *same = open_model(&host, &model, "same");
    struct torpor *other = open_model_with("./other.so", &host, &model, "other");
    expect_ok(torpor_share_origin(same, keeper, &error), &error);
    expect_ok(torpor_share_origin(NULL, keeper, &error), &error);
    expect_ok(torpor_share_origin(same, NULL, &error), &error);
    g_assert_cmpint(torpor_share_origin(other, keeper, &error), ==, TORPOR_STATUS_INVALID);
    g_assert_nonnull(strstr(error.message, "of two plugins"));
    expect_ok(torpor_close(keeper, &error), &error);
    expect_ok(torpor_begin_run(same, 0, &error), &error);
    expect_ok(torpor_close(same, &error), &error);
    expect_ok(torpor_close(other, &error), &error);
}

static void
test_a_stop_is_due_at_the_next_step(void)
{
    const struct torpor_host host = new_host();
    struct model model = {.step = 0};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor = open_model(&host, &model, "ahead");
    g_assert_cmpint(torpor_due_next(torpor, 0, 0, 1, 0.1), ==, 1); /* the run has not begun */
    g_assert_cmpint(torpor_step(torpor, model.step = 1, 0.1), ==, TORPOR_GO_ON);
    for (guint64 step = 1; step < 100; step++)
        g_assert_cmpint(
            torpor_due_next(torpor, step, 0.1 * (double)step, step + 1, 0.1 * (double)(step + 1)),
            ==, 0);
    torpor_stop(torpor);
    g_assert_cmpint(torpor_due_next(torpor, 100, 10, 101, 10.1), ==, 1);
    g_assert_cmpint(torpor_step(torpor, model.step = 101, 10.1), ==, TORPOR_STOP);
    g_assert_cmpint(torpor_due_next(torpor, 101, 10.1, 102, 10.2), ==, 1);
    expect_ok(torpor_close(torpor, &error), &error);
}

static void
test_two_sessions(void)
{
    const struct torpor_host host = new_host();
    struct model one = {.V_m = {1}, .step = 1}, two = {.V_m = {2}, .step = 2};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *first = open_model(&host, &one, "first");
    struct torpor *second = open_model(&host, &two, "second");
    int32_t resumed;
    expect_ok(torpor_restore(first, NULL, &resumed, &error), &error);
    expect_ok(torpor_restore(second, NULL, &resumed, &error), &error);
    expect_ok(torpor_save(first, NULL, &error), &error);
    expect_ok(torpor_save(second, NULL, &error), &error);
    expect_ok(torpor_close(first, &error), &error);
    expect_ok(torpor_close(second, &error), &error);
    one = two = (struct model){.step = 99};
    second = open_model(&host, &two, "second");
    first = open_model(&host, &one, "first");
    expect_ok(torpor_restore(first, NULL, &resumed, &error), &error);
    expect_ok(torpor_restore(second, NULL, &resumed, &error), &error);
    g_assert_cmpfloat(one.V_m[0], ==, 1);
    g_assert_cmpfloat(two.V_m[0], ==, 2);
    g_assert_cmpint(one.step, ==, 1);
    g_assert_cmpint(two.step, ==, 2);
    expect_ok(torpor_close(first, &error), &error);
    expect_ok(torpor_close(second, &error), &error);
}

/* What sessions hold of a type must not change while they are at work. */
static void
test_no_declaration_in_a_callback(void)
{
    const struct torpor_host host = new_host();
    struct model model = {.step = 1};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor = open_model(&host, &model, "declared");
    declared_in_callback = torpor;
    g_assert_cmpint(torpor_save(torpor, "x.msgpack", &error), ==, TORPOR_STATUS_ORDER);
    declared_in_callback = NULL;
    expect_ok(torpor_save(torpor, "x.msgpack", &error), &error);
    expect_ok(torpor_close(torpor, &error), &error);
}

/* A caller who needs no text passes NULL; callbacks get a place for theirs all the same. */
static void
test_without_errors(void)
{
    const struct torpor_host host = new_host();
    struct model model = {.step = 1};
    const char *const options[] = {"dir=mute", "fsync=no", "every_wall=off", "mode=sync"};
    struct torpor_type unset = {.name = "unset"};
    int32_t resumed = -1;
    g_assert_null(torpor_open_file(plugin_path, NULL, NULL, NULL, 0, NULL));
    struct torpor *torpor = torpor_open_file(plugin_path, &host, &model, options, 4, NULL);
    g_assert_nonnull(torpor);
    g_assert_cmpint(torpor_declare_type(torpor, &unset, NULL), ==, TORPOR_STATUS_INVALID);
    g_assert_cmpint(torpor_save(torpor, NULL, NULL), ==, TORPOR_STATUS_NOT_FOUND); /* the type */
    g_assert_cmpint(torpor_declare_type(torpor, &voltage_type, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_save(torpor, NULL, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_restore(torpor, NULL, &resumed, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(resumed, ==, 1);
    g_assert_cmpint(torpor_wait(torpor, NULL, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_peek(torpor, NULL, NULL, NULL, NULL, NULL), ==, TORPOR_STATUS_INVALID);
    g_assert_cmpint(torpor_close(torpor, NULL), ==, TORPOR_STATUS_OK);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    plugin_path = argv[1];
    g_test_add_func("/plugin/dlclose-and-again", test_dlclose_and_again);
    g_test_add_func("/plugin/dlclose-while-saving", test_dlclose_while_saving);
    g_test_add_func("/plugin/loader-open-close-open", test_loader_open_close_open);
    g_test_add_func("/plugin/two-sessions", test_two_sessions);
    g_test_add_func("/plugin/a-stop-is-due-at-the-next-step", test_a_stop_is_due_at_the_next_step);
    g_test_add_func("/plugin/sessions-of-two-plugins-share-nothing",
                    test_sessions_of_two_plugins_share_nothing);
    g_test_add_func("/plugin/no-declaration-in-a-callback", test_no_declaration_in_a_callback);
    g_test_add_func("/plugin/without-errors", test_without_errors);
    return scratch_run_tests();
}
