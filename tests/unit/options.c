#include "session/options.h"

#include <signal.h>

#include <signal.h>
#include <string.h>

static TorporOptions *
parse(const char *option)
{
    g_autoptr(GError) error = NULL;
    TorporOptions *options = torpor_options_parse(&option, option == NULL ? 0 : 1, &error);
    g_assert_no_error(error);
    g_assert_nonnull(options);
    return options;
}

static void
assert_refused(const char *option, gint status, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOptions) options = torpor_options_parse(&option, 1, &error);
    g_assert_null(options);
    g_assert_error(error, TORPOR_ERROR, status);
    if (strstr(error->message, said) == NULL)
        g_error("\"%s\" is not said in: %s", said, error->message);
}

static void
assert_duration(const TorporDuration *duration, double value, const char *symbol)
{
    g_assert_cmpfloat(duration->value, ==, value);
    g_assert_nonnull(duration->unit);
    g_assert_cmpstr(duration->unit->symbol, ==, symbol);
}

static void
test_misspelt(void)
{
    g_setenv("TORPOR_EVRY", "1 ms", TRUE);
    g_setenv("TORPOR_PLUGIN_PATH", "/somewhere", TRUE);
    g_setenv("torpor_keep", "2", TRUE);
    g_setenv("TORPOR_EVERY_WALL", "1 h", TRUE);
    g_autoptr(TorporOptions) options = parse(NULL);
    g_autofree char *lines = NULL;
    g_ptr_array_add(options->warnings, NULL);
    lines = g_strjoinv("\n", (char **)options->warnings->pdata);
    g_assert_nonnull(strstr(lines, "TORPOR_EVRY is no option"));
    g_assert_nonnull(strstr(lines, "did you mean TORPOR_EVERY?"));
    g_assert_nonnull(strstr(lines, "torpor_keep is no option"));
    g_assert_null(strstr(lines, "TORPOR_PLUGIN_PATH"));
    g_assert_null(strstr(lines, "TORPOR_EVERY_WALL is"));
    g_unsetenv("TORPOR_EVRY");
    g_unsetenv("TORPOR_PLUGIN_PATH");
    g_unsetenv("torpor_keep");
    g_unsetenv("TORPOR_EVERY_WALL");
}

static void
test_all_off(void)
{
    const char *const given[] = {"checkpoints=no", "every=1 ms", "maxh=1", "resume=require"};
    g_autoptr(TorporOptions) options = torpor_options_parse(given, G_N_ELEMENTS(given), NULL);
    g_assert_nonnull(options);
    g_assert_false(options->checkpoints);
    g_assert_nonnull(options->every.unit); /* for hosts whose checkpoints change their run */
    g_assert_null(options->every_wall.unit);
    g_assert_null(options->maxh.unit);
    g_assert_cmpuint(options->signals->len, ==, 0);
    g_assert_cmpint(options->resume, ==, TORPOR_RESUME_NEVER);
    assert_refused("checkpoints=maybe", TORPOR_STATUS_INVALID, "expected yes or no");
}

static void
test_defaults(void)
{
    g_autoptr(TorporOptions) options = parse(NULL);
    g_autofree char *dir = g_canonicalize_filename("checkpoints", NULL);
    g_assert_cmpstr(options->dir, ==, dir);
    g_assert_null(options->every.unit);
    assert_duration(&options->every_wall, 15, "min");
    assert_duration(&options->mtbf, 24, "h");
    g_assert_false(options->every_wall_auto);
    g_assert_cmpuint(options->keep, ==, 3);
    g_assert_cmpuint(options->keep_every, ==, 0);
    g_assert_null(options->maxh.unit);
    g_assert_cmpuint(options->signals->len, ==, 3);
    g_assert_cmpint(g_array_index(options->signals, int, 0), ==, SIGTERM);
    g_assert_cmpint(g_array_index(options->signals, int, 2), ==, SIGINT);
    g_assert_cmpint(options->mode, ==, TORPOR_MODE_ASYNC);
    g_assert_cmpint(options->resume, ==, TORPOR_RESUME_AUTO);
    g_assert_null(options->resume_path);
    g_assert_cmpint(options->mismatch, ==, TORPOR_MISMATCH_ERROR);
    g_assert_true(options->fsync);
    g_assert_true(options->checkpoints);
}

static void
test_values(void)
{
    const char *const given[] = {"dir=/tmp/a/../runs",
                                 "every=500 ms",
                                 "every_wall = 2.5 h ",
                                 "keep=7",
                                 "keep_every=10",
                                 "fsync=no",
                                 "resume=old/a=b.msgpack",
                                 "mode=sync",
                                 "keep=8",
                                 "mismatch=error",
                                 "compress=none"};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOptions) options = torpor_options_parse(given, G_N_ELEMENTS(given), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(options->dir, ==, "/tmp/runs");
    assert_duration(&options->every, 500, "ms");
    assert_duration(&options->every_wall, 2.5, "h");
    g_assert_cmpuint(options->keep, ==, 8); /* the later one */
    g_assert_cmpuint(options->keep_every, ==, 10);
    g_assert_false(options->fsync);
    g_assert_cmpint(options->resume, ==, TORPOR_RESUME_PATH);
    g_autofree char *path = g_canonicalize_filename("old/a=b.msgpack", NULL);
    g_assert_cmpstr(options->resume_path, ==, path);
    double seconds = 0;
    g_assert_true(
        torpor_duration_in(&options->every_wall, torpor_unit_lookup("s", NULL), &seconds, NULL));
    g_assert_cmpfloat(seconds, ==, 9000);
    g_autoptr(TorporOptions) words = parse("resume=require");
    g_assert_cmpint(words->resume, ==, TORPOR_RESUME_REQUIRE);
    g_assert_null(words->resume_path);
    g_autoptr(TorporOptions) off = parse("every_wall=off");
    g_assert_null(off->every_wall.unit);
    g_autoptr(TorporOptions) automatic = parse("every_wall=auto");
    g_assert_true(automatic->every_wall_auto);
    g_autoptr(TorporOptions) budget = parse("maxh=23.5");
    assert_duration(&budget->maxh, 23.5, "h");
    g_autoptr(TorporOptions) none = parse("signals=none");
    g_assert_cmpuint(none->signals->len, ==, 0);
}

static void
test_bad(void)
{
    const char *const bad[] = {
        "every",
        "evry=5 ms",
        "every=500",
        "every=ms",
        "every=",
        "every=-5 ms",
        "every=0 ms",
        "every=nan ms",
        "every=1e999 ms",
        "every=sometimes",
        "every_wall=15",
        "keep=0",
        "keep=-1",
        "keep=3.5",
        "keep=many",
        "keep_every=0",
        "fsync=maybe",
        "resume=",
        "dir=",
        "mode=fast",
        "mtbf=off",
        "maxh=0",
        "signals=TERM,KILL",
        "mismatch=later",
        "=5",
        "keep=99999999999999999999",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_refused(bad[i], TORPOR_STATUS_INVALID, "expected");
    assert_refused("evry=1 ms", TORPOR_STATUS_INVALID, "\"evry\"; did you mean every? expected");
    assert_refused("colour=red", TORPOR_STATUS_INVALID,
                   "\"colour\"; expected one of checkpoints, ");
    assert_refused(
        "every=500", TORPOR_STATUS_INVALID,
        "option every=500: expected a time above 0 with its unit, such as \"500 ms\", or "
        "off, found \"500\"");
}

static void
test_bad_units(void)
{
    assert_refused("every=5 mss", TORPOR_STATUS_UNIT, "\"ms\"");
    assert_refused("every=5 mV", TORPOR_STATUS_UNIT, "dimensions differ");
    assert_refused("every_wall=5 degC", TORPOR_STATUS_UNIT, "option every_wall=5 degC");
    g_autoptr(GError) error = NULL;
    const char *const null_option = NULL;
    g_assert_null(torpor_options_parse(&null_option, 1, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_clear_error(&error);
    g_assert_null(torpor_options_parse(NULL, 1, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
}

static void
test_incremental(void)
{
    g_autoptr(TorporOptions) usual = parse("keep=3");
    g_assert_cmpint(usual->incremental, ==, TORPOR_INCREMENTAL_NO);
    g_assert_cmpuint(usual->full_every, ==, 16);
    g_autoptr(TorporOptions) compares = parse("incremental=compare");
    g_assert_cmpint(compares->incremental, ==, TORPOR_INCREMENTAL_COMPARE);
    g_autoptr(TorporOptions) trusts = parse("incremental=yes");
    g_assert_cmpint(trusts->incremental, ==, TORPOR_INCREMENTAL_YES);
    g_autoptr(TorporOptions) often = parse("full_every=2");
    g_assert_cmpuint(often->full_every, ==, 2);
    assert_refused("full_every=0", TORPOR_STATUS_INVALID, "1 or more");
    assert_refused("incremental=perhaps", TORPOR_STATUS_INVALID,
                   "expected no or compare or yes or check");
}

static void
test_compress(void)
{
    static const struct {
        const char *option;
        gint level;
    } good[] = {{"compress=none", 0}, {"compress=zstd", 1}, {"compress=zstd:19", 19}};
    static const char *const bad[] = {"compress=gzip", "compress=zstd:", "compress=zstd:0",
                                      "compress=zstd:20", "compress="};
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(TorporOptions) options = parse(good[i].option);
        g_assert_cmpint(options->packing.level, ==, good[i].level);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_refused(bad[i], TORPOR_STATUS_INVALID, "expected none, zstd, or a level");
}

static void
test_environment(void)
{
    g_setenv("TORPOR_KEEP", " 5 ", TRUE);
    g_setenv("TORPOR_EVERY_WALL", "1 h", TRUE);
    g_setenv("TORPOR_DIR", "", TRUE); /* as good as unset */
    g_autoptr(TorporOptions) options = parse("keep=9");
    g_assert_cmpuint(options->keep, ==, 5);
    assert_duration(&options->every_wall, 1, "h");
    g_autofree char *dir = g_canonicalize_filename("checkpoints", NULL);
    g_assert_cmpstr(options->dir, ==, dir);
    g_setenv("TORPOR_KEEP", "none", TRUE);
    assert_refused("keep=9", TORPOR_STATUS_INVALID,
                   "environment variable TORPOR_KEEP=none: expected a number, 1 or more");
    g_unsetenv("TORPOR_KEEP");
    g_unsetenv("TORPOR_EVERY_WALL");
    g_unsetenv("TORPOR_DIR");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/checkpoints-no/all-off", test_all_off);
    g_test_add_func("/options/environment/misspelt-is-said", test_misspelt);
    g_test_add_func("/options/defaults", test_defaults);
    g_test_add_func("/options/values/read", test_values);
    g_test_add_func("/options/values/bad-ones-say-what-is-expected", test_bad);
    g_test_add_func("/options/values/bad-units", test_bad_units);
    g_test_add_func("/options/compress/levels", test_compress);
    g_test_add_func("/options/incremental/answers", test_incremental);
    g_test_add_func("/options/environment/wins", test_environment);
    return g_test_run();
}
