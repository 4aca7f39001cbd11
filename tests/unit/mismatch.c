/* What a restore finds wrong in what the host says now, and what it takes all the same. */
#include "changed.h"
#include "file/earlier.h"
#include "file/index.h"
#include "file/packing.h"
#include "folder/ledger.h"
#include "folder/owners.h"
#include "restore/commit.h"
#include "restore/match.h"

static const char *clock_unit;

static gint32
other_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    gint32 status = model_clock(host_data, out, error);
    out->unit = clock_unit;
    return status;
}

/* The same instant in another unit; and one that is no time. */
static void
test_clock(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct torpor_host table = model_host;
    table.clock = other_clock;
    table.restore_begin = NULL;
    round->host.table = &table;
    clock_unit = "s";
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(round->report, "clock: converted from ms to s"));
    clock_unit = "mV";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, "clock: ");
    clock_unit = "1"; /* it counts */
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, "x.msgpack: clock: ");
    clock_unit = "nonsense";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNIT, "nonsense");
}

static void
refuse(Round *round, gint status, const char *words)
{
    round_refuse(round, TORPOR_MISMATCH_ERROR, status, words);
    round_refuse(round, TORPOR_MISMATCH_IGNORE, status, words);
}

static void
test_generators(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_generator *generator = &round->model->generators[1];
    const struct torpor_generator as_it_was = *generator;
    generator->path = round->model->generators[0].path;
    refuse(round, TORPOR_STATUS_EXISTS, "generators/thread/0");
    *generator = as_it_was;
    generator->algorithm = NULL;
    refuse(round, TORPOR_STATUS_INVALID, "algorithm of a generator");
    *generator = as_it_was;
    generator->state.dtype = 99;
    refuse(round, TORPOR_STATUS_INVALID, "generators/thread/1: ");
}

static void
test_trees(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    const struct torpor_tree as_it_was = round->model->tree;
    round->model->tree.from_state = NULL;
    refuse(round, TORPOR_STATUS_INVALID, "trees/kernel/main: from_state and commit must not");
    round->model->tree = as_it_was;
    round->model->tree.commit = NULL;
    refuse(round, TORPOR_STATUS_INVALID, "trees/kernel/main: from_state and commit must not");
    round->model->tree = as_it_was;
    round->model->tree.path = "";
    refuse(round, TORPOR_STATUS_INVALID, "trees");
}

/* A tree that has nothing to give back when a restore fails. */
static void
test_tree_without_abort(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct torpor_host host = model_host;
    host.restore_abort = NULL; /* it looks whether the tree was given back */
    round->host.table = &host;
    round->model->tree.abort = NULL;
    g_assert_cmpint(g_unlink(round->spikes), ==, 0);
    g_assert_false(round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error));
    g_assert_true(round->model->has_pending_tree);
    round->model->has_pending_tree = FALSE;
}

/* What belongs to a rank is restored on as many ranks. */
static void
test_of_rank(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    round->model->tree.flags = TORPOR_TREE_OF_RANK;
    round->model->populations[3].flags = TORPOR_POPULATION_OF_RANK;
    round_save_fine(round);
    g_autofree char *saved = model_digest(round->model);
    model_advance(round->model, 2, NULL);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_autofree char *restored = model_digest(round->model);
    g_assert_cmpstr(restored, ==, saved);
}

/* What the host built refers to another object than what is in the file, or to none. */
static void
test_constant_reference(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    static const char *const names[][2] = {{"synapse", "target"}, {"neuron", "nearest"}};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        Changed changed = change(i == 0 ? &synapse_type : &neuron_type);
        field_of(&changed, names[i][1])->flags |= TORPOR_FIELD_CONSTANT;
        declare(round, &changed);
        round_save_fine(round);
        round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
        g_assert_no_error(error);
        if (i == 0)
            round->model->synapses[7]->target ^= 1;
        else
            round->model->neurons[7].nearest =
                &round->model->neurons[round->model->neurons[7].nearest == round->model->neurons];
        round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH,
                     "object 7: expected the value that the host built");
    }
    round->model->neurons[7].nearest = (gpointer)round;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_REFUSED,
                 "populations/neurons/nearest: object 7 points to");
    round->model->neurons[7].nearest = round->model->neurons;
}

/* A rate that the host reads from the constant column by its accessor. */
static void
test_constant_of_accessor(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    Changed rates = change(&rate_type);
    field_of(&rates, "rate")->flags |= TORPOR_FIELD_CONSTANT;
    declare(round, &rates);
    round_save_fine(round);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    round->model->fail_at = "gather";
    refuse(round, TORPOR_STATUS_HOST, "populations/rates/rate: asked to fail");
    round->model->fail_at = NULL;
    Changed trains = change(&train_type);
    field_of(&trains, "times")->flags |= TORPOR_FIELD_CONSTANT;
    declare(round, &trains);
    static const char *const calls[] = {"lengths", "gather_ragged"};
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        round->model->fail_at = calls[i];
        refuse(round, TORPOR_STATUS_HOST, "populations/trains/times: asked to fail");
    }
    round->model->fail_at = NULL;
}

/* Nothing of a kind is nothing, there and back. */
static void
test_no_objects(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 3; i < round->model->n_populations; i++)
        round->model->populations[i].count = 0;
    round_save_fine(round);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    round->model->populations[3].count = 1;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, "expected 1 objects");
}

static void
test_free_of_nothing(void)
{
    torpor_checkpoint_free(NULL);
    torpor_commit_free(NULL);
    torpor_earlier_free(NULL);
    torpor_index_free(NULL);
    torpor_ledger_free(NULL);
    torpor_match_free(NULL);
    torpor_owners_free(NULL);
    torpor_packing_free(NULL);
    torpor_restore_free(NULL);
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
    add("/mismatch/clock/in-another-unit", test_clock);
    add("/mismatch/generators/refused", test_generators);
    add("/mismatch/trees/refused", test_trees);
    add("/mismatch/trees/without-abort", test_tree_without_abort);
    add("/mismatch/of-rank/restored", test_of_rank);
    add("/mismatch/constant/reference", test_constant_reference);
    add("/mismatch/constant/of-accessor", test_constant_of_accessor);
    add("/mismatch/no-objects/restored", test_no_objects);
    g_test_add_func("/mismatch/free/of-nothing", test_free_of_nothing);
    return g_test_run();
}
