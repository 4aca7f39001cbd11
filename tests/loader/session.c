/* Sessions through the loader, with the plugin that does nothing. Its report counts what reached
 * it. argv[1]: that plugin. */
#define REGISTER_HOOKS NULL
#include "host.h"

#include <dlfcn.h>
#include <glib.h>
#include <math.h>
#include <torpor/loader.h>

static const char *plugin_path;

static struct torpor *
open_fine(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor *torpor = torpor_open_file(plugin_path, &fine_host, NULL, NULL, 0, &error);
    g_assert_cmpstr(error.message, ==, "");
    g_assert_nonnull(torpor);
    return torpor;
}

static void
close_fine(struct torpor *torpor)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    g_assert_cmpint(torpor_close(torpor, &error), ==, TORPOR_STATUS_OK);
}

static void
test_open_close_open(void)
{
    for (int i = 0; i < 3; i++) {
        struct torpor *torpor = open_fine();
        g_assert_cmpint(torpor_step(torpor, 1, 0.1), ==, TORPOR_GO_ON);
        g_assert_cmpstr(torpor_report(torpor), ==,
                        "fine-host, 0 options, table of 152 bytes, 1 steps");
        close_fine(torpor);
    }
}

static void
test_two_at_once(void)
{
    struct torpor *one = open_fine(), *two = open_fine();
    torpor_step(one, 1, 0.1);
    torpor_step(two, 1, 0.1);
    torpor_step(two, 2, 0.2);
    g_assert_true(g_str_has_suffix(torpor_report(one), ", 1 steps"));
    g_assert_true(g_str_has_suffix(torpor_report(two), ", 2 steps"));
    close_fine(one);
    torpor_step(two, 3, 0.3);
    g_assert_true(g_str_has_suffix(torpor_report(two), ", 3 steps"));
    close_fine(two);
}

static void
test_calls_are_handed_on(void)
{
    struct torpor *torpor = open_fine();
    struct torpor_error error = {TORPOR_ERROR_INIT};
    int32_t resumed = -1;
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT};
    g_assert_cmpint(torpor_step(torpor, 100, 1.0), ==, TORPOR_STOP);
    g_assert_cmpint(torpor_restore(torpor, NULL, &resumed, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(resumed, ==, 0);
    g_assert_cmpint(torpor_save(torpor, NULL, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_wait(torpor, &outcome, &error), ==, TORPOR_STATUS_OK);
    torpor_stop(torpor);
    g_assert_cmpint(torpor_begin_run(torpor, 1, &error), ==, TORPOR_STATUS_OK); /* it has none */
    g_assert_cmpint(torpor_share_origin(torpor, torpor, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_due_next(torpor, 1, 0.1, 2, 0.2), ==, 1);
    g_assert_true(isinf(torpor_due_time(torpor, 0.1)));
    g_assert_cmpstr(torpor_plugin_version(torpor), ==, "1.2.3");
    g_autofree char *real = realpath(plugin_path, NULL);
    g_assert_cmpstr(torpor_plugin_path(torpor), ==, real);
    close_fine(torpor);
}

static const struct torpor_hooks *kept_hooks;
static void *kept_data;

static int32_t
keep(void *host_data, const struct torpor_hooks *hooks, void *hook_data)
{
    g_assert_cmpstr(host_data, ==, "my data");
    kept_hooks = hooks;
    kept_data = hook_data;
    return TORPOR_STATUS_OK;
}

static void
test_host_keeps_hooks_too(void)
{
    struct torpor_host host = fine_host;
    host.register_hooks = keep;
    char data[] = "my data";
    struct torpor *torpor = torpor_open_file(plugin_path, &host, data, NULL, 0, NULL);
    g_assert_nonnull(torpor);
    kept_hooks->step(kept_data, 1, 0.1);
    torpor_step(torpor, 2, 0.2);
    g_assert_true(g_str_has_suffix(torpor_report(torpor), ", 2 steps"));
    close_fine(torpor);
    g_assert_true(host.register_hooks == keep);
}

static gpointer
open_and_close_often(gpointer unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        struct torpor *torpor = open_fine();
        torpor_step(torpor, 1, 0.1);
        g_assert_true(g_str_has_suffix(torpor_report(torpor), ", 1 steps"));
        close_fine(torpor);
    }
    return NULL;
}

static void
test_threads(void)
{
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("session", open_and_close_often, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

static void
test_symbols_stay_local(void)
{
    struct torpor *torpor = open_fine();
    g_assert_null(dlsym(RTLD_DEFAULT, TORPOR_PLUGIN_SYMBOL));
    close_fine(torpor);
}

/* A host such as NEST has a libltdl of its own in the global scope, with its own references. */
static void
test_host_has_libltdl(void)
{
    void *ltdl = dlopen("libltdl.so.7", RTLD_NOW | RTLD_GLOBAL);
    g_assert_nonnull(ltdl);
    int (*init)(void), (*leave)(void), (*set_path)(const char *);
    *(void **)&init = dlsym(ltdl, "lt_dlinit");
    *(void **)&leave = dlsym(ltdl, "lt_dlexit");
    *(void **)&set_path = dlsym(ltdl, "lt_dlsetsearchpath");
    g_assert_cmpint(init(), ==, 0);
    g_assert_cmpint(set_path("/nowhere"), ==, 0);
    struct torpor *torpor = open_fine();
    g_assert_cmpint(leave(), ==, 0);
    torpor_step(torpor, 1, 0.1);
    close_fine(torpor);
    close_fine(open_fine());
}

static void
expect_refusal(const char *path, int32_t status, const char *text)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    g_assert_null(torpor_open_file(path, &fine_host, NULL, NULL, 0, &error));
    g_assert_cmpint(error.status, ==, status);
    g_assert_nonnull(strstr(error.message, text));
    g_assert_true(g_utf8_validate(error.message, -1, NULL));
}

static void
test_no_such_file(void)
{
    expect_refusal("/no/such/plugin.so", TORPOR_STATUS_NOT_FOUND,
                   "/no/such/plugin.so: No such file");
    expect_refusal("/", TORPOR_STATUS_NOT_FOUND, "plugin /: not a file");
    expect_refusal(NULL, TORPOR_STATUS_INVALID, "path of the plugin is NULL");
}

static void
test_long_text_is_cut(void)
{
    /* Two bytes per letter: with an odd and an even start, one of the cuts is inside a letter. */
    for (int start = 0; start < 2; start++) {
        g_autoptr(GString) path = g_string_new(start == 0 ? "/" : "/x");
        for (int i = 0; i < 120; i++)
            g_string_append(path, "é");
        expect_refusal(path->str, TORPOR_STATUS_NOT_FOUND, "é");
    }
}

static void
test_error_of_no_size_is_untouched(void)
{
    struct torpor_error error = {.struct_size = 0, .status = 77, .message = "mine"};
    g_assert_null(torpor_open_file("/no/such", &fine_host, NULL, NULL, 0, &error));
    g_assert_cmpint(error.status, ==, 77);
    g_assert_cmpstr(error.message, ==, "mine");
}

/* A caller built with an older header lends less room: not a byte beyond it is written. */
static void
test_error_of_less_room(void)
{
    for (uint32_t room = 0; room < 40; room++) {
        struct torpor_error error = {.status = 77};
        memset(error.message, 0x7e, sizeof error.message);
        error.struct_size = (uint32_t)offsetof(struct torpor_error, message) + room;
        g_assert_null(torpor_open_file("/no/such", &fine_host, NULL, NULL, 0, &error));
        g_assert_cmpint(error.status, ==, room == 0 ? 77 : TORPOR_STATUS_NOT_FOUND);
        g_assert_cmpint(error.message[room], ==, 0x7e);
        if (room > 0)
            g_assert_true(
                g_str_has_prefix("plugin /no/such: No such file or directory", error.message));
    }
}

static void
test_error_set(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    g_assert_cmpint(torpor_error_set(&error, TORPOR_STATUS_REFUSED, "%d of %s", 3, "five"), ==,
                    TORPOR_STATUS_REFUSED);
    g_assert_cmpint(error.status, ==, TORPOR_STATUS_REFUSED);
    g_assert_cmpstr(error.message, ==, "3 of five");
    g_assert_cmpint(torpor_error_set(NULL, 5, "%s", "unheard"), ==, 5);
}

static int32_t
never_looks(void *look_data, const struct torpor_glimpse *glimpse, struct torpor_error *error)
{
    (void)look_data, (void)glimpse, (void)error;
    g_assert_not_reached();
}

static int32_t
never_advances(void *host_data, uint64_t n_steps, struct torpor_error *error)
{
    (void)host_data, (void)n_steps, (void)error;
    g_assert_not_reached();
}

/* A simulator without a plugin runs on: every call does nothing, and succeeds. */
static void
test_null_session(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT, .status = 77};
    const struct torpor_type type = {TORPOR_TYPE_INIT};
    const struct torpor_codec codec = {TORPOR_CODEC_INIT};
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT};
    int32_t resumed = -1, found = -1;
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT, .step = 5};
    g_assert_cmpint(torpor_declare_type(NULL, &type, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_declare_codec(NULL, &codec, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_declare_migration(NULL, &migration, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_restore(NULL, NULL, &resumed, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(resumed, ==, 0);
    g_assert_cmpint(torpor_restore(NULL, "file", NULL, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_step(NULL, 1, 0.1), ==, TORPOR_GO_ON);
    g_assert_cmpint(torpor_save(NULL, NULL, &error), ==, TORPOR_STATUS_OK);
    torpor_stop(NULL);
    g_assert_cmpint(torpor_begin_run(NULL, 1, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_share_origin(NULL, NULL, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_due_next(NULL, 1, 0.1, 2, 0.2), ==, 0);
    g_assert_true(isinf(torpor_due_time(NULL, 0.1)));
    g_assert_cmpint(torpor_step(NULL, 2, 0.2), ==, TORPOR_GO_ON);
    g_assert_cmpint(torpor_wait(NULL, &outcome, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpuint(outcome.step, ==, 5);
    g_assert_cmpint(torpor_wait(NULL, NULL, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpstr(torpor_report(NULL), ==, "");
    g_assert_cmpint(torpor_peek(NULL, NULL, never_looks, NULL, &found, &error), ==,
                    TORPOR_STATUS_OK);
    g_assert_cmpint(found, ==, 0);
    g_assert_cmpint(torpor_host_selfcheck(NULL, never_advances, 3, &error), ==, TORPOR_STATUS_OK);
    g_assert_null(torpor_plugin_path(NULL));
    g_assert_null(torpor_plugin_version(NULL));
    g_assert_cmpint(torpor_close(NULL, &error), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(torpor_close(NULL, NULL), ==, TORPOR_STATUS_OK);
    g_assert_cmpint(error.status, ==, 77);
}

/* The host's table is copied: it may be a local variable of whoever opens the session. */
static void
test_table_is_copied(void)
{
    struct torpor_host host = fine_host;
    struct torpor *torpor = torpor_open_file(plugin_path, &host, NULL, NULL, 0, NULL);
    g_assert_nonnull(torpor);
    memset(&host, 0xee, sizeof host);
    g_assert_cmpint(torpor_step(torpor, 1, 0.1), ==, TORPOR_GO_ON);
    close_fine(torpor);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    plugin_path = argv[1];
    g_test_add_func("/session/open-close-open", test_open_close_open);
    g_test_add_func("/session/two-at-once", test_two_at_once);
    g_test_add_func("/session/calls-are-handed-on", test_calls_are_handed_on);
    g_test_add_func("/session/host-keeps-hooks-too", test_host_keeps_hooks_too);
    g_test_add_func("/session/threads", test_threads);
    g_test_add_func("/session/symbols-stay-local", test_symbols_stay_local);
    g_test_add_func("/session/host-has-libltdl", test_host_has_libltdl);
    g_test_add_func("/session/no-such-file", test_no_such_file);
    g_test_add_func("/session/error/long-text-is-cut", test_long_text_is_cut);
    g_test_add_func("/session/error/of-no-size-is-untouched", test_error_of_no_size_is_untouched);
    g_test_add_func("/session/error/of-less-room-is-cut", test_error_of_less_room);
    g_test_add_func("/session/error/set-by-hosts", test_error_set);
    g_test_add_func("/session/null/does-nothing", test_null_session);
    g_test_add_func("/session/table/copied", test_table_is_copied);
    return g_test_run();
}
