#include "base/registry.h"

static const int first = 1;
static const int second = 2;
static const int third = 3;

static void
test_order(void)
{
    g_autoptr(TorporRegistry) registry = torpor_registry_new("type");
    g_autoptr(GError) error = NULL;
    g_assert_true(torpor_registry_add(registry, "zeta", &first, FALSE, &error));
    g_assert_true(torpor_registry_add(registry, "alpha", &second, FALSE, &error));
    g_assert_true(torpor_registry_add(registry, "mu", &third, FALSE, &error));
    g_assert_no_error(error);
    g_assert_true(registry->in_order->pdata[0] == &first);
    g_assert_true(registry->in_order->pdata[1] == &second);
    g_assert_true(registry->in_order->pdata[2] == &third);
    g_assert_cmpstr(registry->names->pdata[1], ==, "alpha");
    g_assert_true(torpor_registry_find(registry, "mu") == &third);
    g_assert_null(torpor_registry_find(registry, "nu"));
    g_assert_null(torpor_registry_find(registry, NULL));
}

static void
test_taken(void)
{
    g_autoptr(TorporRegistry) registry = torpor_registry_new("codec");
    g_autoptr(GError) error = NULL;
    torpor_registry_add(registry, "neuron", &first, FALSE, NULL);
    torpor_registry_add(registry, "synapse", &second, FALSE, NULL);
    g_assert_false(torpor_registry_add(registry, "neuron", &third, FALSE, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    g_assert_nonnull(g_strstr_len(error->message, -1, "codec \"neuron\""));
    g_assert_true(torpor_registry_find(registry, "neuron") == &first);
    g_clear_error(&error);
    g_assert_true(torpor_registry_add(registry, "neuron", &third, TRUE, &error));
    g_assert_true(torpor_registry_find(registry, "neuron") == &third);
    g_assert_cmpuint(registry->in_order->len, ==, 2);
    g_assert_true(registry->in_order->pdata[0] == &third);
    g_assert_cmpstr(registry->names->pdata[0], ==, "neuron");
}

static void
test_names(void)
{
    g_autoptr(TorporRegistry) registry = torpor_registry_new("type");
    g_autofree char *long_name = g_strnfill(256, 'x');
    const char *const bad[] = {NULL, "", "a\nb", "a\x7f", "\xc3(", long_name};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(torpor_registry_add(registry, bad[i], &first, FALSE, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    }
    g_assert_cmpuint(registry->in_order->len, ==, 0);
    long_name[255] = '\0';
    g_assert_true(torpor_registry_add(registry, long_name, &first, FALSE, NULL));
    g_assert_true(torpor_registry_add(registry, "τ_m", &first, FALSE, NULL));
}

static void
test_copies_names(void)
{
    g_autoptr(TorporRegistry) registry = torpor_registry_new("migration");
    char name[] = "neuron 1";
    torpor_registry_add(registry, name, &first, FALSE, NULL);
    name[7] = '2';
    g_assert_true(torpor_registry_find(registry, "neuron 1") == &first);
    g_assert_null(torpor_registry_find(registry, "neuron 2"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registry/add/keeps-order", test_order);
    g_test_add_func("/registry/taken/refused-unless-override", test_taken);
    g_test_add_func("/registry/names/bad-ones-refused", test_names);
    g_test_add_func("/registry/names/are-copied", test_copies_names);
    return g_test_run();
}
