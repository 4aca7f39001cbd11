#include "restore.h"

#include "capture.h"
#include "file.h"
#include "model.h"

typedef struct {
    char *folder;
    char *path;
    char *spikes;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    Model *model;
    TorporHost host;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->folder = model_folder_new();
    fixture->path = g_build_filename(fixture->folder, "x.msgpack", NULL);
    fixture->spikes = g_build_filename(fixture->folder, "spikes", NULL);
    fixture->catalogue = model_catalogue();
    fixture->outputs = torpor_outputs_new();
    fixture->model = model_new(1, fixture->spikes, FALSE);
    fixture->host = (TorporHost){&model_host, fixture->model};
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    model_free(fixture->model);
    torpor_outputs_free(fixture->outputs);
    torpor_catalogue_free(fixture->catalogue);
    model_folder_remove(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->path);
    g_free(fixture->spikes);
}

static gboolean
save(Fixture *fixture, const char *path, GError **error)
{
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&fixture->host, fixture->catalogue, fixture->outputs, FALSE, error);
    const TorporEncodeOptions options = {.index = TRUE};
    return capture != NULL && torpor_file_save(path, capture->tree, &options, TRUE, FALSE, error);
}

static gboolean
restore(Fixture *fixture, const char *path, guint64 memory_bytes, gint32 mismatch, GError **error)
{
    g_autoptr(TorporReport) report = torpor_report_new(&fixture->host, mismatch);
    TorporSnapshot *snapshot = torpor_snapshot_open(path, &fixture->host, memory_bytes, error);
    g_autoptr(TorporRestore) prepared =
        snapshot == NULL
            ? NULL
            : torpor_restore_prepare(&fixture->host, fixture->catalogue, snapshot, report, error);
    return prepared != NULL && torpor_restore_commit(prepared, fixture->outputs, error);
}

/* A save, then another state, then the restore: from memory and from the disk. */
static void
test_round_trip(Fixture *fixture, gconstpointer memory_bytes)
{
    GError *error = NULL;
    model_advance(fixture->model, 5, NULL);
    save(fixture, fixture->path, &error);
    g_assert_no_error(error);
    g_autofree char *at_save = model_digest(fixture->model);
    model_advance(fixture->model, 7, NULL);
    g_autofree char *straight_on = model_digest(fixture->model);
    g_assert_cmpstr(at_save, !=, straight_on);
    restore(fixture, fixture->path, (guint64)(gsize)memory_bytes, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_autofree char *restored = model_digest(fixture->model);
    g_assert_cmpstr(at_save, ==, restored);
    model_advance(fixture->model, 7, NULL);
    g_autofree char *resumed = model_digest(fixture->model);
    g_assert_cmpstr(straight_on, ==, resumed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/restore/round-trip/memory", Fixture, NULL, set_up, test_round_trip, tear_down);
    g_test_add("/restore/round-trip/disk", Fixture, (gpointer)1, set_up, test_round_trip,
               tear_down);
    return g_test_run();
}
