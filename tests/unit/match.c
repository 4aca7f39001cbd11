#include "match.h"

#include "round.h"

/* A type of the model that a test may change before the restore. */
typedef struct {
    struct torpor_field fields[16];
    struct torpor_type type;
} Changed;

static Changed
change(const struct torpor_type *type)
{
    Changed changed = {.type = *type};
    memcpy(changed.fields, type->fields, type->n_fields * sizeof *type->fields);
    return changed;
}

static struct torpor_field *
field_of(Changed *changed, const char *name)
{
    for (guint i = 0; i < changed->type.n_fields; i++)
        if (g_str_equal(changed->fields[i].name, name))
            return &changed->fields[i];
    g_assert_not_reached();
}

static void
remove_field(Changed *changed, const char *name)
{
    struct torpor_field *field = field_of(changed, name);
    memmove(field, field + 1,
            (gsize)(changed->fields + changed->type.n_fields - (field + 1)) * sizeof *field);
    changed->type.n_fields--;
}

/* The catalogue again, with the changed type in place of the model's. */
static void
declare(Round *round, Changed *changed)
{
    changed->type.fields = changed->fields;
    torpor_catalogue_free(round->catalogue);
    round->catalogue = torpor_catalogue_new();
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++) {
        gboolean is_changed = g_str_equal(model_types[i]->name, changed->type.name);
        GError *error = NULL;
        torpor_catalogue_add_type(round->catalogue, is_changed ? &changed->type : model_types[i],
                                  &error);
        g_assert_no_error(error);
    }
}

/* Save, let the live state differ, then demand that `warn` and `ignore` restore all but what
 * differs, and report it. */
static void
accept(Round *round, const char *words)
{
    for (gint32 mismatch = TORPOR_MISMATCH_WARN; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++) {
        g_autoptr(GError) error = NULL;
        g_string_truncate(round->model->log, 0);
        model_advance(round->model, 1, NULL);
        round_restore(round, 0, mismatch, &error);
        g_assert_no_error(error);
        if (strstr(round->report, words) == NULL)
            g_error("expected \"%s\" in: %s", words, round->report);
        gboolean warns = strstr(round->model->log->str, "2 restore: ") != NULL;
        g_assert_cmpint(warns, ==, mismatch == TORPOR_MISMATCH_WARN);
    }
}

static void
set_up_saved(Round *round, gconstpointer data)
{
    set_up(round, data);
    model_advance(round->model, 4, NULL);
    round_save_fine(round);
    model_advance(round->model, 4, NULL);
}

static void
test_dtype(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    field_of(&changed, "n_spikes")->dtype = TORPOR_DTYPE_INT32;
    declare(round, &changed);
    const char *words = "populations/neurons/n_spikes: expected int32 [300], found uint32 [300]";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    guint32 live = round->model->neurons[9].n_spikes + 5;
    round->model->neurons[9].n_spikes = live;
    accept(round, words);
    g_assert_cmpuint(round->model->neurons[9].n_spikes, >=, live);
    g_assert_cmpuint(round->model->step, ==, 4);
}

static void
test_shape(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    field_of(&changed, "g")->shape[0] = 2;
    declare(round, &changed);
    const char *words = "populations/neurons/g: expected float32 [300, 2], found float32 [300, 3]";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    accept(round, words);
}

static void
test_incompatible_unit(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    field_of(&changed, "V_m")->unit = "nS";
    declare(round, &changed);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, "populations/neurons/V_m");
    double live = round->model->neurons[3].V_m;
    g_autoptr(GError) error = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->neurons[3].V_m, ==, live);
}

static void
test_unit_against_none(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    field_of(&changed, "V_m")->unit = NULL;
    declare(round, &changed);
    const char *words = "populations/neurons/V_m: expected plain numbers, found a quantity in mV";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, words);
    accept(round, words);
}

static void
test_compatible_unit(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    Changed changed = change(&neuron_type);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    double V_m = round->model->neurons[5].V_m;
    float g = round->model->neurons[5].g[2];
    field_of(&changed, "V_m")->unit = "V";
    field_of(&changed, "g")->unit = "pS";
    declare(round, &changed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->neurons[5].V_m, ==, V_m / 1000);
    g_assert_cmpfloat(round->model->neurons[5].g[2], ==, (float)((double)g * 1000));
    g_assert_nonnull(strstr(round->report, "populations/neurons/V_m: converted from mV to V: the "
                                           "run is not bit-identical from here on\n"));
    g_assert_nonnull(strstr(round->report, "populations/neurons/g: converted from nS to pS"));
}

static void
test_constant(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->model->neurons[17].tau += 1;
    const char *words = "populations/neurons/tau: object 17: expected the value that the host "
                        "built (the field is constant), found another one";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    double live = round->model->neurons[17].tau;
    accept(round, words);
    g_assert_cmpfloat(round->model->neurons[17].tau, ==, live);
}

static void
test_count(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->model->populations[1].count = N_SYNAPSES - 1;
    const char *words = "populations/synapses/static: expected 499 objects of type \"synapse\", "
                        "found 500 objects of type \"synapse\"";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    double live = round->model->synapses[5]->weight;
    g_autoptr(GError) error = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->synapses[5]->weight, ==, live);
    round->model->populations[1].count = N_SYNAPSES;
}

static void
test_missing_and_extra_population(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->model->populations[3].path = "detectors";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "populations/detectors: expected 70 objects of type \"sensor\", found none");
    accept(round, "populations/detectors: expected");
    accept(round, "populations/sensors: expected no such population, found one");
    round->model->n_populations = 3;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "populations/sensors: expected no such population, found one");
}

static void
test_removed_and_new_field(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&neuron_type);
    remove_field(&changed, "left_out");
    declare(round, &changed);
    const char *removed =
        "populations/neurons/left_out: expected nothing of that name, found array";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, removed);
    accept(round, removed);
    changed = change(&neuron_type);
    field_of(&changed, "left_out")->name = "new_field";
    declare(round, &changed);
    const char *added = "populations/neurons/new_field: expected this field, found none";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, added);
    accept(round, added);
}

static void
test_optional_field(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const guint32 usual = 77;
    Changed changed = change(&neuron_type);
    remove_field(&changed, "left_out");
    declare(round, &changed);
    round_save_fine(round);
    changed = change(&neuron_type);
    field_of(&changed, "left_out")->flags = TORPOR_FIELD_OPTIONAL;
    declare(round, &changed);
    g_autoptr(GError) error = NULL;
    round->model->neurons[2].left_out = 5;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(round->model->neurons[2].left_out, ==, 5);
    g_assert_cmpstr(round->report, ==,
                    "populations/neurons/left_out: not in the file (optional); the live value is "
                    "kept\n");
    field_of(&changed, "left_out")->default_value = &usual;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_NEURONS; i++)
        g_assert_cmpuint(round->model->neurons[i].left_out, ==, usual);
}

/* ---- generators, trees ---- */

static void
test_generator(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->model->generators[1].algorithm = "mt19937";
    const char *words = "generators/thread/1: expected algorithm mt19937, found lcg";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    guint32 live = round->model->strided_generator[0];
    g_autoptr(GError) error = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_IGNORE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(round->model->strided_generator[0], ==, live);
    round->model->generators[1].algorithm = "lcg";
    round->model->generators[1].state.shape[0] = 2;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "expected uint32 [2], found uint32 [3]");
    round->model->generators[1].state.shape[0] = 3;
    round->model->generators[1].path = "thread/2";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "generators/thread/2: expected a generator, found none");
    accept(round, "generators/thread/1: expected nothing of that name, found map");
}

static void
test_tree(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->model->tree.path = "kernel/other";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "trees/kernel/other: expected a tree, found none");
    accept(round, "trees/kernel/main: expected nothing of that name, found map");
}

/* ---- versions ---- */

/* Version 2 calls the potential V, and counts spikes in uint64. */
static gint32
rename_V_m(G_GNUC_UNUSED void *migration_data, const char *population_path, guint64 count,
           const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
           struct torpor_error *error)
{
    guint32 n_spikes[N_NEURONS];
    guint64 wide[N_NEURONS];
    struct torpor_view view = {
        .data = n_spikes, .dtype = TORPOR_DTYPE_UINT32, .rank = 1, .shape = {count}};
    g_assert_cmpstr(population_path, ==, "neurons");
    to->copy(to->data, "V", from->data, "V_m");
    guint64 n_keys = 0;
    gint32 status = from->n_keys(from->data, "", &n_keys, error);
    for (guint64 i = 0; status == 0 && i < n_keys; i++) {
        const char *key = NULL;
        status = from->key_at(from->data, "", i, &key, error);
        if (status == 0 && !g_str_equal(key, "V_m") && !g_str_equal(key, "n_spikes"))
            status = to->copy(to->data, key, from->data, key);
    }
    if (status == 0)
        status = from->read_view(from->data, "n_spikes", &view, error);
    for (guint i = 0; i < N_NEURONS; i++)
        wide[i] = n_spikes[i];
    view.data = wide;
    view.dtype = TORPOR_DTYPE_UINT64;
    return status == 0 ? to->put_view(to->data, "n_spikes", &view) : status;
}

/* Version 3 has no left_out. */
static gint32
drop_left_out(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
              G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
              const struct torpor_tree_writer *to, struct torpor_error *error)
{
    static const char *const kept[] = {"V",       "g",   "is_refractory", "compartments",
                                       "nearest", "tau", "n_spikes"};
    gint32 status = 0;
    (void)error;
    for (gsize i = 0; i < G_N_ELEMENTS(kept) && status == 0; i++)
        status = to->copy(to->data, kept[i], from->data, kept[i]);
    return status;
}

static void
test_two_migrations(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const struct torpor_migration one = {.struct_size = sizeof one,
                                                .type = "neuron",
                                                .from_version = 1,
                                                .to_version = 2,
                                                .migrate = rename_V_m};
    static const struct torpor_migration two = {.struct_size = sizeof two,
                                                .type = "neuron",
                                                .from_version = 2,
                                                .to_version = 3,
                                                .migrate = drop_left_out};
    g_autoptr(GError) error = NULL;
    Changed changed = change(&neuron_type);
    changed.type.version = 3;
    field_of(&changed, "V_m")->name = "V";
    remove_field(&changed, "left_out");
    remove_field(&changed, "n_spikes");
    declare(round, &changed);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_VERSION,
                 "populations/neurons: expected version 3 of type \"neuron\", found version 1");
    torpor_catalogue_add_migration(round->catalogue, &one, &error);
    g_assert_no_error(error);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_VERSION, "found version 2");
    torpor_catalogue_add_migration(round->catalogue, &two, &error);
    g_assert_no_error(error);
    /* uint64 n_spikes has no room in the model: it is dropped, which the policy must allow. */
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "populations/neurons/n_spikes: expected nothing of that name");
    double live = round->model->neurons[0].V_m;
    round_restore(round, 0, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->neurons[0].V_m, !=, live);
    g_assert_nonnull(strstr(round->report, "migrated from version 1 of type \"neuron\" to 2"));
    g_assert_nonnull(strstr(round->report, "migrated from version 2 of type \"neuron\" to 3"));
}

static void
test_nested_version(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&compartment_type);
    changed.type.version = 2;
    declare(round, &changed);
    round->model->populations[2].count = N_CELLS - 1; /* is of that type itself */
    round_refuse(
        round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_VERSION,
        "populations/neurons: compartments: expected version 2 of type \"compartment\", found "
        "version 1, and no migration leads on");
    round->model->populations[2].count = N_CELLS;
}

static void
test_migration_fails(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const struct torpor_migration wrong = {.struct_size = sizeof wrong,
                                                  .type = "neuron",
                                                  .from_version = 1,
                                                  .to_version = 3,
                                                  .migrate = drop_left_out};
    Changed changed = change(&neuron_type);
    changed.type.version = 3;
    declare(round, &changed);
    g_autoptr(GError) error = NULL;
    torpor_catalogue_add_migration(round->catalogue, &wrong, &error);
    g_assert_no_error(error);
    /* Version 1 has no column V. */
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_NOT_FOUND, "there is no \"V\"");
}

/* ---- codecs ---- */

typedef struct {
    double pending;
    gboolean has_pending;
    guint n_commits, n_aborts;
    const char *fails;
} Codec;

static gint32
cells_to_state(void *codec_data, void *host_data, const struct torpor_population *population,
               const struct torpor_tree_writer *writer, struct torpor_error *error)
{
    const Model *model = host_data;
    (void)codec_data;
    g_assert_cmpuint(population->count, ==, N_CELLS);
    writer->put_float(writer->data, "sum", model->cells[0].Ca);
    (void)error;
    return 0; /* what the writer refused is not forgotten */
}

static gint32
cells_from_state(void *codec_data, G_GNUC_UNUSED void *host_data,
                 G_GNUC_UNUSED const struct torpor_population *population,
                 const struct torpor_tree_reader *reader, G_GNUC_UNUSED gint32 mismatch,
                 struct torpor_error *error)
{
    Codec *codec = codec_data;
    gint32 status = reader->get_float(reader->data, "sum", &codec->pending, error);
    codec->has_pending = status == 0;
    return status;
}

static void
cells_commit(void *codec_data, void *host_data,
             G_GNUC_UNUSED const struct torpor_population *population)
{
    Codec *codec = codec_data;
    g_assert_true(codec->has_pending);
    codec->has_pending = FALSE;
    codec->n_commits++;
    ((Model *)host_data)->cells[0].Ca = codec->pending;
}

static void
cells_abort(void *codec_data, G_GNUC_UNUSED void *host_data,
            G_GNUC_UNUSED const struct torpor_population *population)
{
    Codec *codec = codec_data;
    g_assert_true(codec->has_pending);
    codec->has_pending = FALSE;
    codec->n_aborts++;
}

static struct torpor_codec
codec_of(Codec *codec, const char *type)
{
    return (struct torpor_codec){.struct_size = sizeof(struct torpor_codec),
                                 .type = type,
                                 .codec_data = codec,
                                 .to_state = cells_to_state,
                                 .from_state = cells_from_state,
                                 .commit = cells_commit,
                                 .abort = cells_abort};
}

static void
test_codec(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct torpor_type special = compartment_type;
    special.name = "special";
    special.base = "compartment";
    torpor_catalogue_add_type(round->catalogue, &special, &error);
    g_assert_no_error(error);
    round->model->populations[2].type = "special";
    Codec base = {0}, own = {0};
    struct torpor_codec base_codec = codec_of(&base, "compartment");
    struct torpor_codec own_codec = codec_of(&own, "special");
    torpor_catalogue_add_codec(round->catalogue, &base_codec, &error);
    g_assert_no_error(error);
    /* The file has fields where a codec is expected. */
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "expected 40 objects of type \"special\", by the codec of \"compartment\"");
    round_save_fine(round);
    double Ca = round->model->cells[0].Ca;
    round->model->cells[0].Ca = 0;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->cells[0].Ca, ==, Ca);
    g_assert_cmpuint(base.n_commits, ==, 1);
    /* The most specific wins. */
    torpor_catalogue_add_codec(round->catalogue, &own_codec, &error);
    g_assert_no_error(error);
    round_save_fine(round);
    round->model->fail_at = "outputs";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_HOST, "asked to fail");
    g_assert_cmpuint(own.n_aborts, ==, 2);
    round->model->fail_at = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(own.n_commits, ==, 1);
    g_assert_cmpuint(base.n_commits, ==, 1);
    /* Twice only where override is asked for. */
    g_assert_false(torpor_catalogue_add_codec(round->catalogue, &own_codec, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    own_codec.flags = TORPOR_OVERRIDE;
    g_clear_error(&error);
    g_assert_true(torpor_catalogue_add_codec(round->catalogue, &own_codec, &error));
}

static void
add(const char *path, void (*test)(Round *, gconstpointer))
{
    g_test_add(path, Round, NULL, set_up_saved, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/match/dtype/live-value-is-kept", test_dtype);
    add("/match/shape/live-value-is-kept", test_shape);
    add("/match/unit/incompatible", test_incompatible_unit);
    add("/match/unit/against-plain-numbers", test_unit_against_none);
    add("/match/unit/compatible-is-converted", test_compatible_unit);
    add("/match/constant/compared", test_constant);
    add("/match/count/live-value-is-kept", test_count);
    add("/match/population/missing-and-extra", test_missing_and_extra_population);
    add("/match/field/removed-and-new", test_removed_and_new_field);
    add("/match/field/optional", test_optional_field);
    add("/match/generator/differs", test_generator);
    add("/match/tree/missing", test_tree);
    add("/match/version/two-migrations", test_two_migrations);
    add("/match/version/nested", test_nested_version);
    add("/match/version/migration-fails", test_migration_fails);
    add("/match/codec/most-specific-wins", test_codec);
    return g_test_run();
}
