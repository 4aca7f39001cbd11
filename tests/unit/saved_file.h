/* A save into one file and a restore from it, without a session: what tests and golden files share.
 */
#ifndef TORPOR_TEST_SAVED_FILE_H
#define TORPOR_TEST_SAVED_FILE_H

#include "file/save_tree.h"
#include "restore/restore.h"
#include "save/capture.h"

G_GNUC_UNUSED static gboolean
saved_file_write(const char *path, const TorporHost *host, const TorporCatalogue *catalogue,
                 TorporOutputs *outputs, gboolean overwrite, GError **error)
{
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(host, catalogue, outputs, NULL, NULL, error);
    const TorporEncodeOptions options = {.index = TRUE};
    return capture != NULL &&
           torpor_file_save(path, capture->tree, &options, overwrite, FALSE, error);
}

/* From a checkpoint that was opened, which is taken. report_text: where to keep what the report
 * says (the one before is freed); NULL: nowhere. */
G_GNUC_UNUSED static gboolean
saved_file_restore_opened(TorporCheckpointFile *checkpoint, const TorporHost *host,
                          const TorporCatalogue *catalogue, TorporOutputs *outputs, gint32 mismatch,
                          char **report_text, GError **error)
{
    g_autoptr(TorporReport) report = torpor_report_new(host, mismatch);
    g_autoptr(TorporRestore) restore =
        checkpoint == NULL
            ? NULL
            : torpor_restore_prepare(host, catalogue, outputs, checkpoint, report, error);
    gboolean restored = restore != NULL && torpor_restore_commit(restore, error);
    if (report_text != NULL) {
        g_free(*report_text);
        *report_text = g_strdup(report->text->str);
    }
    return restored;
}

/* memory_bytes: larger files are restored from the disk; 0: the usual limit. */
G_GNUC_UNUSED static gboolean
saved_file_restore(const char *path, const TorporHost *host, const TorporCatalogue *catalogue,
                   TorporOutputs *outputs, guint64 memory_bytes, gint32 mismatch,
                   char **report_text, GError **error)
{
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(path, host, memory_bytes, error);
    return saved_file_restore_opened(checkpoint, host, catalogue, outputs, mismatch, report_text,
                                     error);
}

#endif
