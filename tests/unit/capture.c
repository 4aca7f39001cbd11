#include "save/capture.h"

#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "round.h"

static char *
read_all(const char *path, gsize *length)
{
    char *bytes;
    g_assert_true(g_file_get_contents(path, &bytes, length, NULL));
    return bytes;
}

static TorporNode *
find(TorporTree *tree, const char *path)
{
    GError *error = NULL;
    TorporNode *node = torpor_tree_lookup(tree, path, &error);
    g_assert_no_error(error);
    return node;
}

static TorporArray *
find_array(TorporTree *tree, const char *path)
{
    TorporNode *node = find(tree, path);
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    g_assert_cmpint(node->kind, ==, TORPOR_NODE_ARRAY);
    return node->value.array;
}

static void
assert_shape(TorporTree *tree, const char *path, guint32 rank, guint64 a, guint64 b, guint64 c)
{
    const guint64 shape[] = {a, b, c};
    const TorporArray *array = find_array(tree, path);
    g_assert_cmpuint(array->rank, ==, rank);
    for (guint32 i = 0; i < rank; i++)
        g_assert_cmpuint(array->shape[i], ==, shape[i]);
}

/* A host whose bool is neither 0 nor 1: the checkpoint could not be read, so it is not written, and
 * the one before stays. */
static void
test_bools(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round_save_fine(round);
    round->model->neurons[7].is_refractory = 2;
    g_autoptr(GError) error = NULL;
    g_assert_false(round_save(round, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_nonnull(strstr(error->message,
                            "at \"populations/neurons/is_refractory\": element 7 of "
                            "a bool array is 2, expected 0 or 1"));
    g_clear_error(&error);
    g_assert_true(round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error));
    g_assert_no_error(error);
}

/* Every kind of field and layout, read back by the decoder. */
static void
test_columns(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    const Model *model = round->model;
    model_advance(round->model, 3, NULL);
    round_save_fine(round);
    g_autoptr(TorporFile) file = torpor_file_open(round->path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    assert_shape(tree, "populations/neurons/V_m", 1, N_NEURONS, 0, 0);
    assert_shape(tree, "populations/neurons/g", 2, N_NEURONS, 3, 0);
    assert_shape(tree, "populations/neurons/compartments/gates", 3, N_NEURONS, 2, 2);
    assert_shape(tree, "populations/synapses/static/same", 1, 1, 0, 0);
    assert_shape(tree, "populations/trains/times/counts", 1, N_NEURONS, 0, 0);

    double V_m[N_NEURONS], Ca[N_NEURONS][2];
    float y[N_SENSORS];
    guint64 nearest[N_NEURONS];
    torpor_array_read(file, find_array(tree, "populations/neurons/V_m"), 0, sizeof V_m, V_m,
                      &error);
    torpor_array_read(file, find_array(tree, "populations/neurons/compartments/Ca"), 0, sizeof Ca,
                      Ca, &error);
    torpor_array_read(file, find_array(tree, "populations/sensors/y"), 0, sizeof y, y, &error);
    torpor_array_read(file, find_array(tree, "populations/neurons/nearest"), 0, sizeof nearest,
                      nearest, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_NEURONS; i++) {
        g_assert_cmpfloat(V_m[i], ==, model->neurons[i].V_m);
        g_assert_cmpfloat(Ca[i][1], ==, model->neurons[i].compartments[1].Ca);
        g_assert_cmpuint(nearest[i], ==,
                         model->neurons[i].nearest == NULL
                             ? TORPOR_NO_OBJECT
                             : (guint64)(model->neurons[i].nearest - model->neurons));
    }
    for (guint i = 0; i < N_SENSORS; i++)
        g_assert_cmpfloat(y[i], ==, model->sensor_y[2 * i]);
    g_assert_cmpstr(find(tree, "populations/neurons/V_m")->value.quantity.unit->symbol, ==, "mV");
    g_assert_cmpstr(find(tree, "layout/neurons/hidden/0")->value.bytes.data, ==, "n_spikes");
    g_assert_cmpstr(find(tree, "layout/neurons/references/nearest")->value.bytes.data, ==,
                    "neurons");
    g_assert_cmpstr(find(tree, "provenance/notes/model")->value.bytes.data, ==, "a test");
}

static void
test_order_of_the_root(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const keys[] = {"format", "host",    "clock",      "fingerprint",
                                       "step",   "layout",  "generators", "populations",
                                       "trees",  "outputs", "provenance"};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&round->host, round->catalogue, round->outputs, NULL, NULL, &error);
    g_assert_no_error(error);
    const TorporNode *child = torpor_tree_root(capture->tree)->value.map.first;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++, child = child->next)
        g_assert_cmpstr(child->key, ==, keys[i]);
    g_assert_null(child);
}

/* The same state gives the same bytes. */
static void
test_same_bytes(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    gsize length, again_length;
    g_setenv("SOURCE_DATE_EPOCH", "1700000000", TRUE);
    model_advance(round->model, 3, NULL);
    round_save_fine(round);
    g_autofree char *bytes = read_all(round->path, &length);
    round_save_fine(round);
    g_autofree char *again = read_all(round->path, &again_length);
    g_unsetenv("SOURCE_DATE_EPOCH");
    g_assert_cmpmem(bytes, length, again, again_length);
}

static void
test_every_callback_may_fail(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const places[] = {"clock",         "fingerprint", "n_threads",  "save_begin",
                                         "describe",      "to_state",    "gather",     "lengths",
                                         "gather_ragged", "flush",       "gather late"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) error = NULL;
        round->model->fail_at = places[i];
        g_assert_false(round_save(round, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
        g_assert_nonnull(strstr(error->message, "asked to fail"));
        g_assert_false(g_file_test(round->path, G_FILE_TEST_EXISTS));
        g_assert_cmpuint(round->model->n_save_begins, ==, round->model->n_save_ends);
    }
    g_autoptr(GError) error = NULL;
    round->model->fail_at = "object_at";
    g_assert_false(round_save(round, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
}

static void
refuse(Round *round, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(round_save(round, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
    g_assert_false(g_file_test(round->path, G_FILE_TEST_EXISTS));
}

static void
test_references_outside(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    Neuron stray;
    Neuron *kept = round->model->neurons[41].nearest;
    round->model->neurons[41].nearest = &stray;
    refuse(round, TORPOR_STATUS_REFUSED, "populations/neurons/nearest: object 41 points to");
    round->model->neurons[41].nearest = (Neuron *)((char *)&round->model->neurons[5] + 8);
    refuse(round, TORPOR_STATUS_REFUSED, "populations/neurons/nearest: object 41 points to");
    round->model->neurons[41].nearest = kept;
    round->model->synapses[7]->target = N_NEURONS;
    refuse(round, TORPOR_STATUS_REFUSED,
           "populations/synapses/static/target: object 7 refers to object 300");
}

static void
test_lists(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_population *populations = round->model->populations;
    populations[3].path = "neurons";
    refuse(round, TORPOR_STATUS_EXISTS, "populations/neurons: listed twice");
    populations[3].path = "neurons/inner";
    refuse(round, TORPOR_STATUS_EXISTS, "populations/neurons/inner: \"neurons\" is listed already");
    populations[3].path = "synapses";
    refuse(round, TORPOR_STATUS_EXISTS, "populations/synapses: \"synapses\" is listed already");
    static const char *const wrong[] = {"", "/a", "a/", "a//b", "\xff", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        populations[3].path = wrong[i];
        refuse(round, TORPOR_STATUS_INVALID, "path");
    }
    populations[3].path = "sensors";
    populations[3].type = "unheard of";
    refuse(round, TORPOR_STATUS_NOT_FOUND,
           "populations/sensors: its type \"unheard of\" is not declared");
    populations[3].type = "sensor";
    round->model->generators[1].path = "thread/0";
    refuse(round, TORPOR_STATUS_EXISTS, "generators/thread/0");
    round->model->generators[1].path = "thread/1";
    round->model->generators[1].state.stride = 2;
    refuse(round, TORPOR_STATUS_INVALID, "generators/thread/1: the array's stride");
    round->model->generators[1].state.stride = 8;
    round->model->tree.path = NULL;
    refuse(round, TORPOR_STATUS_INVALID, "trees");
}

/* A key that is none, and revisions that are not those of the type's fields. */
static void
test_members(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const guint64 revisions[] = {1, 2, 3};
    struct torpor_population *neurons = &round->model->populations[0];
    neurons->key = "V_m";
    refuse(round, TORPOR_STATUS_INVALID, "populations/neurons: key: expected the name of a field");
    neurons->key = NULL;
    neurons->revisions = revisions;
    neurons->n_revisions = G_N_ELEMENTS(revisions);
    refuse(round, TORPOR_STATUS_INVALID,
           "populations/neurons: revisions, but n_revisions is not the type's n_fields");
}

static void
test_refused_type(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_type refused = synapse_type;
    g_autoptr(GError) error = NULL;
    refused.name = "opaque_synapse";
    refused.refusal = "it keeps a pointer to a library's own state";
    torpor_catalogue_add_type(round->catalogue, &refused, &error);
    g_assert_no_error(error);
    round->model->populations[1].type = "opaque_synapse";
    refuse(round, TORPOR_STATUS_REFUSED,
           "populations/synapses/static: objects of type \"opaque_synapse\" cannot be saved "
           "exactly: it keeps a pointer to a library's own state");
    round->model->populations[1].count = 0;
    round_save_fine(round);
}

static void
test_empty_population(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 1; i < round->model->n_populations; i++) {
        round->model->populations[i].count = 0;
        round->model->populations[i].objects = NULL;
        round->model->populations[i].columns = NULL;
    }
    round_save_fine(round);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
}

static void
add(const char *path, void (*test)(Round *, gconstpointer))
{
    g_test_add(path, Round, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/capture/columns/as-in-memory", test_columns);
    add("/capture/bools/neither-0-nor-1", test_bools);
    add("/capture/root/order", test_order_of_the_root);
    add("/capture/same-state/same-bytes", test_same_bytes);
    add("/capture/failing-callback/no-file", test_every_callback_may_fail);
    add("/capture/reference/outside", test_references_outside);
    add("/capture/lists/refused", test_lists);
    add("/capture/members/refused-by-name", test_members);
    add("/capture/refused-type/named", test_refused_type);
    add("/capture/empty-populations/round-trip", test_empty_population);
    return g_test_run();
}
