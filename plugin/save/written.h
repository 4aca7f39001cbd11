/* What is known of a file once it is written, and what belongs to its writing. */
#ifndef TORPOR_SAVE_WRITTEN_H
#define TORPOR_SAVE_WRITTEN_H

#include "msgpack/places.h"
#include "msgpack/sink.h"

G_BEGIN_DECLS

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
/* Since a moment of g_get_monotonic_time. */
double torpor_seconds_since(gint64 begin_us);

/* What belongs to a save, in the thread that writes. It must not call the host. */
typedef struct {
    /* Called once a file is durable. If it fails, the file is durable all the same. */
    gboolean (*follow)(gpointer data, GError **error);
    /* The disk was full while the host went on. Returns what was removed (transfer full), and then
     * the file is written once more; NULL: nothing. */
    char *(*make_room)(gpointer data);
    gpointer data;
    int folder; /* descriptor; the file goes there under the last part of its path. AT_FDCWD: it is
                   not a checkpoint of the run */
    gboolean is_shard; /* it counts only once its manifest is durable: see saver.h */
} TorporFollow;

/* Gives all bytes of a file up to the index's value, and the places of its leaves. */
typedef gboolean (*TorporFillFunc)(gpointer data, TorporPlaces *places, TorporSink *sink,
                                   GError **error);

G_END_DECLS

#endif
