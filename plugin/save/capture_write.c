/* The encoder lays out the whole file, with gaps for the columns that are gathered; then the gaps
 * are filled, population by population; then those of the values that the host gives last. */
#include "save/capture_write.h"

#include "msgpack/encode.h"

/* If the file is laid out again, it has become a little larger. Progress stays what it is until the
 * second attempt overtakes the first, and the total does not change. */
typedef struct {
    const TorporHost *host;
    const char *what;
    guint64 done; /* of this attempt */
    guint64 shown;
    guint64 total; /* of the first attempt */
} Progress;

static void
show(Progress *progress)
{
    progress->shown = MAX(progress->shown, MIN(progress->done, progress->total));
    torpor_host_progress(progress->host, progress->what, progress->shown, progress->total);
}

static void
note_encoded(gpointer data, guint64 done, guint64 total)
{
    Progress *progress = data;
    progress->done = done;
    if (progress->total == 0)
        progress->total = total;
    show(progress);
}

static void
note_filled(gpointer data, guint64 bytes)
{
    Progress *progress = data;
    progress->done += bytes;
    show(progress);
}

static gboolean
lay_out(TorporCapture *capture, TorporSink *sink, TorporPlaces *places, Progress *progress,
        GError **error)
{
    const TorporEncodeOptions options = {.index = !capture->is_part,
                                         .progress = progress == NULL ? NULL : note_encoded,
                                         .progress_data = progress,
                                         .gaps = capture->sources->gaps};
    return torpor_encode(capture->tree, &options, sink, places, error);
}

/* Rare: a column that was guessed to be constant is not. */
static gboolean
begin_again(TorporCapture *capture, TorporSink *sink, TorporPlaces *places, GError **error)
{
    torpor_places_clear(places);
    return torpor_sources_settle(capture->sources, error) && sink->klass->restart(sink, error);
}

gboolean
torpor_capture_write(TorporCapture *capture, TorporSink *sink, TorporPlaces *places, GError **error)
{
    const TorporSources *sources = capture->sources;
    Progress shown = {.host = capture->host, .what = capture->of_model ? "origin" : "save"};
    Progress *progress = capture->shows_progress ? &shown : NULL;
    TorporFilledFunc filled = progress == NULL ? NULL : note_filled;
    gboolean holds;
    torpor_gaps_forget_extents(sources->gaps); /* of an earlier write */
    while (lay_out(capture, sink, places, progress, error) &&
           torpor_sources_fill_columns(sources, sink, filled, progress, &holds, error)) {
        if (holds)
            return torpor_sources_fill_late(sources, sink, filled, progress, error);
        if (!begin_again(capture, sink, places, error))
            return FALSE;
    }
    return FALSE;
}
