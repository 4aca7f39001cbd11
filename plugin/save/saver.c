#include "save/saver.h"

#include <fcntl.h>

#include "base/worker.h"
#include "file/writer.h"
#include "save/capture_write.h"
#include "save/stage.h"

/* What is needed to write one checkpoint after the host has gone on. */
typedef struct {
    TorporWritten file; /* durable_seconds, byte_length and warning follow when it is written */
    TorporPlaces *places;
    GPtrArray *output_paths; /* of files that must be durable before the checkpoint is */
    gint64 begin_us;
    TorporFollow follow;
} Job;

struct _TorporSaver {
    gboolean is_async;
    gboolean fsync;
    TorporStage *stage;
    TorporWorker *worker;
    Job *job;      /* in flight, or ended and not collected; NULL: none */
    gint has_news; /* atomic: the worker is done with the job */
    TorporWritten newest;
    gboolean is_taken; /* the newest */
};

static Job *
job_new(const TorporCapture *capture, const char *path)
{
    Job *job = g_new0(Job, 1);
    job->file = (TorporWritten){.path = g_strdup(path), .step = capture->step};
    job->places = torpor_places_new();
    job->output_paths = torpor_outputs_paths(capture->tree);
    job->begin_us = capture->begin_us;
    return job;
}

static void
job_free(Job *job)
{
    if (job == NULL)
        return;
    torpor_written_clear(&job->file);
    g_clear_pointer(&job->places, torpor_places_free);
    g_clear_pointer(&job->output_paths, g_ptr_array_unref);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

void
torpor_written_clear(TorporWritten *written)
{
    g_clear_pointer(&written->path, g_free);
    g_clear_pointer(&written->warning, g_free);
    g_clear_pointer(&written->note, g_free);
    *written = (TorporWritten){0};
}

TorporSaver *
torpor_saver_new(gboolean is_async, gboolean fsync)
{
    TorporSaver *saver = g_new0(TorporSaver, 1);
    saver->is_async = is_async;
    saver->fsync = fsync;
    saver->worker = torpor_worker_new();
    saver->stage = torpor_stage_new();
    return saver;
}

void
torpor_saver_free(TorporSaver *saver)
{
    if (saver == NULL)
        return;
    torpor_worker_free(saver->worker);
    torpor_stage_free(saver->stage);
    job_free(saver->job);
    torpor_written_clear(&saver->newest);
    g_free(saver);
}

static double
seconds_since(gint64 begin_us)
{
    return (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
}

/* ---- writing: only where the bytes come from depends on the mode ---- */

/* Give all bytes up to the index's value to the sink. */
typedef gboolean (*FillFunc)(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error);

static gboolean
fill_from_capture(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    TorporCapture **capture = from;
    gboolean is_given = torpor_capture_write(*capture, sink, places, error);
    g_clear_pointer(capture, torpor_capture_free); /* save_end: the host may change its state */
    return is_given;
}

static gboolean
fill_from_stage(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    (void)places; /* noted when the stage was filled */
    return torpor_stage_replay(from, sink, error);
}

static void
follow_up(Job *job)
{
    g_autoptr(GError) failure = NULL;
    if (job->follow.follow != NULL && !job->follow.follow(job->follow.data, &failure))
        job->file.warning = g_strdup(failure->message);
}

static gboolean
write_file(const TorporSaver *saver, Job *job, FillFunc fill, gpointer from, GError **error)
{
    int folder = job->file.is_followed ? job->follow.folder : AT_FDCWD;
    TorporFileWriter *writer =
        torpor_file_writer_new_in(folder, job->file.path, TRUE, saver->fsync, error);
    if (writer == NULL)
        return FALSE;
    TorporSink *sink = torpor_file_writer_sink(writer);
    gboolean is_written = fill(from, job->places, sink, error) &&
                          torpor_file_writer_append_index(writer, job->places, error) &&
                          (!saver->fsync || torpor_outputs_fsync(job->output_paths, error));
    if (!is_written) {
        torpor_file_writer_abort(writer);
        g_prefix_error(error, "%s: ", job->file.path);
        return FALSE;
    }
    job->file.byte_length = sink->place;
    if (!torpor_file_writer_commit(writer, error))
        return FALSE;
    job->file.durable_seconds = seconds_since(job->begin_us);
    follow_up(job);
    return TRUE;
}

/* The stage still has all bytes, so a write that failed on a full disk can be repeated. */
static gboolean
write_once_more(const TorporSaver *saver, Job *job, GError *failure, GError **error)
{
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    job->file.note =
        is_full && job->follow.make_room != NULL ? job->follow.make_room(job->follow.data) : NULL;
    if (job->file.note == NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_error_free(failure);
    if (write_file(saver, job, fill_from_stage, saver->stage, error))
        return TRUE;
    g_prefix_error(error, "%s, but: ", job->file.note);
    return FALSE;
}

static gboolean
write_staged(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    GError *failure = NULL;
    gboolean is_written = write_file(saver, saver->job, fill_from_stage, saver->stage, &failure) ||
                          write_once_more(saver, saver->job, failure, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

static void
keep_newest(TorporSaver *saver, Job *job)
{
    torpor_written_clear(&saver->newest);
    saver->newest = job->file;
    saver->is_taken = FALSE;
    job->file = (TorporWritten){0};
}

/* Fill the stage, and let the worker write it. */
static gboolean
write_behind(TorporSaver *saver, TorporCapture **capture, Job **job, GError **error)
{
    torpor_stage_clear(saver->stage);
    TorporSink *sink = torpor_stage_sink(saver->stage);
    if (!fill_from_capture(capture, (*job)->places, sink, error)) {
        g_prefix_error(error, "%s: ", (*job)->file.path);
        return FALSE;
    }
    (*job)->file.stall_seconds = seconds_since((*job)->begin_us);
    saver->job = g_steal_pointer(job);
    g_atomic_int_set(&saver->has_news, 0);
    torpor_worker_start(saver->worker, write_staged, saver);
    return TRUE;
}

/* ---- public ---- */

gboolean
torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path, gboolean is_async,
                   const TorporFollow *follow, GError **error)
{
    g_assert(saver->job == NULL);
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(Job) job = job_new(capture, path);
    job->file.is_followed = follow != NULL;
    job->follow = follow == NULL ? (TorporFollow){0} : *follow;
    if (is_async && saver->is_async)
        return write_behind(saver, &owned, &job, error);
    if (!write_file(saver, job, fill_from_capture, &owned, error))
        return FALSE;
    job->file.stall_seconds = seconds_since(job->begin_us);
    keep_newest(saver, job);
    return TRUE;
}

gboolean
torpor_saver_write_aside(const TorporSaver *saver, TorporCapture *capture, const char *path,
                         GError **error)
{
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(Job) job = job_new(capture, path);
    return write_file(saver, job, fill_from_capture, &owned, error);
}

gboolean
torpor_saver_is_busy(TorporSaver *saver)
{
    return torpor_worker_is_busy(saver->worker);
}

gboolean
torpor_saver_has_news(const TorporSaver *saver)
{
    return g_atomic_int_get(&saver->has_news) != 0;
}

gboolean
torpor_saver_collect(TorporSaver *saver, GError **error)
{
    if (saver->job == NULL)
        return TRUE;
    gboolean is_ok = torpor_worker_wait(saver->worker, error);
    /* In the child of a fork, the job is the parent's, and its outcome is not known. */
    if (is_ok && torpor_saver_has_news(saver))
        keep_newest(saver, saver->job);
    g_atomic_int_set(&saver->has_news, 0);
    g_clear_pointer(&saver->job, job_free);
    return is_ok;
}

const TorporWritten *
torpor_saver_newest(const TorporSaver *saver)
{
    return &saver->newest;
}

const TorporWritten *
torpor_saver_take_newest(TorporSaver *saver)
{
    if (saver->newest.path == NULL || saver->is_taken)
        return NULL;
    saver->is_taken = TRUE;
    return &saver->newest;
}
