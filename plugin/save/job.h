/* One checkpoint that is being written: what is needed of it after the host has gone on, and how
 * its file comes about, in this process or in a child. Which of these it is, and in which thread,
 * is the saver's. */
#ifndef TORPOR_SAVE_JOB_H
#define TORPOR_SAVE_JOB_H

#include "base/child.h"
#include "file/writer.h"
#include "save/capture.h"
#include "save/written.h"

G_BEGIN_DECLS

/* How all files of a saver are written. */
typedef struct {
    gboolean fsync;
    TorporPackOptions packing;
} TorporJobOptions;

typedef struct _TorporJob TorporJob;
struct _TorporJob {
    const TorporJobOptions *options; /* as they are when the file is begun (not owned) */
    TorporWritten file; /* durable_seconds, byte_length and warning follow when it is written */
    TorporPlaces *places;
    GPtrArray *output_paths; /* of files that must be durable before the checkpoint is */
    gint64 begin_us;
    TorporFollow follow;
    /* The file is durable. Not called in a child. */
    void (*durable)(gpointer durable_data, const TorporJob *job);
    gpointer durable_data;
    TorporChild *child; /* that writes it; NULL: this process does */
    TorporFileWriter
        *writer; /* has all bytes, which are not durable yet; NULL: not begun, or done */
    TorporBaseline *baseline; /* what it refers to; NULL: it is whole */
    GHashTable *revisions;    /* see torpor_revisions_new */
};

/* path NULL: it will have its path when its file is begun. */
TorporJob *torpor_job_new(const TorporJobOptions *options, const TorporCapture *capture,
                          const char *path);
void torpor_job_free(TorporJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporJob, torpor_job_free)

/* What belongs to this save; NULL: nothing does, and it is not a checkpoint of the run. */
void torpor_job_set_follow(TorporJob *job, const TorporFollow *follow);

/* `fill` gives all bytes of the file, which are then to be made durable. */
gboolean torpor_job_begin_file(TorporJob *job, TorporFillFunc fill, gpointer from, GError **error);
/* Make the file that was begun durable, after the outputs, and give it its name. */
gboolean torpor_job_end_file(TorporJob *job, GError **error);
/* Both. */
gboolean torpor_job_write(TorporJob *job, TorporFillFunc fill, gpointer from, GError **error);
/* The same, once more where the disk was full and something could be removed: for a `fill` that
 * still has all bytes then. */
gboolean torpor_job_write_or_make_room(TorporJob *job, TorporFillFunc fill, gpointer from,
                                       GError **error);

/* A child process begins to write what it has a copy of. No thread of ours may be in the middle of
 * anything. The capture is not taken. */
gboolean torpor_job_start_child(TorporJob *job, TorporCapture *capture, GError **error);
/* Wait for it, in any thread, and do what it asks for. */
gboolean torpor_job_await_child(TorporJob *job, GError **error);

G_END_DECLS

#endif
