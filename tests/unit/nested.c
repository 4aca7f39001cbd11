#include "restore/nested.h"

#include "msgpack/decode.h"
#include "nested_cells.h"
#include "peak_memory.h"
#include "value/tree_copy.h"

static void
test_round_trip(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    g_autoptr(GError) error = NULL;
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    save(bench);
    fill(bench, 2);
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(bench->report, ==, "");
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);
}

/* Called for the innermost types first, with the place of each. */
static gint32
rename_weight(void *migration_data, const char *population_path, guint64 count,
              const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
              G_GNUC_UNUSED struct torpor_error *error)
{
    static const char *const places[] = {"cells/one", "cells/branches/tip",
                                         "cells/branches/spines"};
    guint *n_migrated = migration_data;
    g_assert_cmpuint(count, ==, N_CELLS);
    g_assert_cmpstr(population_path, ==, places[*n_migrated % 3]);
    (*n_migrated)++;
    to->copy(to->data, "w", from->data, "weight");
    return to->copy(to->data, "u", from->data, "u");
}

static gint32
copy_weight(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
            G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
            const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    return to->copy(to->data, "w", from->data, "weight");
}

static void
test_inner_version(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    guint n_migrated = 0;
    const struct torpor_migration migration = {
        TORPOR_MIGRATION_INIT,         .type = "spine",         .from_version = 1, .to_version = 2,
        .migration_data = &n_migrated, .migrate = rename_weight};
    g_autoptr(GError) error = NULL;
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    save(bench);
    fill(bench, 2);
    declare(bench, 2);
    g_autofree Cell *live = g_memdup2(bench->cells, sizeof bench->cells);
    g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION);
    g_assert_nonnull(strstr(error->message, "populations/cells: one: expected version 2 of type "
                                            "\"spine\", found version 1"));
    g_assert_true(memcmp(live, bench->cells, sizeof bench->cells) == 0);
    g_clear_error(&error);
    torpor_catalogue_add_migration(bench->catalogue, &migration, &error);
    g_assert_no_error(error);
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n_migrated, ==, 3);
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);
    g_assert_nonnull(strstr(bench->report,
                            "populations/cells/branches/spines/w: was weight before version 2\n"));
}

/* The nested type becomes the element of a list, and its entry says so. */
static void
put_in_list(TorporTree *tree, TorporNode *node, TorporNode *entry)
{
    TorporNode *inner = torpor_node_new(tree, TORPOR_NODE_MAP);
    inner->value = node->value;
    node->kind = TORPOR_NODE_LIST;
    memset(&node->value, 0, sizeof node->value);
    torpor_map_append(tree, node, NULL, 0, inner);
    entry->key = "one/0";
    entry->key_length = 5;
}

/* Where the layout says that a nested type is, there is something else, or nothing. */
static void
test_no_map(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    static const char *const words[] = {"one: expected the map of a nested type, found integer",
                                        "one: expected the map of a nested type, found none",
                                        "one/0: expected maps on the way to a nested type",
                                        "cells: : expected the map of a nested type, found none",
                                        "gone/one/w: expected the map of a nested type, found none",
                                        "one/0/u: expected the map of a nested type, found array",
                                        "/: expected the map of a nested type, found none",
                                        "one/: expected the map of a nested type, found none"};
    static const char *const keys[] = {NULL, NULL, NULL, "", "gone/one/w", "one/0/u", "/", "one/"};
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "spine",
                                               .from_version = 1, .to_version = 2,
                                               .migrate = copy_weight};
    const TorporEncodeOptions options = {.index = TRUE, .unchecked = TRUE, .list_arrays = TRUE};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        declare(bench, 1);
        save(bench);
        g_autoptr(TorporFile) file = torpor_file_open(bench->path, &error);
        g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
        g_assert_no_error(error);
        TorporNode *node = torpor_tree_lookup(tree, "populations/cells/one", NULL);
        TorporNode *entry = torpor_tree_lookup(tree, "layout/cells/nested/one", NULL);
        if (i == 2 || i == 5)
            put_in_list(tree, node, entry);
        if (i > 2) {
            entry->key = keys[i];
            entry->key_length = (guint32)strlen(keys[i]);
        }
        if (i < 2)
            *node = (TorporNode){.kind = TORPOR_NODE_INT,
                                 .key = node->key,
                                 .key_length = node->key_length,
                                 .next = node->next};
        if (i == 1)
            node->key = "eno";
        torpor_file_save(bench->path, tree, &options, TRUE, FALSE, &error);
        g_assert_no_error(error);
        declare(bench, 2);
        torpor_catalogue_add_migration(bench->catalogue, &migration, &error);
        g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
        if (strstr(error->message, words[i]) == NULL)
            g_error("expected \"%s\" in: %s", words[i], error->message);
    }
}

/* The file has more of a nested type, or does not say that it is one. */
static void
test_more_and_less(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    static const char *const words[] = {
        "populations/cells/branches/more: expected nothing of that name",
        "one: expected a nested type \"spine\", found type \"\""};
    const TorporEncodeOptions options = {.index = TRUE};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        save(bench);
        g_autoptr(TorporFile) file = torpor_file_open(bench->path, &error);
        g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
        g_assert_no_error(error);
        if (i == 0)
            torpor_map_put_int(tree, torpor_tree_lookup(tree, "populations/cells/branches", NULL),
                               "more", 1);
        else
            torpor_tree_lookup(tree, "layout/cells/nested/one", NULL)->key = "eno";
        torpor_file_save(bench->path, tree, &options, TRUE, FALSE, &error);
        g_assert_no_error(error);
        g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
        if (strstr(error->message, words[i]) == NULL)
            g_error("expected \"%s\" in: %s", words[i], error->message);
    }
}

/* The layout lists thousands of nested types, all of an older version: each is migrated, in memory
 * in proportion to the file. */
static void
test_many(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    const guint n = 2000;
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "spine",
                                               .from_version = 1, .to_version = 2,
                                               .migrate = copy_weight};
    const TorporEncodeOptions options = {.index = TRUE};
    g_autoptr(GError) error = NULL;
    save(bench);
    g_autoptr(TorporFile) file = torpor_file_open(bench->path, &error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    TorporNode *cells = torpor_tree_lookup(tree, "populations/cells", NULL);
    TorporNode *nested = torpor_tree_lookup(tree, "layout/cells/nested", NULL);
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("more %u", i);
        torpor_map_append(tree, cells, key, -1,
                          torpor_node_copy(tree, torpor_map_get(cells, "one"), 0));
        torpor_map_append(tree, nested, key, -1,
                          torpor_node_copy(tree, torpor_map_get(nested, "one"), 0));
    }
    torpor_file_save(bench->path, tree, &options, TRUE, FALSE, &error);
    g_assert_no_error(error);
    declare(bench, 2);
    torpor_catalogue_add_migration(bench->catalogue, &migration, &error);
    glong before = peak_kib();
    g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
    g_assert_nonnull(strstr(error->message, "spines/u: expected this field, found none"));
    g_assert_cmpint(peak_kib() - before, <, 100 << 10);
}

/* ---- ragged values and blobs inside a nested type ---- */

typedef struct {
    double delay;
} Axon;

typedef struct {
    double V_m;
    Axon axon;
} Neuron;

typedef struct {
    Neuron neurons[N_CELLS];
    GArray *traces[N_CELLS]; /* of float */
    GByteArray *codes[N_CELLS];
    guint64 pending_lengths[2][N_CELLS];
} Axons;

static gsize
length_of(const Axons *axons, const struct torpor_field *field, guint64 index)
{
    return g_str_equal(field->name, "trace") ? axons->traces[index]->len : axons->codes[index]->len;
}

static gint32
axon_lengths(void *host_data, const struct torpor_population *population,
             const struct torpor_field *field, guint64 first, guint64 count, guint64 *lengths,
             G_GNUC_UNUSED struct torpor_error *error)
{
    g_assert_cmpstr(population->path, ==, "cells");
    for (guint64 i = 0; i < count; i++)
        lengths[i] = length_of(((Bench *)host_data)->more, field, first + i);
    return TORPOR_STATUS_OK;
}

static gint32
axon_gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            const struct torpor_field *field, guint64 first, guint64 count, const guint64 *lengths,
            void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    Axons *axons = ((Bench *)host_data)->more;
    gboolean is_trace = g_str_equal(field->name, "trace");
    char *to = values;
    for (guint64 i = first; i < first + count; i++) {
        gsize bytes = lengths[i - first] * (is_trace ? sizeof(float) : 1);
        if (bytes > 0)
            memcpy(to, is_trace ? axons->traces[i]->data : (char *)axons->codes[i]->data, bytes);
        to += bytes;
    }
    return TORPOR_STATUS_OK;
}

static gint32
axon_set_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
                 const struct torpor_field *field, guint64 first, guint64 count,
                 const guint64 *lengths, G_GNUC_UNUSED struct torpor_error *error)
{
    Axons *axons = ((Bench *)host_data)->more;
    memcpy(axons->pending_lengths[g_str_equal(field->name, "trace")] + first, lengths,
           count * sizeof *lengths);
    return TORPOR_STATUS_OK;
}

static gint32
axon_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             const struct torpor_field *field, guint64 first, guint64 count, const guint64 *lengths,
             const void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    Axons *axons = ((Bench *)host_data)->more;
    gboolean is_trace = g_str_equal(field->name, "trace");
    const char *from = values;
    for (guint64 i = first; i < first + count; i++) {
        guint n = (guint)lengths[i - first];
        g_assert_cmpuint(n, ==, axons->pending_lengths[is_trace][i]);
        g_array_set_size(axons->traces[i], is_trace ? 0 : axons->traces[i]->len);
        if (is_trace)
            g_array_append_vals(axons->traces[i], from, n);
        else
            g_byte_array_set_size(axons->codes[i], 0);
        if (!is_trace)
            g_byte_array_append(axons->codes[i], (const guint8 *)from, n);
        from += n * (is_trace ? sizeof(float) : 1);
    }
    return TORPOR_STATUS_OK;
}

static const struct torpor_ragged_accessor axon_accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = axon_lengths, .gather = axon_gather,
    .set_lengths = axon_set_lengths, .scatter = axon_scatter};

static const struct torpor_field axon_fields[] = {
    {TORPOR_FIELD_INIT, .name = "delay", .unit = "ms", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "trace", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_RAGGED, .ragged_accessor = &axon_accessor},
    {TORPOR_FIELD_INIT, .name = "code", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_BLOB,
     .ragged_accessor = &axon_accessor},
};
static const struct torpor_field neuron_fields[] = {
    {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "axon", .kind = TORPOR_FIELD_NESTED,
     .offset = offsetof(Neuron, axon), .target = "axon"},
};

/* What all neurons and axons hold, to be compared. */
static GByteArray *
fill_neurons(Axons *axons, guint32 seed)
{
    GByteArray *all = g_byte_array_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    for (guint i = 0; seed != 0 && i < N_CELLS; i++) {
        axons->neurons[i] = (Neuron){g_rand_double(rand), {g_rand_double(rand)}};
        g_array_set_size(axons->traces[i], 0);
        g_byte_array_set_size(axons->codes[i], 0);
        for (gint n = g_rand_int_range(rand, 0, 9); n > 0; n--) {
            float value = (float)g_rand_double(rand);
            g_array_append_val(axons->traces[i], value);
        }
        for (gint n = g_rand_int_range(rand, 0, 9); n > 0; n--)
            g_byte_array_append(axons->codes[i], (guint8[]){(guint8)g_rand_int(rand)}, 1);
    }
    g_byte_array_append(all, (const guint8 *)axons->neurons, sizeof axons->neurons);
    for (guint i = 0; i < N_CELLS; i++) {
        g_byte_array_append(all, (const guint8 *)&axons->traces[i]->len, sizeof(guint));
        g_byte_array_append(all, (const guint8 *)axons->traces[i]->data,
                            axons->traces[i]->len * (guint)sizeof(float));
        g_byte_array_append(all, (const guint8 *)&axons->codes[i]->len, sizeof(guint));
        g_byte_array_append(all, axons->codes[i]->data, axons->codes[i]->len);
    }
    return all;
}

static void
test_ragged_and_blob(Bench *bench, gconstpointer layout)
{
    if (GPOINTER_TO_UINT(layout) != TORPOR_LAYOUT_CONTIGUOUS)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree Axons *axons = g_new0(Axons, 1);
    bench->more = axons;
    struct torpor_type axon = type_of("axon", 1, axon_fields, 3, sizeof(Axon));
    struct torpor_type neuron = type_of("neuron", 1, neuron_fields, 2, sizeof(Neuron));
    torpor_catalogue_add_type(bench->catalogue, &axon, &error);
    torpor_catalogue_add_type(bench->catalogue, &neuron, &error);
    g_assert_no_error(error);
    bench->population.type = "neuron";
    bench->population.base = axons->neurons;
    bench->population.stride = sizeof(Neuron);
    for (guint i = 0; i < N_CELLS; i++) {
        axons->traces[i] = g_array_new(FALSE, FALSE, sizeof(float));
        axons->codes[i] = g_byte_array_new();
    }
    g_autoptr(GByteArray) saved = fill_neurons(axons, 1);
    save(bench);
    g_autoptr(GByteArray) changed = fill_neurons(axons, 2);
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(bench->report, ==, "");
    g_autoptr(GByteArray) restored = fill_neurons(axons, 0);
    g_assert_cmpmem(saved->data, saved->len, restored->data, restored->len);
    g_assert_false(changed->len == saved->len &&
                   memcmp(changed->data, saved->data, saved->len) == 0);
    for (guint i = 0; i < N_CELLS; i++) {
        g_array_unref(axons->traces[i]);
        g_byte_array_unref(axons->codes[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/nested/round-trip", test_round_trip);
    add("/nested/inner-version/migrated-everywhere", test_inner_version);
    add("/nested/no-map/refused", test_no_map);
    add("/nested/more-and-less/refused", test_more_and_less);
    add("/nested/many", test_many);
    add("/nested/ragged-and-blob", test_ragged_and_blob);
    return g_test_run();
}
