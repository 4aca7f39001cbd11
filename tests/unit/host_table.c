#include "host/host_table.h"

#include <string.h>

#include "../loader/host.h"

static const char *unit = "ms";

static gint32
tell_clock(G_GNUC_UNUSED void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    g_assert_nonnull(error);
    *out = (struct torpor_clock){TORPOR_CLOCK_INIT, .unit = unit};
    return 0;
}

static const char *fingerprint = "x";
static guint64 claimed_length = G_MAXUINT64; /* else that of the text */
static guint n_asked;

static gint32
tell_fingerprint(G_GNUC_UNUSED void *host_data, char *out, guint64 size, guint64 *length,
                 struct torpor_error *error)
{
    g_assert_nonnull(error);
    n_asked++;
    *length = g_strlcpy(out, fingerprint, size);
    if (claimed_length != G_MAXUINT64)
        *length = claimed_length;
    return 0;
}

static gint32
tell_threads(G_GNUC_UNUSED void *host_data, guint32 *out, struct torpor_error *error)
{
    g_strlcpy(error->message, "the pool is not started yet", sizeof error->message);
    *out = 5;
    return unit == NULL ? 77 : 0;
}

static gint32
keep_hooks(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_hooks *hooks,
           G_GNUC_UNUSED void *hook_data)
{
    return 0;
}

static const struct torpor_host fine = {TORPOR_HOST_INIT,
                                        .name = "fine",
                                        .version = "1",
                                        .register_hooks = keep_hooks,
                                        .clock = tell_clock,
                                        .describe = fine_describe,
                                        .fingerprint = tell_fingerprint,
                                        .n_threads = tell_threads,
                                        .restore_commit = fine_restore_commit};
static const TorporHost host = {&fine, NULL};

static void
expect_words(const GError *error, const char *words)
{
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

static void
refuse(const struct torpor_host *table, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    struct torpor_host copy;
    struct torpor_collective collective;
    g_assert_false(torpor_host_import(table, &copy, &collective, &error));
    g_assert_error(error, TORPOR_ERROR, code);
    expect_words(error, words);
}

static gboolean
accept(const struct torpor_host *table)
{
    struct torpor_host copy;
    struct torpor_collective collective;
    return torpor_host_import(table, &copy, &collective, NULL);
}

static void
test_check(void)
{
    g_assert_true(accept(&fine));
    refuse(NULL, TORPOR_STATUS_INVALID, "the host table is NULL");
    struct torpor_host wrong = fine;
    wrong.abi_major++;
    refuse(&wrong, TORPOR_STATUS_VERSION, "the host was built for ABI 3.1");
    wrong = fine;
    wrong.abi_minor = 99; /* a newer minor is no reason */
    g_assert_true(accept(&wrong));
    wrong = fine;
    wrong.struct_size -= 8;
    refuse(&wrong, TORPOR_STATUS_INVALID, "expected a struct torpor_host with a struct_size of");
    wrong = fine;
    wrong.clock = NULL;
    refuse(&wrong, TORPOR_STATUS_INVALID, "slot clock of the host table is NULL");
    wrong = fine;
    wrong.describe = NULL;
    refuse(&wrong, TORPOR_STATUS_INVALID, "slot describe of the host table is NULL");
    wrong = fine;
    wrong.restore_commit = NULL;
    refuse(&wrong, TORPOR_STATUS_INVALID, "slot restore_commit");
    wrong = fine;
    wrong.name = "\xff";
    refuse(&wrong, TORPOR_STATUS_INVALID, "the host's name is not UTF-8");
    wrong.name = "";
    refuse(&wrong, TORPOR_STATUS_INVALID, "the host's name is empty");
}

/* A table as ABI 1.1 laid it out: none of its slots is looked at. */
static void
test_abi_1(void)
{
    const struct {
        guint32 abi_major, abi_minor, struct_size, flags;
        const char *name, *version;
        void *slots[18];
    } table = {1, 1, sizeof table, 0, "old", "1", {NULL}};
    g_assert_cmpuint(sizeof table, ==, 176);
    refuse((const struct torpor_host *)(const void *)&table, TORPOR_STATUS_VERSION,
           "the host was built for ABI 1.1, this plugin (" TORPOR_VERSION
           ") for 2.1: majors must be equal, rebuild the older one");
}

static void
test_not_built_yet(void)
{
    struct torpor_host table = fine;
    table.flags = 1u << 30;
    refuse(&table, TORPOR_STATUS_UNSUPPORTED, "flag 0x40000000 of the host table");
    table.flags = TORPOR_HOST_CONCURRENT | TORPOR_HOST_NO_SIGNALS |
                  TORPOR_HOST_CHECKPOINT_CHANGES_RUN | TORPOR_HOST_FORKABLE |
                  TORPOR_HOST_FINGERPRINT_MUST_MATCH;
    g_assert_true(accept(&table));
}

static gint32
send_nothing(void *data, const void *bytes, guint64 length, guint32 to, struct torpor_error *error)
{
    (void)data, (void)bytes, (void)length, (void)to, (void)error;
    return TORPOR_STATUS_OK;
}

static void
test_collective(void)
{
    struct torpor_collective collective = {TORPOR_COLLECTIVE_INIT, .n_ranks = 1};
    struct torpor_host table = fine;
    table.collective = &collective;
    g_assert_true(accept(&table));
    struct torpor_host copy;
    struct torpor_collective own;
    g_assert_true(torpor_host_import(&table, &copy, &own, NULL));
    g_assert_true(copy.collective == &own);
    collective.n_ranks = 4;
    refuse(&table, TORPOR_STATUS_INVALID,
           "slot collective of the host table: barrier is NULL, with 4 ranks");
    collective.n_ranks = 1;
    collective.send = send_nothing;
    refuse(&table, TORPOR_STATUS_INVALID, "slot collective of the host table: expected both send");
    collective.n_ranks = 0;
    refuse(&table, TORPOR_STATUS_INVALID, "slot collective of the host table: expected a rank");
    collective.struct_size = 8;
    refuse(&table, TORPOR_STATUS_INVALID, "slot collective of the host table: expected a struct");
}

static void
refuse_clock(const char *clock_unit, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    struct torpor_clock clock;
    unit = clock_unit;
    g_assert_false(torpor_host_clock(&host, &clock, &error));
    unit = "ms";
    g_assert_error(error, TORPOR_ERROR, code);
    expect_words(error, words);
}

static void
test_clock(void)
{
    static const char *const units[] = {"ms", "s", "h", "1"};
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        struct torpor_clock clock;
        unit = units[i];
        g_assert_true(torpor_host_clock(&host, &clock, NULL));
        g_assert_cmpstr(clock.unit, ==, units[i]);
    }
    refuse_clock(NULL, TORPOR_STATUS_INVALID, "the unit of the host's clock is NULL");
    refuse_clock("flurb", TORPOR_STATUS_UNIT, "the host's clock: unknown unit \"flurb\"");
    refuse_clock("mV", TORPOR_STATUS_UNIT, "expected a unit of time such as \"ms\"");
}

static void
test_threads(void)
{
    g_autoptr(GError) error = NULL;
    guint32 n = 0;
    g_assert_true(torpor_host_n_threads(&host, &n, NULL));
    g_assert_cmpuint(n, ==, 5);
    unit = NULL;
    g_assert_false(torpor_host_n_threads(&host, &n, &error));
    unit = "ms";
    g_assert_error(error, TORPOR_ERROR, 77);
    expect_words(error, "the host's n_threads: the pool is not started yet");
    struct torpor_host silent = fine;
    silent.n_threads = NULL;
    const TorporHost other = {&silent, NULL};
    g_assert_true(torpor_host_n_threads(&other, &n, NULL));
    g_assert_cmpuint(n, ==, 1);
}

static void
expect_fingerprint(const char *text, guint n_calls)
{
    g_autoptr(GError) error = NULL;
    fingerprint = text;
    n_asked = 0;
    g_autofree char *found = torpor_host_fingerprint(&host, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(found, ==, text);
    g_assert_cmpuint(n_asked, ==, n_calls);
}

static void
refuse_fingerprint(const char *text, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    fingerprint = text;
    g_assert_null(torpor_host_fingerprint(&host, &error));
    fingerprint = "x";
    g_assert_error(error, TORPOR_ERROR, code);
    expect_words(error, words);
}

/* A text of any length: the first room is of 256 bytes. */
static void
test_fingerprint(void)
{
    for (guint length = 1; length < 600; length++) {
        g_autofree char *text = g_strnfill(length, 'f');
        expect_fingerprint(text, length < 256 ? 1 : 2);
    }
    refuse_fingerprint("", TORPOR_STATUS_INVALID, "the host's fingerprint is empty");
    refuse_fingerprint("\xc3", TORPOR_STATUS_INVALID, "the host's fingerprint is not UTF-8");
    claimed_length = 3;
    refuse_fingerprint("12345", TORPOR_STATUS_INVALID, "its length is said to be 3, but 5 bytes");
    claimed_length = 300;
    refuse_fingerprint("12345", TORPOR_STATUS_INVALID, "its length is said to be 300");
    claimed_length = G_MAXUINT64 - 1;
    refuse_fingerprint("12345", TORPOR_STATUS_LIMIT, "the host's fingerprint: expected at most");
    claimed_length = G_MAXUINT64;
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-table/check/named", test_check);
    g_test_add_func("/host-table/abi-1/refused", test_abi_1);
    g_test_add_func("/host-table/not-built-yet/refused-by-name", test_not_built_yet);
    g_test_add_func("/host-table/collective/slots", test_collective);
    g_test_add_func("/host-table/clock/counts-time", test_clock);
    g_test_add_func("/host-table/threads/optional", test_threads);
    g_test_add_func("/host-table/fingerprint/of-any-length", test_fingerprint);
    return g_test_run();
}
