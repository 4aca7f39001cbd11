/* Where the loader finds the plugin, in scratch folders laid out like an installation.
 * argv: a plugin, the loader's library, a program that holds the loader. */
#include "host.h"

#include <dlfcn.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <torpor/loader.h>

#include "../unit/scratch.h"

static const char *plugin, *library, *program;

/* A scratch prefix. Every test has its own, so that each copy of the loader is loaded again. */
static char *
new_prefix(void)
{
    char *prefix = g_dir_make_tmp("torpor-search-XXXXXX", NULL);
    g_assert_nonnull(prefix);
    g_autofree char *real = realpath(prefix, NULL);
    g_free(prefix);
    return g_strdup(real);
}

static void
remove_prefix(char *prefix)
{
    g_assert_true(scratch_remove(prefix));
    g_free(prefix);
}

typedef char Prefix;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Prefix, remove_prefix)

/* Copy `file` to <prefix>/<place>; returns that path. */
static char *
put(const char *prefix, const char *place, const char *file)
{
    char *path = g_build_filename(prefix, place, NULL);
    g_autofree char *folder = g_path_get_dirname(path), *bytes = NULL;
    gsize length;
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_get_contents(file, &bytes, &length, NULL));
    g_assert_true(g_file_set_contents_full(path, bytes, (gssize)length, G_FILE_SET_CONTENTS_NONE,
                                           0700, NULL));
    return path;
}

static GString *logged;

static void
log_message(void *host_data, int32_t level, const char *message)
{
    g_assert_cmpstr(host_data, ==, "my data");
    g_assert_cmpint(level, >=, TORPOR_LOG_WARNING);
    g_string_append(logged, message);
}

/* Search with the copy of the loader at `loader`. Returns the plugin that it opened, or NULL. */
static char *
search_with(const char *loader, struct torpor_error *error)
{
    void *handle = dlopen(loader, RTLD_NOW | RTLD_LOCAL);
    g_assert_nonnull(handle);
    struct torpor *(*open)(const struct torpor_host *, void *, const char *const *, uint64_t,
                           struct torpor_error *);
    const char *(*path)(const struct torpor *);
    int32_t (*close)(struct torpor *, struct torpor_error *);
    *(void **)&open = dlsym(handle, "torpor_open");
    *(void **)&path = dlsym(handle, "torpor_plugin_path");
    *(void **)&close = dlsym(handle, "torpor_close");
    struct torpor_host host = fine_host;
    host.log = log_message;
    char data[] = "my data";
    *error = (struct torpor_error){TORPOR_ERROR_INIT};
    g_string_truncate(logged, 0);
    struct torpor *torpor = open(&host, data, NULL, 0, error);
    if (torpor == NULL)
        return NULL;
    char *found = g_strdup(path(torpor));
    g_assert_cmpint(close(torpor, NULL), ==, TORPOR_STATUS_OK);
    return found;
}

static void
expect_found(const char *loader, const char *expected)
{
    struct torpor_error error;
    g_autofree char *found = search_with(loader, &error);
    g_assert_cmpstr(error.message, ==, "");
    g_assert_cmpstr(found, ==, expected);
}

/* Tests of the last places would find an installed Torpor first. */
static gboolean
is_installed(void)
{
    if (!g_file_test(TORPOR_INSTALL_FULL_LIBDIR "/torpor/torpor.so", G_FILE_TEST_EXISTS))
        return FALSE;
    g_test_skip("a Torpor is installed in the prefix of this build");
    return TRUE;
}

static void
test_installed_layout(void)
{
    if (is_installed())
        return;
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *loader = put(prefix, "lib/libtorpor-host.so.1", library);
    g_autofree char *expected = put(prefix, "lib/torpor/torpor.so", plugin);
    expect_found(loader, expected);
}

static void
test_beside_loader(void)
{
    if (is_installed())
        return;
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *loader = put(prefix, "simulator/libtorpor-host.so.1", library);
    g_autofree char *expected = put(prefix, "simulator/torpor.so", plugin);
    expect_found(loader, expected);
}

static void
test_program_finds_lib(void)
{
    if (is_installed())
        return;
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *path = put(prefix, "bin/simulator", program), *output = NULL;
    g_autofree char *expected = put(prefix, "lib/torpor/torpor.so", plugin);
    g_autofree char *tool = put(prefix, "bin/torpor", program); /* no folder, and no plugin */
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *search_path = g_strdup_printf("%s:/usr/bin:/bin", folder);
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "PATH", search_path, TRUE);
    /* Found through PATH, the program's own name has no folder. */
    const char *const argv[] = {"sh", "-c", "cd / && simulator", NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &output, NULL, NULL, NULL));
    g_strchomp(output);
    g_assert_cmpstr(output, ==, expected);
}

static void
test_environment_comes_first(void)
{
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *loader = put(prefix, "lib/libtorpor-host.so.1", library);
    g_autofree char *beside = put(prefix, "lib/torpor/torpor.so", plugin);
    g_autofree char *file = put(prefix, "my/own-name.so", plugin);
    g_autofree char *in_folder = put(prefix, "mine/torpor.so", plugin);
    g_autofree char *folder = g_path_get_dirname(in_folder);
    g_setenv("TORPOR_PLUGIN_PATH", file, TRUE);
    expect_found(loader, file);
    g_setenv("TORPOR_PLUGIN_PATH", folder, TRUE);
    expect_found(loader, in_folder);
    g_assert_cmpstr(logged->str, ==, "");
    g_autofree char *several = g_strdup_printf("/no/such:%s::%s", folder, file);
    g_setenv("TORPOR_PLUGIN_PATH", several, TRUE);
    expect_found(loader, in_folder);
    g_autofree char *warning = g_strdup_printf(
        "TORPOR_PLUGIN_PATH: there is no torpor.so at /no/such; %s is used instead", in_folder);
    g_assert_cmpstr(logged->str, ==, warning);
    g_unsetenv("TORPOR_PLUGIN_PATH");
}

/* What the user named and is no plugin is an error, not a reason to take another one. */
static void
test_broken_file_is_not_passed_over(void)
{
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *loader = put(prefix, "lib/libtorpor-host.so.1", library);
    g_autofree char *beside = put(prefix, "lib/torpor/torpor.so", plugin);
    g_autofree char *text = g_build_filename(prefix, "torpor.so", NULL);
    g_assert_true(g_file_set_contents(text, "no plugin", -1, NULL));
    g_setenv("TORPOR_PLUGIN_PATH", prefix, TRUE);
    struct torpor_error error;
    g_assert_null(search_with(loader, &error));
    g_assert_cmpint(error.status, ==, TORPOR_STATUS_INVALID);
    g_assert_nonnull(strstr(error.message, text));
    g_unsetenv("TORPOR_PLUGIN_PATH");
}

static void
test_not_found_lists_every_place(void)
{
    if (is_installed())
        return;
    g_autoptr(Prefix) prefix = new_prefix();
    g_autofree char *loader = put(prefix, "lib/libtorpor-host.so.1", library);
    g_autofree char *expected = g_strdup_printf(
        "no torpor.so found; set TORPOR_PLUGIN_PATH to the file or its folder, or install Torpor. "
        "Searched: /no/such/a:/no/such/b:" TORPOR_INSTALL_FULL_LIBDIR
        "/torpor:%s/lib:%s/lib/torpor:",
        prefix, prefix);
    g_setenv("TORPOR_PLUGIN_PATH", "/no/such/a:/no/such/b", TRUE);
    struct torpor_error error;
    g_assert_null(search_with(loader, &error));
    g_assert_cmpint(error.status, ==, TORPOR_STATUS_NOT_FOUND);
    g_assert_true(g_str_has_prefix(error.message, expected));

    g_autofree char *many = g_strnfill(sizeof error.message, 'x');
    g_setenv("TORPOR_PLUGIN_PATH", many, TRUE);
    g_assert_null(search_with(loader, &error));
    g_assert_cmpint(error.status, ==, TORPOR_STATUS_NOT_FOUND);
    g_assert_nonnull(strstr(error.message, "set TORPOR_PLUGIN_PATH"));
    g_assert_nonnull(strstr(logged->str, many));
    g_assert_nonnull(strstr(logged->str, TORPOR_INSTALL_FULL_LIBDIR "/torpor"));
    g_unsetenv("TORPOR_PLUGIN_PATH");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 4);
    plugin = argv[1];
    library = argv[2];
    program = argv[3];
    g_unsetenv("TORPOR_PLUGIN_PATH");
    logged = g_string_new(NULL);
    g_test_add_func("/search/installed-layout", test_installed_layout);
    g_test_add_func("/search/beside-loader", test_beside_loader);
    g_test_add_func("/search/program-finds-lib", test_program_finds_lib);
    g_test_add_func("/search/environment-comes-first", test_environment_comes_first);
    g_test_add_func("/search/broken-file-is-not-passed-over", test_broken_file_is_not_passed_over);
    g_test_add_func("/search/not-found-lists-every-place", test_not_found_lists_every_place);
    int status = g_test_run();
    g_string_free(logged, TRUE);
    return status;
}
