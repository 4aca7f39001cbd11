#include "msgpack/gap.h"

#include "base/error.h"
#include "msgpack/payload.h"

struct _TorporGaps {
    GHashTable *by_array; /* const TorporArray -> TorporGap */
};

static void
gap_free(gpointer data)
{
    TorporGap *gap = data;
    g_array_unref(gap->extents);
    g_clear_pointer(&gap->blocks, g_array_unref);
    g_free(gap->path);
    g_free(gap);
}

TorporGaps *
torpor_gaps_new(void)
{
    TorporGaps *gaps = g_new(TorporGaps, 1);
    gaps->by_array = g_hash_table_new_full(NULL, NULL, NULL, gap_free);
    return gaps;
}

void
torpor_gaps_free(TorporGaps *gaps)
{
    if (gaps == NULL)
        return;
    g_hash_table_unref(gaps->by_array);
    g_free(gaps);
}

TorporGap *
torpor_gaps_add(TorporGaps *gaps, const TorporArray *array, guint64 range_bytes)
{
    TorporGap *gap = torpor_gaps_find(gaps, array);
    if (gap == NULL) {
        gap = g_new0(TorporGap, 1);
        gap->array = array;
        gap->extents = g_array_new(FALSE, FALSE, sizeof(TorporExtent));
        g_hash_table_insert(gaps->by_array, (gpointer)array, gap);
    }
    gap->range_bytes = range_bytes;
    return gap;
}

void
torpor_gaps_add_stored(TorporGaps *gaps, const TorporArray *array, GArray *blocks)
{
    torpor_gaps_add(gaps, array, 0)->blocks = g_array_ref(blocks);
}

TorporGap *
torpor_gaps_find(const TorporGaps *gaps, const TorporArray *array)
{
    return g_hash_table_lookup(gaps->by_array, array);
}

void
torpor_gaps_forget_extents(TorporGaps *gaps)
{
    GHashTableIter iterator;
    gpointer gap;
    g_hash_table_iter_init(&iterator, gaps->by_array);
    while (g_hash_table_iter_next(&iterator, NULL, &gap)) {
        g_array_set_size(((TorporGap *)gap)->extents, 0);
        ((TorporGap *)gap)->n_appended = 0;
    }
}

static guint64
length_so_far(const TorporGap *gap)
{
    guint64 length = 0;
    for (guint i = 0; i < gap->extents->len; i++)
        length += g_array_index(gap->extents, TorporExtent, i).length;
    return length;
}

/* Blocks end where the chunks of the array do: they were ranges of it. */
static gboolean
append_stored(TorporGap *gap, TorporSink *sink, guint64 length, GError **error)
{
    if (!sink->klass->boundary(sink, error))
        return FALSE;
    for (guint64 end = sink->place + length; sink->place < end; gap->n_appended++)
        if (!sink->klass->append_stored(
                sink, &g_array_index(gap->blocks, TorporBlock, gap->n_appended), error))
            return FALSE;
    return TRUE;
}

/* A range ends where one of the array does, and where its chunk does. */
gboolean
torpor_gap_append(TorporGap *gap, TorporSink *sink, guint64 length, GError **error)
{
    if (gap->blocks != NULL)
        return append_stored(gap, sink, length, error);
    guint64 done = length_so_far(gap);
    TorporExtent extent = {sink->place, length};
    if (!sink->klass->boundary(sink, error))
        return FALSE;
    for (guint64 end = done + length, range; done < end; done += range) {
        range = MIN(end - done, gap->range_bytes - done % gap->range_bytes);
        if (!sink->klass->append_gap(sink, range, error))
            return FALSE;
    }
    g_array_append_val(gap->extents, extent);
    return TRUE;
}

/* A range that lies in two extents has a range of the sink in each. */
gboolean
torpor_gap_fill(const TorporGap *gap, TorporSink *sink, guint64 begin, guint64 end,
                const void *bytes, GError **error)
{
    const char *from = bytes;
    if (!torpor_payload_check_values(gap->array, bytes, end - begin, begin, TORPOR_STATUS_INVALID,
                                     error)) {
        g_prefix_error(error, "at \"%s\": ", gap->path);
        return FALSE;
    }
    for (guint i = 0; i < gap->extents->len && begin < end; i++) {
        const TorporExtent *extent = &g_array_index(gap->extents, TorporExtent, i);
        if (begin < extent->length) {
            guint64 n = MIN(end, extent->length) - begin;
            if (!sink->klass->fill(sink, extent->place + begin, from, n, error))
                return FALSE;
            from += n;
            begin += n;
        }
        begin -= extent->length;
        end -= extent->length;
    }
    return TRUE;
}
