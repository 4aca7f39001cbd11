#include "restore/match_population.h"

#include "changed.h"

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

/* Units with a zero point of their own are never converted, and come back bit by bit. */
static void
test_offset_unit(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    Changed changed = change(&neuron_type);
    field_of(&changed, "V_m")->unit = "degC";
    declare(round, &changed);
    round_save_fine(round);
    g_autofree char *at_save = model_digest(round->model);
    for (guint64 memory_bytes = 0; memory_bytes < 2; memory_bytes++) {
        model_advance(round->model, 2, NULL);
        round_restore(round, memory_bytes, TORPOR_MISMATCH_ERROR, &error);
        g_assert_no_error(error);
        g_autofree char *restored = model_digest(round->model);
        g_assert_cmpstr(at_save, ==, restored);
    }
    field_of(&changed, "V_m")->unit = "K";
    declare(round, &changed);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, "populations/neurons/V_m");
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

/* Compared but for the rounding of the conversion; nothing is written, so nothing is lost. */
static void
test_constant_in_another_unit(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    Changed changed = change(&neuron_type);
    for (guint i = 0; i < N_NEURONS; i++)
        round->model->neurons[i].tau /= 1000;
    field_of(&changed, "tau")->unit = "s";
    declare(round, &changed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(round->report, ==, "");
    round->model->neurons[17].tau *= 1.0000001;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "populations/neurons/tau: object 17: expected the value that the host built");
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
    declare(round, &changed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_NEURONS; i++)
        g_assert_cmpuint(round->model->neurons[i].left_out, ==, usual);
}

/* Two Compartments per neuron, two gates each: one default serves all four. */
static void
test_default_of_nested_and_reference(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const float gates[2] = {0.25f, 0.75f};
    static const guint64 target = 12;
    g_autoptr(GError) error = NULL;
    Changed changed = change(&compartment_type);
    remove_field(&changed, "gates");
    declare(round, &changed);
    round_save_fine(round);
    changed = change(&compartment_type);
    field_of(&changed, "gates")->flags = TORPOR_FIELD_OPTIONAL;
    field_of(&changed, "gates")->default_value = gates;
    declare(round, &changed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 2 * N_NEURONS; i++)
        g_assert_true(memcmp(round->model->neurons[i / 2].compartments[i % 2].gates, gates,
                             sizeof gates) == 0);
    g_assert_cmpstr(round->report, ==,
                    "populations/neurons/compartments/gates: not in the file (optional); its "
                    "default value is used\n"
                    "populations/synapses/cells/gates: not in the file (optional); its default "
                    "value is used\n");

    changed = change(&synapse_type);
    remove_field(&changed, "target");
    declare(round, &changed);
    round_save_fine(round);
    changed = change(&synapse_type);
    field_of(&changed, "target")->flags = TORPOR_FIELD_OPTIONAL;
    field_of(&changed, "target")->default_value = &target;
    declare(round, &changed);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_assert_cmpuint(round->model->synapses[i]->target, ==, target);
}

/* What the host builds itself gets no default. */
static void
test_optional_constant(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const double tau = 1;
    g_autoptr(GError) error = NULL;
    Changed changed = change(&neuron_type);
    remove_field(&changed, "tau");
    declare(round, &changed);
    round_save_fine(round);
    changed = change(&neuron_type);
    field_of(&changed, "tau")->flags = TORPOR_FIELD_OPTIONAL | TORPOR_FIELD_CONSTANT;
    field_of(&changed, "tau")->default_value = &tau;
    declare(round, &changed);
    double live = round->model->neurons[4].tau;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->neurons[4].tau, ==, live);
}

/* An index means another object in another population. */
static void
test_target_of_reference(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Changed changed = change(&synapse_type);
    field_of(&changed, "target")->target = "trains"; /* as many as there are neurons */
    declare(round, &changed);
    const char *words = "populations/synapses/static/target: expected references into population "
                        "\"trains\", found \"neurons\"";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    accept(round, words);
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
    if (codec->fails != NULL) {
        g_strlcpy(error->message, codec->fails, sizeof error->message);
        status = TORPOR_STATUS_HOST;
    }
    codec->has_pending = status == 0;
    return status;
}

static gint32
cells_commit(void *codec_data, void *host_data,
             G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED struct torpor_error *error)
{
    Codec *codec = codec_data;
    g_assert_true(codec->has_pending);
    codec->has_pending = FALSE;
    codec->n_commits++;
    ((Model *)host_data)->cells[0].Ca = codec->pending;
    return TORPOR_STATUS_OK;
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
    return (struct torpor_codec){TORPOR_CODEC_INIT,
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
    struct torpor_type plain = compartment_type;
    struct torpor_type special = compartment_type;
    plain.name = "plain";
    special.name = "special";
    special.base = "plain";
    torpor_catalogue_add_type(round->catalogue, &plain, &error);
    torpor_catalogue_add_type(round->catalogue, &special, &error);
    g_assert_no_error(error);
    round->model->populations[2].type = "special";
    Codec base = {0}, own = {0};
    struct torpor_codec base_codec = codec_of(&base, "plain");
    struct torpor_codec own_codec = codec_of(&own, "special");
    torpor_catalogue_add_codec(round->catalogue, &base_codec, &error);
    g_assert_no_error(error);
    /* The file has fields where a codec is expected. */
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                 "expected 40 objects of type \"special\", by the codec of \"plain\"");
    round_save_fine(round);
    double Ca = round->model->cells[0].Ca;
    round->model->cells[0].Ca = 0;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(round->model->cells[0].Ca, ==, Ca);
    g_assert_cmpuint(base.n_commits, ==, 1);
    /* The most specific wins. What another one wrote is not for it. */
    torpor_catalogue_add_codec(round->catalogue, &own_codec, &error);
    g_assert_no_error(error);
    const char *words = "expected 40 objects of type \"special\", by the codec of \"special\", "
                        "found 40 objects of type \"special\", by the codec of \"plain\"";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, words);
    accept(round, words);
    round_save_fine(round);
    round->model->fail_at = "from_state";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_HOST, "asked to fail");
    g_assert_cmpuint(own.n_aborts, ==, 2);
    round->model->fail_at = NULL;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(own.n_commits, ==, 1);
    g_assert_cmpuint(base.n_commits, ==, 1);
    /* One that fails does so under every policy, and is not aborted: it has prepared nothing. */
    own.fails = "asked to fail";
    for (gint32 mismatch = 0; mismatch <= TORPOR_MISMATCH_IGNORE; mismatch++)
        round_refuse(round, mismatch, TORPOR_STATUS_HOST,
                     "populations/synapses/cells: asked to fail");
    g_assert_cmpuint(own.n_aborts, ==, 2);
    own.fails = NULL;
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
    add("/match/unit/offset-is-kept", test_offset_unit);
    add("/match/constant/compared", test_constant);
    add("/match/constant/in-another-unit", test_constant_in_another_unit);
    add("/match/count/live-value-is-kept", test_count);
    add("/match/population/missing-and-extra", test_missing_and_extra_population);
    add("/match/field/removed-and-new", test_removed_and_new_field);
    add("/match/field/optional", test_optional_field);
    add("/match/field/optional/constant", test_optional_constant);
    add("/match/field/default/of-nested-and-reference", test_default_of_nested_and_reference);
    add("/match/reference/other-target", test_target_of_reference);
    add("/match/generator/differs", test_generator);
    add("/match/tree/missing", test_tree);
    add("/match/codec/most-specific-wins", test_codec);
    return g_test_run();
}
