/* The self-check of a session. */
#include "session/selfcheck.h"
#include "session_run.h"

static void
test_selfcheck(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->session = open_session(run, "fsync=no");
    model_advance(run->model, 3, NULL);
    g_autofree char *before = digest_with_spikes(run);
    torpor_selfcheck(run->session, model_advance, 20, &error);
    g_assert_no_error(error);
    g_autofree char *after = digest_with_spikes(run);
    g_assert_cmpstr(before, ==, after);
    run->model->fail_at = "advance";
    g_assert_false(torpor_selfcheck(run->session, model_advance, 20, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_autofree char *after_failure = digest_with_spikes(run);
    g_assert_cmpstr(before, ==, after_failure);
    g_assert_false(g_file_test(run->dir, G_FILE_TEST_EXISTS));
}

static void
check_and_fail(Run *run, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = model_digest(run->model);
    g_assert_false(torpor_selfcheck(run->session, model_advance, 20, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

/* A field that no other depends on: only the bytes tell. */
static void
test_selfcheck_uncovered(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_type forgetful = neuron_type;
    forgetful.name = "forgetful";
    forgetful.n_fields--; /* left_out */
    run->session = open_session(run, "fsync=no");
    g_assert_true(torpor_catalogue_add_type(run->session->catalogue, &forgetful, NULL));
    run->model->populations[0].type = "forgetful";
    g_autofree char *words =
        g_strdup_printf("bytes %d to %d of type \"forgetful\", after field \"n_spikes\", change "
                        "(populations/neurons, object 0), but no field covers them",
                        (int)offsetof(Neuron, left_out), (int)offsetof(Neuron, left_out) + 3);
    check_and_fail(run, words);
}

static gint32
forget(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
       G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
       G_GNUC_UNUSED guint64 count, G_GNUC_UNUSED const void *column,
       G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

/* State behind an accessor that is not written back: the run goes another way. */
static void
test_selfcheck_difference(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_accessor forgetful = rate_accessor;
    forgetful.scatter = forget;
    struct torpor_field field = rate_fields[0];
    field.accessor = &forgetful;
    struct torpor_type type = rate_type;
    type.name = "forgetful";
    type.fields = &field;
    run->session = open_session(run, "fsync=no");
    g_assert_true(torpor_catalogue_add_type(run->session->catalogue, &type, NULL));
    run->model->populations[4].type = "forgetful";
    for (guint i = 0; i < N_RATES; i++)
        run->model->rates[i] = 1e6;
    check_and_fail(run, "populations/synapses/cells/gates");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/selfcheck/passes", test_selfcheck);
    add("/selfcheck/uncovered-bytes", test_selfcheck_uncovered);
    add("/selfcheck/first-difference", test_selfcheck_difference);
    return g_test_run();
}
