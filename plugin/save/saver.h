/* Checkpoints on their way to disk. One path for both modes: the bytes of a capture go to the file
 * while the host waits (sync), or to a stage from which a worker writes them (async). */
#ifndef TORPOR_SAVE_SAVER_H
#define TORPOR_SAVE_SAVER_H

#include "save/capture.h"

G_BEGIN_DECLS

typedef struct _TorporSaver TorporSaver;

/* A file that was written. */
typedef struct {
    char *path;
    guint64 step;
    guint64 byte_length;
    double stall_seconds;   /* that the host waited */
    double durable_seconds; /* from the begin of the save until it was durable */
    char *warning;          /* why what follows a save failed; NULL: it did not */
} TorporWritten;
void torpor_written_clear(TorporWritten *written);

/* What follows once a file is durable, in the thread that wrote it; it must not call the host. If
 * it fails, the file is no less durable. */
typedef gboolean (*TorporFollowFunc)(gpointer follow_data, GError **error);

TorporSaver *torpor_saver_new(gboolean is_async, gboolean fsync);
/* Waits for the save in flight. */
void torpor_saver_free(TorporSaver *saver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSaver, torpor_saver_free)

/* Write the capture to `path`. The capture is taken, and freed as soon as its bytes are: at the
 * return the host may change its state. is_async FALSE: also durable, whatever the saver's mode.
 * No save may be in flight: torpor_saver_collect comes first. follow may be NULL. */
gboolean torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path,
                            gboolean is_async, TorporFollowFunc follow, gpointer follow_data,
                            GError **error);
/* The same at once, whatever is in flight, for a file that is no checkpoint of the run: it is never
 * the newest. */
gboolean torpor_saver_write_aside(const TorporSaver *saver, TorporCapture *capture,
                                  const char *path, GError **error);

/* Is a save being written in the background? Cheap. */
gboolean torpor_saver_is_busy(TorporSaver *saver);
/* Did one end whose outcome was not collected yet? A few ns. */
gboolean torpor_saver_has_news(const TorporSaver *saver);
/* Wait for the save in flight, if any, and learn what became of it. FALSE with its error, told
 * once. */
gboolean torpor_saver_collect(TorporSaver *saver, GError **error);
/* The newest durable file; path NULL: none yet. As of the last write or collect. */
const TorporWritten *torpor_saver_newest(const TorporSaver *saver);
/* The same, the first time that it is asked for; then NULL. */
const TorporWritten *torpor_saver_take_newest(TorporSaver *saver);

G_END_DECLS

#endif
