#include "save/saver.h"

#include <fcntl.h>
#include <string.h>

#include "base/worker.h"
#include "save/capture_write.h"
#include "save/job.h"
#include "save/stage.h"

/* What the next checkpoint may refer to. */
typedef struct {
    TorporBaseline *baseline; /* NULL: nothing */
    guint64 n_incremental;    /* files since the last whole one */
} Memory;

struct _TorporSaver {
    TorporMode mode;
    TorporJobOptions options;
    guint64 full_every; /* 0: all files are whole */
    gboolean uses_revisions;
    Memory memory;
    TorporStage *stage;
    TorporWorker *worker;
    TorporJob *job; /* in flight, or ended and not collected; NULL: none */
    gint has_news;  /* atomic: the worker is done with the job */
    TorporWritten newest;
    gboolean is_taken;   /* the newest */
    TorporWritten shard; /* whose manifest is not durable yet */
    Memory of_shard;     /* the memory once it is */
    gboolean remembers_shard;
    TorporJob *part; /* staged, and in no file yet; NULL: none */
    TorporPlaces *part_places;
};

TorporSaver *
torpor_saver_new(TorporMode mode, gboolean fsync)
{
    TorporSaver *saver = g_new0(TorporSaver, 1);
    saver->mode = mode;
    saver->options.fsync = fsync;
    saver->worker = torpor_worker_new();
    saver->stage = torpor_stage_new();
    saver->part_places = torpor_places_new();
    return saver;
}

void
torpor_saver_pack(TorporSaver *saver, const TorporPackOptions *options)
{
    saver->options.packing = *options;
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
    torpor_job_free(saver->job);
    torpor_job_free(saver->part);
    torpor_places_free(saver->part_places);
    torpor_written_clear(&saver->newest);
    torpor_written_clear(&saver->shard);
    torpor_baseline_unref(saver->memory.baseline);
    torpor_baseline_unref(saver->of_shard.baseline);
    g_free(saver);
}

void
torpor_saver_forget_baseline(TorporSaver *saver)
{
    g_clear_pointer(&saver->memory.baseline, torpor_baseline_unref);
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

static gboolean
fill_from_stage(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    (void)places; /* noted when the stage was filled */
    return torpor_stage_replay(from, sink, error);
}

static void
forget_shard(TorporSaver *saver)
{
    g_clear_pointer(&saver->of_shard.baseline, torpor_baseline_unref);
    saver->remembers_shard = FALSE;
}

/* The next file may refer to this one; to a shard, once it counts. */
static void
remember(gpointer data, const TorporJob *job)
{
    TorporSaver *saver = data;
    if (!job->file.is_followed || saver->full_every == 0)
        return;
    GHashTable *revisions = saver->uses_revisions ? job->revisions : NULL;
    Memory *memory = job->follow.is_shard ? &saver->of_shard : &saver->memory;
    g_clear_pointer(&memory->baseline, torpor_baseline_unref);
    memory->baseline =
        torpor_baseline_new(job->follow.folder, job->file.path, job->file.step, revisions, NULL);
    memory->n_incremental = job->baseline == NULL ? 0 : saver->memory.n_incremental + 1;
    saver->remembers_shard = job->follow.is_shard;
}

static TorporJob *
job_new(TorporSaver *saver, const TorporCapture *capture, const char *path)
{
    TorporJob *job = torpor_job_new(&saver->options, capture, path);
    job->durable = remember;
    job->durable_data = saver;
    return job;
}

static gboolean
write_staged(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    gboolean is_written =
        torpor_job_write_or_make_room(saver->job, fill_from_stage, saver->stage, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

static void
keep_newest(TorporSaver *saver, TorporJob *job)
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
go_on(TorporSaver *saver, TorporJob **job, TorporJobFunc work)
{
    (*job)->file.stall_seconds = torpor_seconds_since((*job)->begin_us);
    saver->job = g_steal_pointer(job);
    g_atomic_int_set(&saver->has_news, 0);
    torpor_worker_start(saver->worker, work, saver);
}

/* Fill the stage, and let the worker write it. */
static gboolean
write_behind(TorporSaver *saver, TorporCapture **capture, TorporJob **job, GError **error)
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

static gboolean
await_child(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    gboolean is_written = torpor_job_await_child(saver->job, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

/* The worker is idle, so no thread of ours is in the middle of anything. */
static gboolean
write_in_child(TorporSaver *saver, TorporCapture **capture, TorporJob **job, GError **error)
{
    if (!torpor_job_start_child(*job, *capture, error))
        return FALSE;
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
    g_autoptr(TorporJob) job = job_new(saver, capture, NULL);
    owned->is_part = TRUE;
    g_hash_table_unref(job->revisions);      /* the file will have the column of each rank: */
    job->revisions = torpor_revisions_new(); /* the next one refers to blocks by their hash */
    torpor_stage_clear(saver->stage);
    torpor_places_clear(saver->part_places);
    g_clear_pointer(&saver->part, torpor_job_free);
    TorporSink *sink = torpor_stage_sink(saver->stage);
    if (!fill_from_capture(&owned, saver->part_places, sink, error))
        return FALSE;
    job->file.stall_seconds = torpor_seconds_since(job->begin_us);
    saver->part = g_steal_pointer(&job);
    return TRUE;
}

const TorporStage *
torpor_saver_part(const TorporSaver *saver, const TorporPlaces **places)
{
    *places = saver->part_places;
    return saver->stage;
}

static gboolean
make_durable(gpointer data, GError **error)
{
    TorporSaver *saver = data;
    gboolean is_written = torpor_job_end_file(saver->job, error);
    g_atomic_int_set(&saver->has_news, 1);
    return is_written;
}

gboolean
torpor_saver_write_parts(TorporSaver *saver, const char *path, gboolean waits,
                         const TorporFollow *follow, TorporFillFunc fill, gpointer data,
                         GError **error)
{
    g_autoptr(TorporJob) job = g_steal_pointer(&saver->part);
    job->file.path = g_strdup(path);
    torpor_job_set_follow(job, follow);
    if (!torpor_job_begin_file(job, fill, data, error))
        return FALSE;
    if (!waits && saver->mode == TORPOR_MODE_ASYNC) {
        go_on(saver, &job, make_durable);
        return TRUE;
    }
    if (!torpor_job_end_file(job, error))
        return FALSE;
    job->file.stall_seconds = torpor_seconds_since(job->begin_us);
    keep_newest(saver, job);
    return TRUE;
}

gboolean
torpor_saver_hand_over(TorporSaver *saver, const TorporFollow *follow, GError **error)
{
    g_autoptr(TorporJob) job = g_steal_pointer(&saver->part);
    torpor_job_set_follow(job, follow);
    if (saver->options.fsync && !torpor_outputs_fsync(job->output_paths, error))
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
    const Memory *memory = &saver->memory;
    gboolean can_refer = memory->baseline != NULL &&
                         memory->n_incremental + 1 < saver->full_every &&
                         torpor_earlier_is_there(torpor_baseline_earlier(memory->baseline), folder);
    return can_refer ? memory->baseline : NULL;
}

gboolean
torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path, gboolean waits,
                   const TorporFollow *follow, GError **error)
{
    g_assert(saver->job == NULL);
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(TorporJob) job = job_new(saver, capture, path);
    torpor_job_set_follow(job, follow);
    if (!waits && saver->mode == TORPOR_MODE_ASYNC)
        return write_behind(saver, &owned, &job, error);
    if (!waits && saver->mode == TORPOR_MODE_FORK)
        return write_in_child(saver, &owned, &job, error);
    if (!torpor_job_write(job, fill_from_capture, &owned, error))
        return FALSE;
    job->file.stall_seconds = torpor_seconds_since(job->begin_us);
    keep_newest(saver, job);
    return TRUE;
}

gboolean
torpor_saver_write_aside(TorporSaver *saver, TorporCapture *capture, const char *path,
                         GError **error)
{
    g_autoptr(TorporCapture) owned = capture;
    g_autoptr(TorporJob) job = job_new(saver, capture, path);
    return torpor_job_write(job, fill_from_capture, &owned, error);
}

guint64
torpor_saver_shard_bytes(const TorporSaver *saver)
{
    return saver->shard.byte_length;
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
    saver->newest.durable_seconds = torpor_seconds_since(begin_us);
    saver->is_taken = FALSE;
    if (!saver->remembers_shard)
        return;
    torpor_saver_forget_baseline(saver);
    saver->memory = saver->of_shard;
    saver->of_shard = (Memory){0};
    saver->remembers_shard = FALSE;
}

void
torpor_saver_drop_shard(TorporSaver *saver)
{
    torpor_written_clear(&saver->shard);
    forget_shard(saver);
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
    g_clear_pointer(&saver->job, torpor_job_free);
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
