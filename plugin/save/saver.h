/* Writes checkpoints to disk. In mode sync, the bytes of a capture go to the file while the host
 * waits; in mode async, they go to a stage, from which a worker writes the file. */
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
    double stall_seconds;   /* while the host waited */
    double durable_seconds; /* from the begin of the save until the file was durable */
    char *warning;          /* the error of the TorporFollowFunc; NULL: none */
    char *note;             /* what was done so that it could be written; NULL: nothing */
    gboolean is_followed;   /* something follows it: it is a checkpoint of the run */
} TorporWritten;
void torpor_written_clear(TorporWritten *written);

/* What belongs to a save, in the thread that writes. It must not call the host. */
typedef struct {
    /* Called once a file is durable. If it fails, the file is durable all the same. */
    gboolean (*follow)(gpointer data, GError **error);
    /* The disk was full while the worker wrote. Returns what was removed (transfer full), and then
     * the file is written once more; NULL: nothing. */
    char *(*make_room)(gpointer data);
    gpointer data;
    int folder; /* descriptor; the file goes there under the last part of its path */
} TorporFollow;

TorporSaver *torpor_saver_new(gboolean is_async, gboolean fsync);
/* Waits for the save in flight. */
void torpor_saver_free(TorporSaver *saver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSaver, torpor_saver_free)

/* Write the capture to `path`. The capture is taken and freed: when this returns, the host may
 * change its state. With is_async FALSE the file is durable by then, whatever the saver's mode. No
 * save may be in flight: call torpor_saver_collect first. `follow` may be NULL, and is copied. */
gboolean torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path,
                            gboolean is_async, const TorporFollow *follow, GError **error);
/* Write a file that is not a checkpoint of the run, while the host waits. It never counts as the
 * newest, and another save may be in flight. */
gboolean torpor_saver_write_aside(const TorporSaver *saver, TorporCapture *capture,
                                  const char *path, GError **error);

/* Is a save being written in the background? Cheap. */
gboolean torpor_saver_is_busy(TorporSaver *saver);
/* Has a save ended whose outcome was not collected? Takes a few ns. */
gboolean torpor_saver_has_news(const TorporSaver *saver);
/* Wait for the save in flight, if there is one. FALSE if it failed; each failure is reported once.
 */
gboolean torpor_saver_collect(TorporSaver *saver, GError **error);
/* The newest durable file, as of the last write or collect. Its path is NULL if there is none. */
const TorporWritten *torpor_saver_newest(const TorporSaver *saver);
/* The same, once for each file: NULL if it was taken before. */
const TorporWritten *torpor_saver_take_newest(TorporSaver *saver);

G_END_DECLS

#endif
