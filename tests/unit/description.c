#include "host/description.h"

#include <string.h>

#include "../loader/host.h"

typedef gint32 (*Describe)(const struct torpor_description *description,
                           struct torpor_error *error);

static gint32
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    g_assert_nonnull(error);
    g_assert_cmpuint(description->struct_size, >=, sizeof *description);
    return (*(Describe *)host_data)(description, error);
}

static TorporDescription *
description_of(Describe callback, GError **error)
{
    static const struct torpor_host table = {TORPOR_HOST_INIT, .name = "x", .version = "1",
                                             .describe = describe};
    const TorporHost host = {&table, &callback};
    return torpor_description_new(&host, error);
}

static void
refuse(Describe callback, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(description_of(callback, &error));
    g_assert_error(error, TORPOR_ERROR, code);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

/* ---- all is copied ---- */

static gint32
describe_from_locals(const struct torpor_description *description,
                     G_GNUC_UNUSED struct torpor_error *error)
{
    char a[] = "a", type[] = "t", lcg[] = "lcg", mV[] = "mV", key[] = "k", value[] = "v";
    static double memory[3];
    struct torpor_column columns[] = {{memory, 8}, {memory, 16}};
    struct torpor_population population = {
        TORPOR_POPULATION_INIT,          .path = a,          .type = type,  .count = 3,
        .layout = TORPOR_LAYOUT_COLUMNS, .columns = columns, .n_columns = 2};
    struct torpor_tree tree = {TORPOR_TREE_INIT, .path = a};
    struct torpor_generator generator = {TORPOR_GENERATOR_INIT, .path = a, .algorithm = lcg,
                                         .state = {.data = memory, .unit = mV}};
    struct torpor_output output = {TORPOR_OUTPUT_INIT, .path = a};
    g_assert_cmpint(description->add_population(description->data, &population), ==, 0);
    g_assert_cmpint(description->add_tree(description->data, &tree), ==, 0);
    g_assert_cmpint(description->add_generator(description->data, &generator), ==, 0);
    g_assert_cmpint(description->add_output(description->data, &output), ==, 0);
    g_assert_cmpint(description->add_note(description->data, key, value), ==, 0);
    population.path = "b";
    g_assert_cmpint(description->add_population(description->data, &population), ==, 0);
    a[0] = type[0] = lcg[0] = mV[0] = key[0] = value[0] = '?';
    columns[1].stride = 0;
    return TORPOR_STATUS_OK;
}

static void
test_copied(void)
{
    g_autoptr(TorporDescription) description = description_of(describe_from_locals, NULL);
    g_assert_cmpuint(description->populations->len, ==, 2);
    const struct torpor_population *population = g_ptr_array_index(description->populations, 0);
    g_assert_cmpstr(population->path, ==, "a");
    g_assert_cmpstr(population->type, ==, "t");
    g_assert_cmpuint(population->columns[1].stride, ==, 16);
    population = g_ptr_array_index(description->populations, 1);
    g_assert_cmpstr(population->path, ==, "b");
    const struct torpor_tree *tree = g_ptr_array_index(description->trees, 0);
    g_assert_cmpstr(tree->path, ==, "a");
    const struct torpor_generator *generator = g_ptr_array_index(description->generators, 0);
    g_assert_cmpstr(generator->path, ==, "a");
    g_assert_cmpstr(generator->algorithm, ==, "lcg");
    g_assert_cmpstr(generator->state.unit, ==, "mV");
    const struct torpor_output *output = g_ptr_array_index(description->outputs, 0);
    g_assert_cmpstr(output->path, ==, "a");
    const TorporNote *note = g_ptr_array_index(description->notes, 0);
    g_assert_cmpstr(note->key, ==, "k");
    g_assert_cmpstr(note->value, ==, "v");
}

/* ---- the first error is kept ---- */

static gint32
describe_wrongly(const struct torpor_description *description,
                 G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_population fine = {TORPOR_POPULATION_INIT, .path = "a"};
    const struct torpor_population unset = {.path = "b"};
    const struct torpor_tree unset_tree = {.path = "c"};
    g_assert_cmpint(description->add_population(description->data, &fine), ==, 0);
    g_assert_cmpint(description->add_population(description->data, &unset), ==,
                    TORPOR_STATUS_INVALID);
    g_assert_cmpint(description->add_tree(description->data, &unset_tree), ==,
                    TORPOR_STATUS_INVALID);
    g_assert_cmpint(description->add_population(description->data, &fine), ==,
                    TORPOR_STATUS_INVALID);
    g_assert_cmpint(description->add_note(description->data, "a", "b"), ==, TORPOR_STATUS_INVALID);
    return TORPOR_STATUS_OK; /* a host may ignore what the calls return */
}

static gint32
describe_nothing(const struct torpor_description *description,
                 G_GNUC_UNUSED struct torpor_error *error)
{
    return description->add_output(description->data, NULL);
}

static gint32
describe_too_much(const struct torpor_description *description,
                  G_GNUC_UNUSED struct torpor_error *error)
{
    static const struct torpor_column column;
    const struct torpor_population population = {TORPOR_POPULATION_INIT, .path = "a",
                                                 .columns = &column, .n_columns = UINT64_MAX};
    return description->add_population(description->data, &population);
}

static gint32
fail_to_describe(G_GNUC_UNUSED const struct torpor_description *description,
                 struct torpor_error *error)
{
    g_strlcpy(error->message, "the network is not built yet", sizeof error->message);
    return 77;
}

static gint32
fail_mute(G_GNUC_UNUSED const struct torpor_description *description,
          G_GNUC_UNUSED struct torpor_error *error)
{
    return -3;
}

static void
test_errors(void)
{
    refuse(describe_wrongly, TORPOR_STATUS_INVALID,
           "the host's describe, number 2 of its kind: expected a struct torpor_population");
    refuse(describe_nothing, TORPOR_STATUS_INVALID, "expected a struct torpor_output, found NULL");
    refuse(describe_too_much, TORPOR_STATUS_INVALID,
           "populations/a: n_columns is 1844674407370955");
    refuse(fail_to_describe, 77, "the host's describe: the network is not built yet");
    refuse(fail_mute, TORPOR_STATUS_HOST, "the host failed with status -3 and no text");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/description/copied", test_copied);
    g_test_add_func("/description/first-error-is-kept", test_errors);
    return g_test_run();
}
