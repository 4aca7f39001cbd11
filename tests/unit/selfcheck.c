/* What a self-check finds, and what it says that it cannot find. The host draws Gaussian numbers in
 * pairs, as Box and Muller do, and caches the second one: state that is easily forgotten. */
#include "session/selfcheck.h"

#include <glib/gstdio.h>
#include <string.h>

#include "step_clock.h"

#define N_UNITS 5u

typedef struct {
    double V_m;
    guint32 hidden; /* no field covers it */
    guint32 n_spikes;
    double unused[2]; /* no field covers these either, and they stay as they are */
    double hidden_too;
} Unit;

typedef struct {
    guint64 step; /* first: see step_clock.h */
    Unit *units;
    guint64 generator;
    double cached;
    gint32 has_cached;
    gboolean forgets_cache;        /* it is neither listed nor set at a restore */
    gboolean forgets_cached_value; /* only whether there is one is saved */
    gboolean changes_hidden;
    gboolean changes_hidden_too;
    gboolean is_without_pairs; /* nothing is ever cached */
    gboolean moves;            /* objects are elsewhere after each step */
    gboolean is_silent;        /* nothing happens */
    const char *path;          /* of the units; NULL: the usual one */
    guint64 revisions[2];      /* of the fields of a unit */
    GString *log;
    char *folder;
    TorporSession *session;
} Host;

static double
draw(Host *host)
{
    if (host->has_cached) {
        host->has_cached = 0;
        return host->cached;
    }
    host->generator = host->generator * G_GUINT64_CONSTANT(6364136223846793005) + 1;
    host->cached = (double)(host->generator >> 40);
    host->has_cached = !host->is_without_pairs;
    return (double)(host->generator >> 50);
}

static void
move(Host *host)
{
    Unit *elsewhere = g_memdup2(host->units, N_UNITS * sizeof(Unit));
    memset(host->units, 0xA5, N_UNITS * sizeof(Unit));
    g_free(host->units);
    host->units = elsewhere;
}

static gint32
advance(void *host_data, guint64 n_steps, G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    for (guint64 i = 0; i < n_steps; i++) {
        host->step++;
        if (host->is_silent)
            continue;
        host->units[host->step % N_UNITS].V_m += draw(host); /* an odd number of draws */
        host->units[0].hidden += host->changes_hidden;
        host->units[0].hidden_too += host->changes_hidden_too;
        if (host->moves)
            move(host);
    }
    return TORPOR_STATUS_OK;
}

static const struct torpor_field unit_fields[] = {
    TORPOR_FIELD(Unit, V_m, "mV"),
    TORPOR_FIELD(Unit, n_spikes, NULL),
};
static const struct torpor_type unit_type = {
    TORPOR_TYPE_INIT,
    .version = 1,
    .name = "unit",
    .fields = unit_fields,
    .n_fields = G_N_ELEMENTS(unit_fields),
    .object_size = sizeof(Unit),
};

static const struct torpor_field cache_fields[] = {
    TORPOR_FIELD(Host, cached, NULL),
    TORPOR_FIELD(Host, has_cached, NULL),
};
static const struct torpor_type cache_type = {
    TORPOR_TYPE_INIT,
    .version = 1,
    .name = "cache",
    .fields = cache_fields,
    .n_fields = G_N_ELEMENTS(cache_fields),
};

static const struct torpor_field flag_fields[] = {
    TORPOR_FIELD(Host, has_cached, NULL),
};
static const struct torpor_type flag_type = {
    TORPOR_TYPE_INIT,
    .version = 1,
    .name = "flag",
    .fields = flag_fields,
    .n_fields = G_N_ELEMENTS(flag_fields),
};

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    const struct torpor_population units = {
        TORPOR_POPULATION_INIT,
        .path = host->path == NULL ? "units" : host->path,
        .type = "unit",
        .count = N_UNITS,
        .base = host->units,
        .stride = sizeof(Unit),
        .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .revisions = host->revisions,
        .n_revisions = G_N_ELEMENTS(host->revisions),
    };
    const struct torpor_population cache = {
        TORPOR_POPULATION_INIT,
        .path = "cache",
        .type = host->forgets_cached_value ? "flag" : "cache",
        .count = 1,
        .base = host,
        .stride = sizeof *host,
        .layout = TORPOR_LAYOUT_CONTIGUOUS,
    };
    const struct torpor_generator generator = {
        TORPOR_GENERATOR_INIT,
        .path = "noise",
        .algorithm = "lcg",
        .state = {.data = &host->generator, .dtype = TORPOR_DTYPE_UINT64},
    };
    if (!host->forgets_cache)
        description->add_population(description->data, &cache);
    description->add_generator(description->data, &generator);
    return description->add_population(description->data, &units);
}

static void
log_message(void *host_data, gint32 level, const char *message)
{
    g_string_append_printf(((Host *)host_data)->log, "%d %s\n", level, message);
}

static const struct torpor_host table = {
    TORPOR_HOST_INIT, .name = "pairs",      .version = "1",
    STEP_CLOCK_SLOTS, .describe = describe, .log = log_message,
};

static void
set_up(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    host->folder = g_dir_make_tmp("torpor-test-XXXXXX", &error);
    g_assert_no_error(error);
    host->units = g_new0(Unit, N_UNITS);
    host->log = g_string_new(NULL);
    g_autofree char *dir = g_strdup_printf("dir=%s/is/made", host->folder);
    const char *const options[] = {dir, "fsync=no"};
    host->session = torpor_session_new(&table, host, options, G_N_ELEMENTS(options), &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(host->session->catalogue, &unit_type, &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(host->session->catalogue, &cache_type, &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(host->session->catalogue, &flag_type, &error);
    g_assert_no_error(error);
}

static void
tear_down(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    torpor_session_free(host->session);
    g_assert_cmpint(g_rmdir(host->folder), ==, 0); /* nothing is left in it */
    g_free(host->folder);
    g_free(host->units);
    g_string_free(host->log, TRUE);
}

static void
pass(Host *host, guint64 n_steps)
{
    g_autoptr(GError) error = NULL;
    torpor_selfcheck(host->session, advance, n_steps, &error);
    g_assert_no_error(error);
}

static void
fail(Host *host, guint64 n_steps, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    guint64 step = host->step;
    g_assert_false(torpor_selfcheck(host->session, advance, n_steps, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
    g_assert_cmpuint(host->step, ==, step);
}

/* Whether numbers of steps are even or odd, and from whichever step on. */
static void
test_cached_value(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    for (guint64 n_steps = 1; n_steps < 8; n_steps++) {
        advance(host, 1, NULL);
        host->forgets_cache = FALSE;
        pass(host, n_steps);
        host->forgets_cache = TRUE;
        fail(host, n_steps, TORPOR_STATUS_MISMATCH, "such as a cached random number");
    }
}

/* The value stays in memory after its use, until the next pair is drawn. */
static void
test_cached_value_behind_its_flag(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    const guint64 n_steps[] = {1, 2, 3, 7, 8, 100, 1000, 2000, 2001};
    for (guint i = 0; i < 2 * G_N_ELEMENTS(n_steps); i++) {
        if (i == G_N_ELEMENTS(n_steps))
            advance(host, 1, NULL); /* from steps at which a value is cached */
        host->forgets_cached_value = FALSE;
        pass(host, n_steps[i % G_N_ELEMENTS(n_steps)]);
        host->forgets_cached_value = TRUE;
        fail(host, n_steps[i % G_N_ELEMENTS(n_steps)], TORPOR_STATUS_MISMATCH,
             "such as a cached random number");
    }
}

static void
test_objects_that_move(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    host->moves = TRUE;
    pass(host, 20);
    host->changes_hidden = TRUE;
    fail(host, 20, TORPOR_STATUS_MISMATCH,
         "bytes 8 to 11 of type \"unit\", between fields \"V_m\" and \"n_spikes\", change");
}

static void
test_first_bytes_that_change(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    host->changes_hidden_too = TRUE;
    fail(host, 20, TORPOR_STATUS_MISMATCH,
         "bytes 32 to 39 of type \"unit\", after field \"n_spikes\", change");
}

static void
test_nothing_happens(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    host->is_silent = TRUE;
    fail(host, 20, TORPOR_STATUS_INVALID, "nothing but the clock changed in 41 steps");
}

/* No unit spikes, so a field for that may be wrong as well. */
static void
test_unchanged_field(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    pass(host, 20);
    g_assert_nonnull(strstr(host->log->str, "2 self-check: it proves nothing about what did not "
                                            "change in 41 steps: populations/units/n_spikes\n"));
}

/* The voltage changes at each step, and nobody spikes. */
static void
test_stale_revision(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    host->revisions[1] = 7;
    pass(host, 20);
    host->revisions[0] = 7;
    fail(host, 20, TORPOR_STATUS_MISMATCH,
         "populations/units/V_m has changed in 41 steps, and the host gives it the same revision");
    host->path = "units~1"; /* in the words of paths: ~01 */
    fail(host, 20, TORPOR_STATUS_MISMATCH,
         "populations/units~01/V_m has changed in 41 steps, and the host gives it the same");
}

/* The host is one object, of which most is described elsewhere. */
static void
test_unsized_type(Host *host, G_GNUC_UNUSED gconstpointer data)
{
    const char *words = "2 self-check: members that no field covers were not looked for in types "
                        "without object_size: ";
    host->forgets_cache = TRUE;
    host->is_without_pairs = TRUE;
    pass(host, 20);
    g_assert_null(strstr(host->log->str, words));
    host->forgets_cache = FALSE;
    pass(host, 20);
    g_autofree char *line = g_strconcat(words, "cache\n", NULL);
    g_assert_nonnull(strstr(host->log->str, line));
}

static void
add(const char *path, void (*test)(Host *, gconstpointer))
{
    g_test_add(path, Host, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/selfcheck/cached-value/found-at-any-length", test_cached_value);
    add("/selfcheck/cached-value/found-behind-its-flag", test_cached_value_behind_its_flag);
    add("/selfcheck/objects-that-move/watched", test_objects_that_move);
    add("/selfcheck/uncovered-bytes/those-that-change", test_first_bytes_that_change);
    add("/selfcheck/nothing-happens/proves-nothing", test_nothing_happens);
    add("/selfcheck/unchanged-field/named", test_unchanged_field);
    add("/selfcheck/stale-revision/named", test_stale_revision);
    add("/selfcheck/unsized-type/named", test_unsized_type);
    return g_test_run();
}
