#include "save/saver.h"

#include <fcntl.h>
#include <string.h>

#include "base/child.h"
#include "base/thread.h"
#include "base/worker.h"
#include "file/release.h"
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
    TorporChild *child; /* that writes it; NULL: this process does */
    TorporFileWriter
        *writer; /* has all bytes, which are not durable yet; NULL: not begun, or done */
    TorporBaseline *baseline; /* what it refers to; NULL: it is whole */
    GHashTable *revisions;    /* see torpor_revisions_new */
} Job;

struct _TorporSaver {
    TorporMode mode;
    gboolean fsync;
    TorporPackOptions packing;
    guint64 full_every; /* 0: all files are whole */
    gboolean uses_revisions;
    guint64 n_incremental;    /* files since the last whole one */
    TorporBaseline *baseline; /* the newest; NULL: none yet */
    TorporStage *stage;
    TorporWorker *worker;
    Job *job;      /* in flight, or ended and not collected; NULL: none */
    gint has_news; /* atomic: the worker is done with the job */
    TorporWritten newest;
    gboolean is_taken;   /* the newest */
    TorporWritten shard; /* whose manifest is not durable yet */
    Job *part;           /* staged, and in no file yet; NULL: none */
    TorporPlaces *part_places;
};

static Job *
job_new(const TorporCapture *capture, const char *path)
{
    Job *job = g_new0(Job, 1);
    job->file = (TorporWritten){.path = g_strdup(path), .step = capture->step};
    job->places = torpor_places_new();
    job->output_paths = torpor_outputs_paths(capture->outputs, capture->description->outputs);
    job->begin_us = capture->begin_us;
    job->revisions = g_hash_table_ref(capture->sources->revisions);
    if (capture->sources->baseline != NULL)
        job->baseline = torpor_baseline_ref(capture->sources->baseline);
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
    g_clear_pointer(&job->child, torpor_child_free);
    torpor_file_writer_abort(job->writer);
    torpor_baseline_unref(job->baseline);
    g_hash_table_unref(job->revisions);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

/* Errors of writing name the file; those of what is written do not. */
static void
name_file(const Job *job, GError **error)
{
    if (error != NULL && strstr((*error)->message, job->file.path) == NULL)
        g_prefix_error(error, "%s: ", job->file.path);
}

void
torpor_written_clear(TorporWritten *written)
{
    g_clear_pointer(&written->path, g_free);
    g_clear_pointer(&written->warning, g_free);
    g_clear_pointer(&written->note, g_free);
    *written = (TorporWritten){0};
}

TorporSaver *
torpor_saver_new(TorporMode mode, gboolean fsync)
{
    TorporSaver *saver = g_new0(TorporSaver, 1);
    saver->mode = mode;
    saver->fsync = fsync;
    saver->worker = torpor_worker_new();
    saver->stage = torpor_stage_new();
    saver->part_places = torpor_places_new();
    return saver;
}

void
torpor_saver_pack(TorporSaver *saver, const TorporPackOptions *options)
{
    saver->packing = *options;
}

void
torpor_saver_refer(TorporSaver *saver, guint64 full_every, gboolean uses_revisions)
{
    saver->full_every = full_every;
    saver->uses_revisions = uses_revisions;
}

void
torpor_saver_expect(TorporSaver *saver, guint64 bytes)
{
    if (saver->mode == TORPOR_MODE_ASYNC)
        torpor_stage_prepare(saver->stage, bytes);
}

guint64
torpor_saver_memory(const TorporSaver *saver)
{
    return torpor_stage_memory(saver->stage);
}

void
torpor_saver_free(TorporSaver *saver)
{
    if (saver == NULL)
        return;
    torpor_worker_free(saver->worker);
    torpor_stage_free(saver->stage);
    job_free(saver->job);
    job_free(saver->part);
    torpor_places_free(saver->part_places);
    torpor_written_clear(&saver->newest);
    torpor_written_clear(&saver->shard);
    torpor_baseline_unref(saver->baseline);
    g_free(saver);
}

void
torpor_saver_forget_baseline(TorporSaver *saver)
{
    g_clear_pointer(&saver->baseline, torpor_baseline_unref);
}

static double
seconds_since(gint64 begin_us)
{
    return (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
}

/* ---- writing: only who writes, and where the bytes come from, depends on the mode ---- */

static gboolean
fill_from_capture(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    TorporCapture **capture = from;
    gboolean is_given = torpor_capture_write(*capture, sink, places, error);
    g_clear_pointer(capture, torpor_capture_free); /* save_end: the host may change its state */
    return is_given;
}

/* The child's copy of the host never changes, so it may be read again. */
static gboolean
fill_from_copy(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    torpor_places_clear(places);
    return torpor_capture_write(from, sink, places, error);
}

static gboolean
fill_from_stage(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    (void)places; /* noted when the stage was filled */
    return torpor_stage_replay(from, sink, error);
}

/* The next file may refer to this one. */
static void
remember(TorporSaver *saver, const Job *job)
{
    if (!job->file.is_followed || saver->full_every == 0)
        return;
    GHashTable *revisions = saver->uses_revisions ? job->revisions : NULL;
    torpor_saver_forget_baseline(saver);
    saver->baseline =
        torpor_baseline_new(job->follow.folder, job->file.path, job->file.step, revisions, NULL);
    saver->n_incremental = job->baseline == NULL ? 0 : saver->n_incremental + 1;
}

/* The file is durable. (What a child does here, it does for nobody.) */
static void
follow_up(TorporSaver *saver, Job *job)
{
    if (!torpor_thread_is_forbidden())
        remember(saver, job);
    g_autoptr(GError) failure = NULL;
    if (job->follow.follow != NULL && !job->follow.follow(job->follow.data, &failure))
        job->file.warning = g_strdup(failure->message);
}

/* Nobody waits for the file of a run that was killed, and another run may go on by now. */
static gboolean
is_wanted(const Job *job, GError **error)
{
    if (job->child == NULL || torpor_child_is_wanted(job->child))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO, "%s: its run has ended", job->file.path);
    return FALSE;
}

/* A file with all bytes, which are not durable yet. */
static TorporFileWriter *
begin_file(TorporSaver *saver, Job *job, TorporFillFunc fill, gpointer from, GError **error)
{
    int folder = job->file.is_followed ? job->follow.folder : AT_FDCWD;
    TorporFileWriter *writer =
        torpor_file_writer_new_in(folder, job->file.path, TRUE, saver->fsync, error);
    if (writer == NULL)
        return NULL;
    TorporPackOptions packing = saver->packing;
    packing.earlier = job->baseline == NULL ? NULL : torpor_baseline_earlier(job->baseline);
    if (torpor_pack_options_pack(&packing))
        torpor_file_writer_pack(writer, &packing);
    if (fill(from, job->places, torpor_file_writer_sink(writer), error) &&
        torpor_file_writer_append_index(writer, job->places, error))
        return writer;
    torpor_file_writer_abort(writer);
    name_file(job, error);
    return NULL;
}

/* Takes the writer. */
static gboolean
end_file(TorporSaver *saver, Job *job, TorporFileWriter *writer, GError **error)
{
    if (saver->fsync && !torpor_outputs_fsync(job->output_paths, error)) {
        torpor_file_writer_abort(writer);
        g_prefix_error(error, "%s: ", job->file.path);
        return FALSE;
    }
    if (!torpor_file_writer_sync(writer, error) || !is_wanted(job, error)) {
        torpor_file_writer_abort(writer);
        return FALSE;
    }
    job->file.byte_length = torpor_file_writer_byte_length(writer);
    if (!torpor_file_writer_commit(writer, error))
        return FALSE;
    job->file.durable_seconds = seconds_since(job->begin_us);
    follow_up(saver, job);
    return TRUE;
}

static gboolean
write_file(TorporSaver *saver, Job *job, TorporFillFunc fill, gpointer from, GError **error)
{
    TorporFileWriter *writer = begin_file(saver, job, fill, from, error);
    return writer != NULL && end_file(saver, job, writer, error);
}

/* The stage, or the child, still has all bytes, so a write that failed on a full disk can be
 * repeated. */
static gboolean
write_or_make_room(TorporSaver *saver, Job *job, TorporFillFunc fill, gpointer from, GError **error)
{
    GError *failure = NULL;
    if (write_file(saver, job, fill, from, &failure))
        return TRUE;
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    job->file.note =
        is_full && job->follow.make_room != NULL ? job->follow.make_room(job->follow.data) : NULL;
    if (job->file.note == NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_error_free(failure);
    if (write_file(saver, job, fill, from, error))
        return TRUE;
    g_prefix_error(error, "%s, but: ", job->file.note);
    return FALSE;
}

static gboolean
write_staged(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    gboolean is_written =
        write_or_make_room(saver, saver->job, fill_from_stage, saver->stage, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

static void
keep_newest(TorporSaver *saver, Job *job)
{
    if (job->follow.is_shard) {
        torpor_written_clear(&saver->shard);
        saver->shard = job->file;
        job->file = (TorporWritten){0};
        return;
    }
    torpor_written_clear(&saver->newest);
    saver->newest = job->file;
    saver->is_taken = FALSE;
    job->file = (TorporWritten){0};
}

/* The host goes on, while the worker does this. */
static void
go_on(TorporSaver *saver, Job **job, TorporJobFunc work)
{
    (*job)->file.stall_seconds = seconds_since((*job)->begin_us);
    saver->job = g_steal_pointer(job);
    g_atomic_int_set(&saver->has_news, 0);
    torpor_worker_start(saver->worker, work, saver);
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
    go_on(saver, job, write_staged);
    return TRUE;
}

/* ---- in a child ---- */

/* What the child's job has that the parent's does not know. */
typedef struct {
    guint64 byte_length;
    double durable_seconds;
} ChildResult;
G_STATIC_ASSERT(sizeof(ChildResult) <= TORPOR_CHILD_RESULT_BYTES);

typedef struct {
    TorporSaver *saver;
    TorporCapture *capture;
    Job *job;
} ChildWrite;

/* Only the parent may remove files: it holds the folder. */
static char *
ask_parent(gpointer child)
{
    return torpor_child_ask(child);
}

static gboolean
write_copy(gpointer data, TorporChild *child, gpointer result, GError **error)
{
    const ChildWrite *write = data;
    Job *job = write->job;
    job->child = child;
    job->follow.follow = NULL;
    job->follow.make_room = job->follow.make_room == NULL ? NULL : ask_parent;
    job->follow.data = child;
    write->capture->shows_progress = FALSE;
    if (!write_or_make_room(write->saver, job, fill_from_copy, write->capture, error))
        return FALSE;
    *(ChildResult *)result = (ChildResult){job->file.byte_length, job->file.durable_seconds};
    return TRUE;
}

static char *
make_room_for_child(gpointer data)
{
    Job *job = data;
    job->file.note = job->follow.make_room == NULL ? NULL : job->follow.make_room(job->follow.data);
    return g_strdup(job->file.note);
}

static gboolean
await_child(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    Job *job = saver->job;
    union {
        ChildResult result;
        char room[TORPOR_CHILD_RESULT_BYTES];
    } child;
    gboolean is_written =
        torpor_child_wait(job->child, make_room_for_child, job, child.room, error);
    if (is_written) {
        job->file.byte_length = child.result.byte_length;
        job->file.durable_seconds = child.result.durable_seconds;
        follow_up(saver, job);
    } else {
        name_file(job, error);
    }
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

/* The worker is idle, and files that are being released end first, so that no thread of ours is in
 * the middle of anything. */
static gboolean
write_in_child(TorporSaver *saver, TorporCapture **capture, Job **job, GError **error)
{
    ChildWrite write = {saver, *capture, *job};
    torpor_release_wait();
    (*job)->child = torpor_child_start(write_copy, &write, error);
    if ((*job)->child == NULL) {
        g_prefix_error(error, "%s: ", (*job)->file.path);
        return FALSE;
    }
    g_clear_pointer(capture, torpor_capture_free); /* save_end: the host may change its state */
    go_on(saver, job, await_child);
    return TRUE;
}

/* ---- a file that several ranks share ---- */

gboolean
torpor_saver_stage_part(TorporSaver *saver, TorporCapture *capture, GError **error)
{
    g_assert(saver->job == NULL);
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(Job) job = job_new(capture, NULL);
    owned->is_part = TRUE;
    torpor_stage_clear(saver->stage);
    torpor_places_clear(saver->part_places);
    g_clear_pointer(&saver->part, job_free);
    TorporSink *sink = torpor_stage_sink(saver->stage);
    if (!fill_from_capture(&owned, saver->part_places, sink, error))
        return FALSE;
    job->file.stall_seconds = seconds_since(job->begin_us);
    saver->part = g_steal_pointer(&job);
    return TRUE;
}

const TorporStage *
torpor_saver_part(const TorporSaver *saver, const TorporPlaces **places)
{
    *places = saver->part_places;
    return saver->stage;
}

static void
set_follow(Job *job, const TorporFollow *follow)
{
    job->file.is_followed = follow != NULL && follow->folder != AT_FDCWD;
    job->follow = follow == NULL ? (TorporFollow){0} : *follow;
}

static gboolean
make_durable(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    TorporFileWriter *writer = g_steal_pointer(&saver->job->writer);
    gboolean is_written = end_file(saver, saver->job, writer, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

gboolean
torpor_saver_write_parts(TorporSaver *saver, const char *path, gboolean waits,
                         const TorporFollow *follow, TorporFillFunc fill, gpointer data,
                         GError **error)
{
    g_autoptr(Job) job = g_steal_pointer(&saver->part);
    job->file.path = g_strdup(path);
    set_follow(job, follow);
    job->writer = begin_file(saver, job, fill, data, error);
    if (job->writer == NULL)
        return FALSE;
    if (!waits && saver->mode == TORPOR_MODE_ASYNC) {
        go_on(saver, &job, make_durable);
        return TRUE;
    }
    if (!end_file(saver, job, g_steal_pointer(&job->writer), error))
        return FALSE;
    job->file.stall_seconds = seconds_since(job->begin_us);
    keep_newest(saver, job);
    return TRUE;
}

gboolean
torpor_saver_hand_over(TorporSaver *saver, const TorporFollow *follow, GError **error)
{
    g_autoptr(Job) job = g_steal_pointer(&saver->part);
    set_follow(job, follow);
    if (saver->fsync && !torpor_outputs_fsync(job->output_paths, error))
        return FALSE;
    keep_newest(saver, job);
    return TRUE;
}

/* ---- public ---- */

/* Decided while the host waits: no file is removed before the new one is durable, unless the disk
 * is full, and then none that the newest one needs. */
TorporBaseline *
torpor_saver_baseline(TorporSaver *saver, int folder)
{
    gboolean can_refer = saver->baseline != NULL && saver->n_incremental + 1 < saver->full_every &&
                         torpor_earlier_is_there(torpor_baseline_earlier(saver->baseline), folder);
    return can_refer ? saver->baseline : NULL;
}

gboolean
torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path, gboolean waits,
                   const TorporFollow *follow, GError **error)
{
    g_assert(saver->job == NULL);
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(Job) job = job_new(capture, path);
    set_follow(job, follow);
    if (!waits && saver->mode == TORPOR_MODE_ASYNC)
        return write_behind(saver, &owned, &job, error);
    if (!waits && saver->mode == TORPOR_MODE_FORK)
        return write_in_child(saver, &owned, &job, error);
    if (!write_file(saver, job, fill_from_capture, &owned, error))
        return FALSE;
    job->file.stall_seconds = seconds_since(job->begin_us);
    keep_newest(saver, job);
    return TRUE;
}

gboolean
torpor_saver_write_aside(TorporSaver *saver, TorporCapture *capture, const char *path,
                         GError **error)
{
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(Job) job = job_new(capture, path);
    return write_file(saver, job, fill_from_capture, &owned, error);
}

void
torpor_saver_commit_shard(TorporSaver *saver, const char *path, guint64 byte_length,
                          gint64 begin_us)
{
    torpor_written_clear(&saver->newest);
    saver->newest = saver->shard;
    saver->shard = (TorporWritten){0};
    g_free(saver->newest.path);
    saver->newest.path = g_strdup(path);
    saver->newest.byte_length = byte_length;
    saver->newest.durable_seconds = seconds_since(begin_us);
    saver->is_taken = FALSE;
}

void
torpor_saver_drop_shard(TorporSaver *saver)
{
    torpor_written_clear(&saver->shard);
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
