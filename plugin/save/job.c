#include "save/job.h"

#include <fcntl.h>
#include <string.h>

#include "base/thread.h"
#include "file/release.h"
#include "save/capture_write.h"
#include "value/unit.h"

TorporJob *
torpor_job_new(const TorporJobOptions *options, const TorporCapture *capture, const char *path)
{
    TorporJob *job = g_new0(TorporJob, 1);
    job->options = options;
    job->file = (TorporWritten){.path = g_strdup(path), .step = capture->step};
    job->places = torpor_places_new();
    job->output_paths = torpor_outputs_paths(capture->outputs, capture->description->outputs);
    job->begin_us = capture->begin_us;
    job->revisions = g_hash_table_ref(capture->sources->revisions);
    if (capture->sources->baseline != NULL)
        job->baseline = torpor_baseline_ref(capture->sources->baseline);
    return job;
}

void
torpor_job_free(TorporJob *job)
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

void
torpor_job_set_follow(TorporJob *job, const TorporFollow *follow)
{
    job->file.is_followed = follow != NULL && follow->folder != AT_FDCWD;
    job->follow = follow == NULL ? (TorporFollow){0} : *follow;
}

/* Errors of writing name the file; those of what is written do not. */
static void
name_file(const TorporJob *job, GError **error)
{
    if (error != NULL && strstr((*error)->message, job->file.path) == NULL)
        g_prefix_error(error, "%s: ", job->file.path);
}

/* ---- the file ---- */

/* The file is durable. (What a child does here, it does for nobody.) */
static void
follow_up(TorporJob *job)
{
    if (job->durable != NULL && !torpor_thread_is_forbidden())
        job->durable(job->durable_data, job);
    g_autoptr(GError) failure = NULL;
    if (job->follow.follow != NULL && !job->follow.follow(job->follow.data, &failure))
        job->file.warning = g_strdup(failure->message);
}

/* Nobody waits for the file of a run that was killed, and another run may go on by now. */
static gboolean
is_wanted(const TorporJob *job, GError **error)
{
    if (job->child == NULL || torpor_child_is_wanted(job->child))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO, "%s: its run has ended", job->file.path);
    return FALSE;
}

gboolean
torpor_job_begin_file(TorporJob *job, TorporFillFunc fill, gpointer from, GError **error)
{
    int folder = job->file.is_followed ? job->follow.folder : AT_FDCWD;
    TorporFileWriter *writer =
        torpor_file_writer_new_in(folder, job->file.path, TRUE, job->options->fsync, error);
    if (writer == NULL)
        return FALSE;
    TorporPackOptions packing = job->options->packing;
    packing.earlier = job->baseline == NULL ? NULL : torpor_baseline_earlier(job->baseline);
    if (torpor_pack_options_pack(&packing))
        torpor_file_writer_pack(writer, &packing);
    if (fill(from, job->places, torpor_file_writer_sink(writer), error) &&
        torpor_file_writer_append_index(writer, job->places, error)) {
        job->writer = writer;
        return TRUE;
    }
    torpor_file_writer_abort(writer);
    name_file(job, error);
    return FALSE;
}

gboolean
torpor_job_end_file(TorporJob *job, GError **error)
{
    TorporFileWriter *writer = g_steal_pointer(&job->writer);
    if (job->options->fsync && !torpor_outputs_fsync(job->output_paths, error)) {
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
    job->file.durable_seconds = torpor_seconds_since(job->begin_us);
    follow_up(job);
    return TRUE;
}

gboolean
torpor_job_write(TorporJob *job, TorporFillFunc fill, gpointer from, GError **error)
{
    return torpor_job_begin_file(job, fill, from, error) && torpor_job_end_file(job, error);
}

gboolean
torpor_job_write_or_make_room(TorporJob *job, TorporFillFunc fill, gpointer from, GError **error)
{
    GError *failure = NULL;
    if (torpor_job_write(job, fill, from, &failure))
        return TRUE;
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    job->file.note =
        is_full && job->follow.make_room != NULL ? job->follow.make_room(job->follow.data) : NULL;
    if (job->file.note == NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_error_free(failure);
    if (torpor_job_write(job, fill, from, error))
        return TRUE;
    g_prefix_error(error, "%s, but: ", job->file.note);
    return FALSE;
}

/* ---- in a child ---- */

/* The child's copy of the host never changes, so it may be read again. */
static gboolean
fill_from_copy(gpointer from, TorporPlaces *places, TorporSink *sink, GError **error)
{
    torpor_places_clear(places);
    return torpor_capture_write(from, sink, places, error);
}

/* What the child's job has that the parent's does not know. */
typedef struct {
    guint64 byte_length;
    double durable_seconds;
} ChildResult;
G_STATIC_ASSERT(sizeof(ChildResult) <= TORPOR_CHILD_RESULT_BYTES);

typedef struct {
    TorporJob *job;
    TorporCapture *capture;
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
    TorporJob *job = write->job;
    torpor_units_release();
    job->child = child;
    job->follow.follow = NULL;
    job->follow.make_room = job->follow.make_room == NULL ? NULL : ask_parent;
    job->follow.data = child;
    write->capture->shows_progress = FALSE;
    if (!torpor_job_write_or_make_room(job, fill_from_copy, write->capture, error))
        return FALSE;
    *(ChildResult *)result = (ChildResult){job->file.byte_length, job->file.durable_seconds};
    return TRUE;
}

static char *
make_room_for_child(gpointer data)
{
    TorporJob *job = data;
    job->file.note = job->follow.make_room == NULL ? NULL : job->follow.make_room(job->follow.data);
    return g_strdup(job->file.note);
}

/* Files that are being released end first. */
gboolean
torpor_job_start_child(TorporJob *job, TorporCapture *capture, GError **error)
{
    ChildWrite write = {job, capture};
    torpor_release_wait();
    torpor_units_hold(); /* the encoder looks at texts of units */
    job->child = torpor_child_start(write_copy, &write, error);
    torpor_units_release();
    if (job->child == NULL)
        g_prefix_error(error, "%s: ", job->file.path);
    return job->child != NULL;
}

gboolean
torpor_job_await_child(TorporJob *job, GError **error)
{
    union {
        ChildResult result;
        char room[TORPOR_CHILD_RESULT_BYTES];
    } child;
    gboolean is_written =
        torpor_child_wait(job->child, make_room_for_child, job, child.room, error);
    if (is_written) {
        job->file.byte_length = child.result.byte_length;
        job->file.durable_seconds = child.result.durable_seconds;
        follow_up(job);
    } else {
        name_file(job, error);
    }
    return is_written;
}
