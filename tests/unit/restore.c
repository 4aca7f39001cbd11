#include "restore/restore.h"

#include "file/save_tree.h"
#include "round.h"

/* A save, then another state, then the restore: from memory and from the disk. */
static void
test_round_trip(Round *round, gconstpointer memory_bytes)
{
    GError *error = NULL;
    model_advance(round->model, 5, NULL);
    round_save_fine(round);
    g_autofree char *at_save = model_digest(round->model);
    model_advance(round->model, 7, NULL);
    g_autofree char *straight_on = model_digest(round->model);
    g_assert_cmpstr(at_save, !=, straight_on);
    round_restore(round, (guint64)(gsize)memory_bytes, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(round->report, ==, "");
    g_autofree char *restored = model_digest(round->model);
    g_assert_cmpstr(at_save, ==, restored);
    model_advance(round->model, 7, NULL);
    g_autofree char *resumed = model_digest(round->model);
    g_assert_cmpstr(straight_on, ==, resumed);
}

/* Into a model that was built from another seed, whose memory lies elsewhere. */
static void
test_other_model(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    GError *error = NULL;
    model_advance(round->model, 5, NULL);
    round_save_fine(round);
    g_autofree char *at_save = model_digest(round->model);
    g_autoptr(Model) other = model_new(2, round->spikes, TRUE);
    TorporHost host = round->host;
    round->host.data = other;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_autofree char *restored = model_digest(other);
    g_assert_cmpstr(at_save, ==, restored);
    round->host = host;
}

static void
test_every_callback_may_fail(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const places[] = {"clock",    "fingerprint", "restore_begin",
                                         "describe", "from_state",  "set_lengths",
                                         "check",    "check_ragged"};
    model_advance(round->model, 3, NULL);
    round_save_fine(round);
    model_advance(round->model, 3, NULL);
    fflush(round->model->spikes);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        gboolean begins = g_strcmp0(places[i], "clock") != 0 &&
                          g_strcmp0(places[i], "fingerprint") != 0 &&
                          g_strcmp0(places[i], "restore_begin") != 0;
        guint n_aborts = round->model->n_aborts;
        round->model->fail_at = places[i];
        round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_HOST, "asked to fail");
        g_assert_cmpuint(round->model->n_aborts, ==, n_aborts + (begins ? 2 : 0));
    }
    round->model->fail_at = "object_at";
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_INVALID,
                 "populations/synapses/cells/Ca: the host gave NULL for object 7");
}

static void
test_damage_is_noticed(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *bytes = NULL;
    gsize length;
    round_save_fine(round);
    model_advance(round->model, 1, NULL);
    g_assert_true(g_file_get_contents(round->path, &bytes, &length, NULL));
    for (gsize at = 0; at < length; at += 997) {
        bytes[at] ^= 4;
        g_assert_true(g_file_set_contents(round->path, bytes, (gssize)length, NULL));
        round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_DAMAGED, round->path);
        bytes[at] ^= 4;
    }
    for (gsize keep = 0; keep < length; keep += 9973) {
        g_assert_true(g_file_set_contents(round->path, bytes, (gssize)keep, NULL));
        round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_DAMAGED, round->path);
    }
}

static void
test_other_fingerprint(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round_save_fine(round);
    round->model->fingerprint = "another model";
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_FINGERPRINT,
                 "fingerprint: expected \"another model\", found \"model of the tests\"");
}

/* Both texts, and what to do, have room in a message: of what is long, what is equal is left out.
 */
static void
test_long_fingerprints(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char same[] =
        "network of 4000 neurons with conductances, delays of 1 to 15 steps,";
    g_autofree char *saved = g_strconcat(same, " seed 1, 2 threads", NULL);
    g_autofree char *live = g_strconcat(same, " seed 12, 2 threads", NULL);
    round->model->fingerprint = saved;
    round_save_fine(round);
    round->model->fingerprint = live;
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_FINGERPRINT,
                 "expected \"... seed 12, 2 threads\", found \"... seed 1, 2 threads\"");
}

static void
test_other_host(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_host host = model_host;
    host.name = "another";
    round_save_fine(round);
    round->host.table = &host;
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_FINGERPRINT,
                 "host/name: expected \"another\", found \"test-model\"");
    round->host.table = &model_host;
}

/* Not a checkpoint, though a sound file with an index. */
static void
test_other_kind_of_file(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_map_put_text(tree, torpor_tree_root(tree), "weights", "none");
    g_assert_true(torpor_file_save(round->path, tree, &options, TRUE, FALSE, NULL));
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_MISMATCH, "format/name");
    TorporNode *format = torpor_map_put_map(tree, torpor_tree_root(tree), "format");
    torpor_map_put_text(tree, format, "name", "torpor checkpoint");
    torpor_map_put_uint(tree, format, "version", 2);
    g_assert_true(torpor_file_save(round->path, tree, &options, TRUE, FALSE, NULL));
    round_refuse(round, TORPOR_MISMATCH_IGNORE, TORPOR_STATUS_VERSION, "needs a newer Torpor");
}

/* The file is cut off after it was verified: the disk died. */
static void
test_torn(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    round_save_fine(round);
    g_autoptr(TorporReport) report = torpor_report_new(&round->host, TORPOR_MISMATCH_ERROR);
    TorporCheckpointFile *checkpoint =
        torpor_checkpoint_file_open(round->path, &round->host, 1, NULL);
    g_autoptr(TorporRestore) restore = torpor_restore_prepare(
        &round->host, round->catalogue, round->outputs, checkpoint, report, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(round->path, 2000), ==, 0);
    g_assert_false(torpor_restore_commit(restore, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN);
}

/* A callback of the host fails in the commit: torn, with its place and text; and all the rest is
 * written, that after it too. */
static void
test_failing_commit(Round *round, gconstpointer memory_bytes)
{
    static const struct {
        const char *callback;
        const char *place;
    } cases[] = {{"scatter", "populations/rates/rate: asked to fail"},
                 {"scatter_ragged", "populations/trains/times: asked to fail"},
                 {"commit", "trees/kernel/main: asked to fail"},
                 {"rolled_back", "/spikes: asked to fail"},
                 {"restore_commit", "the host's restore_commit: asked to fail"}};
    model_advance(round->model, 5, NULL);
    round_save_fine(round);
    g_autofree char *at_save = model_digest(round->model);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint n_aborts = round->model->n_aborts;
        guint n_commits = round->model->n_commits;
        model_advance(round->model, 3, NULL);
        round->model->fail_at = cases[i].callback;
        g_assert_false(
            round_restore(round, (guint64)(gsize)memory_bytes, TORPOR_MISMATCH_ERROR, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN);
        g_assert_true(g_str_has_prefix(error->message, "the restore of "));
        g_assert_nonnull(strstr(error->message, round->path));
        if (!g_str_has_suffix(error->message, cases[i].place))
            g_error("expected \"%s\" in: %s", cases[i].place, error->message);
        g_autofree char *restored = model_digest(round->model);
        g_assert_cmpstr(at_save, ==, restored);
        g_assert_cmpuint(round->model->n_aborts, ==, n_aborts);
        g_assert_cmpuint(round->model->n_commits, ==, n_commits + 1);
    }
}

/* Once for each save and each restore, whatever is asked of it in between. */
static void
test_described_once(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    round_save_fine(round);
    g_assert_cmpuint(round->model->n_descriptions, ==, 1);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(round->model->n_descriptions, ==, 2);
}

/* An output that came after the checkpoint was taken, and may lack in it. */
static void
test_optional_output(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    FILE *spikes = g_steal_pointer(&round->model->spikes); /* not described without */
    round_save_fine(round);
    round->model->spikes = spikes;
    g_assert_cmpint(fputs("later", spikes), >=, 0);
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, "expected this output");
    round->model->output.flags = TORPOR_OUTPUT_OPTIONAL;
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_nonnull(
        strstr(round->report, "/spikes: not in the checkpoint (optional); left as it"));
    g_assert_cmpint(ftell(spikes), ==, strlen("later"));
    round->model->output.flags = 2;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_UNSUPPORTED, "flags 0x2");
}

/* Renamed in between: recognised. Given another name by the host alone: refused, with a way past.
 */
static void
test_renamed_output(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *other = g_strconcat(round->spikes, ".other", NULL);
    g_autofree char *kept = NULL;
    g_assert_cmpint(fputs("saved", round->model->spikes), >=, 0);
    round_save_fine(round);
    g_assert_cmpint(fputs("later", round->model->spikes), >=, 0);
    round->model->output.path = other;
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, "rename the file too");
    g_assert_cmpint(g_rename(round->spikes, other), ==, 0);
    round_restore(round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(round->report, "/spikes.other: it was "));
    g_assert_cmpint(ftell(round->model->spikes), ==, strlen("saved"));
    /* With a file by the old name it may be any file. */
    g_assert_cmpint(fputs("later", round->model->spikes), >=, 0);
    g_assert_true(g_file_set_contents(round->spikes, "saved", -1, NULL));
    round_refuse(round, TORPOR_MISMATCH_ERROR, TORPOR_STATUS_MISMATCH, "expected this output");
    round_restore(round, 0, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_cmpint(ftell(round->model->spikes), ==, 0);
    g_autofree char *aside = g_strconcat(other, ".aside-1", NULL);
    g_assert_true(g_file_get_contents(aside, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "savedlater");
}

static void
add(const char *path, void (*test)(Round *, gconstpointer), gsize data)
{
    g_test_add(path, Round, (gconstpointer)data, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/restore/round-trip/memory", test_round_trip, 0);
    add("/restore/round-trip/disk", test_round_trip, 1);
    add("/restore/round-trip/other-model", test_other_model, 0);
    add("/restore/failing-callback/leaves-state", test_every_callback_may_fail, 0);
    add("/restore/damaged/named", test_damage_is_noticed, 0);
    add("/restore/other-fingerprint/refused", test_other_fingerprint, 0);
    add("/restore/other-fingerprint/long-ones-from-the-difference", test_long_fingerprints, 0);
    add("/restore/other-host/refused", test_other_host, 0);
    add("/restore/other-file/refused", test_other_kind_of_file, 0);
    add("/restore/unreadable-in-commit/torn", test_torn, 0);
    add("/restore/failing-commit/torn/memory", test_failing_commit, 0);
    add("/restore/failing-commit/torn/disk", test_failing_commit, 1);
    add("/restore/described-once", test_described_once, 0);
    add("/restore/optional-output/may-lack", test_optional_output, 0);
    add("/restore/renamed-output/recognised", test_renamed_output, 0);
    return g_test_run();
}
