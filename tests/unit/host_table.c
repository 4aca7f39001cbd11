#include "host/host_table.h"

#include <string.h>

#include "../loader/host.h"

/* Elements as a host of a later minor compiles them: more members behind those of ABI 1.0. */
typedef struct {
    struct torpor_population now;
    guint64 later[3];
} Grown;

static Grown populations[3];
static const void *elements = populations;
static guint64 count = 3;
static guint32 element_size = sizeof(Grown);
static gint32 status;
static const char *text = "";

static gint32
list(G_GNUC_UNUSED void *host_data, const struct torpor_population **out, guint64 *n, guint32 *size,
     struct torpor_error *error)
{
    *out = elements;
    *n = count;
    *size = element_size;
    strcpy(error->message, text);
    return status;
}

static const char *unit = "ms";

static gint32
tell_clock(G_GNUC_UNUSED void *host_data, struct torpor_clock *out,
           G_GNUC_UNUSED struct torpor_error *error)
{
    *out = (struct torpor_clock){.struct_size = sizeof *out, .unit = unit};
    return 0;
}

static const char *fingerprint = "x";

static gint32
tell_fingerprint(G_GNUC_UNUSED void *host_data, const char **out,
                 G_GNUC_UNUSED struct torpor_error *error)
{
    *out = fingerprint;
    return 0;
}

static gint32
keep_hooks(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_hooks *hooks,
           G_GNUC_UNUSED void *hook_data)
{
    return 0;
}

static const struct torpor_host fine = {.abi_major = TORPOR_ABI_MAJOR,
                                        .struct_size = sizeof fine,
                                        .name = "fine",
                                        .version = "1",
                                        .register_hooks = keep_hooks,
                                        .clock = tell_clock,
                                        .populations = list,
                                        .fingerprint = tell_fingerprint,
                                        .restore_commit = fine_restore_commit};
static const TorporHost host = {&fine, NULL};

static void
refuse(const struct torpor_host *table, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_host_check(table, &error));
    g_assert_error(error, TORPOR_ERROR, code);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

static void
test_check(void)
{
    g_assert_true(torpor_host_check(&fine, NULL));
    refuse(NULL, TORPOR_STATUS_INVALID, "the host table is NULL");
    struct torpor_host wrong = fine;
    wrong.abi_major++;
    refuse(&wrong, TORPOR_STATUS_VERSION, "the host was built for ABI 2.0");
    wrong = fine;
    wrong.abi_minor = 99; /* a newer minor is no reason */
    g_assert_true(torpor_host_check(&wrong, NULL));
    wrong = fine;
    wrong.struct_size -= 8;
    refuse(&wrong, TORPOR_STATUS_VERSION, "ABI 1.0 has");
    wrong = fine;
    wrong.clock = NULL;
    refuse(&wrong, TORPOR_STATUS_INVALID, "slot clock of the host table is NULL");
    wrong = fine;
    wrong.restore_commit = NULL;
    refuse(&wrong, TORPOR_STATUS_INVALID, "slot restore_commit");
    wrong = fine;
    wrong.name = "\xff";
    refuse(&wrong, TORPOR_STATUS_INVALID, "the host's name is not UTF-8");
    wrong.name = "";
    refuse(&wrong, TORPOR_STATUS_INVALID, "the host's name is empty");
}

static void
refuse_list(gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    TorporHostList out;
    g_assert_false(torpor_host_populations(&host, &out, &error));
    g_assert_error(error, TORPOR_ERROR, code);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

static void
test_lists(void)
{
    g_autoptr(GError) error = NULL;
    TorporHostList out;
    populations[2].now.path = "third";
    torpor_host_populations(&host, &out, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(out.count, ==, 3);
    const struct torpor_population *third = torpor_host_list_at(&out, 2);
    g_assert_cmpstr(third->path, ==, "third");
    element_size = sizeof(struct torpor_population) - 8;
    refuse_list(TORPOR_STATUS_INVALID, "the host's populations: element_size is");
    element_size = 0;
    refuse_list(TORPOR_STATUS_INVALID, "element_size is 0");
    element_size = sizeof(Grown);
    count = G_MAXUINT64 / 2;
    refuse_list(TORPOR_STATUS_INVALID, "a place where they cannot lie");
    count = 3;
    elements = NULL;
    refuse_list(TORPOR_STATUS_INVALID, "at NULL");
    count = 0;
    g_assert_true(torpor_host_populations(&host, &out, NULL));
    g_assert_cmpuint(out.count, ==, 0);
    status = 77;
    refuse_list(77, "the host's populations: the host failed with status 77 and no text");
    text = "the network is not built yet";
    refuse_list(77, "the host's populations: the network is not built yet");
    status = -3;
    refuse_list(TORPOR_STATUS_HOST, "the network is not built yet");
    status = 0;
    /* A slot that is NULL gives an empty list. */
    g_assert_true(torpor_host_trees(&host, &out, NULL));
    g_assert_cmpuint(out.count, ==, 0);
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
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
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
test_texts(void)
{
    const char *out;
    g_assert_true(torpor_host_fingerprint(&host, &out, NULL));
    fingerprint = NULL;
    g_assert_false(torpor_host_fingerprint(&host, &out, NULL));
    fingerprint = "\xc3";
    g_assert_false(torpor_host_fingerprint(&host, &out, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-table/check/named", test_check);
    g_test_add_func("/host-table/lists/by-their-own-element-size", test_lists);
    g_test_add_func("/host-table/clock/counts-time", test_clock);
    g_test_add_func("/host-table/texts/checked", test_texts);
    return g_test_run();
}
