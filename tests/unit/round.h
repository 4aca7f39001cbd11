/* One model, one folder, saves and restores without a session: what the tests of both share. */
#ifndef TORPOR_TEST_ROUND_H
#define TORPOR_TEST_ROUND_H

#include "model.h"
#include "saved_file.h"

typedef struct {
    char *folder;
    char *path;
    char *spikes;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    Model *model;
    TorporHost host;
    char *report; /* of the last restore */
} Round;

static void
set_up(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    round->folder = model_folder_new();
    round->path = g_build_filename(round->folder, "x.msgpack", NULL);
    round->spikes = g_build_filename(round->folder, "spikes", NULL);
    round->catalogue = model_catalogue();
    round->outputs = torpor_outputs_new();
    round->model = model_new(1, round->spikes, FALSE);
    round->host = (TorporHost){&model_host, round->model};
}

static void
tear_down(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    model_free(round->model);
    torpor_outputs_free(round->outputs);
    torpor_catalogue_free(round->catalogue);
    model_folder_remove(round->folder);
    g_free(round->folder);
    g_free(round->path);
    g_free(round->spikes);
    g_free(round->report);
}

static gboolean
round_save(Round *round, GError **error)
{
    return saved_file_write(round->path, &round->host, round->catalogue, round->outputs, TRUE,
                            error);
}

G_GNUC_UNUSED static void
round_save_fine(Round *round)
{
    g_autoptr(GError) error = NULL;
    round_save(round, &error);
    g_assert_no_error(error);
}

/* memory_bytes: larger files are restored from the disk; 0: the usual limit. */
G_GNUC_UNUSED static gboolean
round_restore(Round *round, guint64 memory_bytes, gint32 mismatch, GError **error)
{
    return saved_file_restore(round->path, &round->host, round->catalogue, round->outputs,
                              memory_bytes, mismatch, &round->report, error);
}

/* A restore that must fail with this status and these words, and leave the model as it is. */
G_GNUC_UNUSED static void
round_refuse(Round *round, gint32 mismatch, gint status, const char *words)
{
    for (guint64 memory_bytes = 0; memory_bytes < 2; memory_bytes++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *before = model_digest(round->model);
        guint n_commits = round->model->n_commits;
        g_assert_false(round_restore(round, memory_bytes, mismatch, &error));
        g_assert_nonnull(error);
        if (error->code != status)
            g_error("expected status %d, found %d: %s", status, error->code, error->message);
        if (strstr(error->message, words) == NULL)
            g_error("expected \"%s\" in: %s", words, error->message);
        g_autofree char *after = model_digest(round->model);
        g_assert_cmpstr(before, ==, after);
        g_assert_cmpuint(round->model->n_commits, ==, n_commits);
        g_assert_false(round->model->has_pending_tree);
        for (guint i = 0; i < N_NEURONS; i++)
            g_assert_null(round->model->pending_trains[i].times);
    }
}

#endif
