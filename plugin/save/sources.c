#include "save/sources.h"

#include "base/error.h"
#include "save/gather.h"
#include "save/ragged.h"

TorporSources *
torpor_sources_new(void)
{
    TorporSources *sources = g_new(TorporSources, 1);
    sources->ragged = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_ragged_free);
    sources->gathers = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_gather_free);
    sources->late = g_ptr_array_new();
    sources->gaps = torpor_gaps_new();
    sources->baseline = NULL;
    sources->revisions = torpor_revisions_new();
    return sources;
}

void
torpor_sources_free(TorporSources *sources)
{
    if (sources == NULL)
        return;
    g_ptr_array_unref(sources->ragged);
    g_ptr_array_unref(sources->gathers);
    g_ptr_array_unref(sources->late);
    torpor_gaps_free(sources->gaps);
    torpor_baseline_unref(sources->baseline);
    g_hash_table_unref(sources->revisions);
    g_free(sources);
}

/* Ranges as those of any large array. */
void
torpor_sources_plan(TorporSources *sources)
{
    for (guint i = 0; i < sources->late->len; i++)
        (void)torpor_gaps_add(sources->gaps, g_ptr_array_index(sources->late, i),
                              TORPOR_BLOCK_BYTES);
}

gboolean
torpor_sources_fill_columns(const TorporSources *sources, TorporSink *sink, TorporFilledFunc filled,
                            gpointer filled_data, gboolean *holds, GError **error)
{
    *holds = TRUE;
    for (guint i = 0; i < sources->gathers->len && *holds; i++)
        if (!torpor_gather_fill(g_ptr_array_index(sources->gathers, i), sink, filled, filled_data,
                                holds, error))
            return FALSE;
    return TRUE;
}

/* The host gives all values of the array at once. */
static gboolean
fill_late(const TorporGap *gap, TorporSink *sink, GError **error)
{
    const TorporArray *array = gap->array;
    g_autofree char *values = g_try_malloc(array->byte_length);
    if (values == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GUINT64_FORMAT " bytes", array->byte_length);
        return FALSE;
    }
    if (!array->produce(array->produce_data, 0, array->byte_length, values, error))
        return FALSE;
    for (guint64 begin = 0, end; begin < array->byte_length; begin = end) {
        end = MIN(array->byte_length, begin + gap->range_bytes);
        if (!torpor_gap_fill(gap, sink, begin, end, values + begin, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_sources_fill_late(const TorporSources *sources, TorporSink *sink, TorporFilledFunc filled,
                         gpointer filled_data, GError **error)
{
    for (guint i = 0; i < sources->late->len; i++) {
        const TorporArray *array = g_ptr_array_index(sources->late, i);
        if (!fill_late(torpor_gaps_find(sources->gaps, array), sink, error))
            return FALSE;
        if (filled != NULL)
            filled(filled_data, array->byte_length);
    }
    return TRUE;
}

gboolean
torpor_sources_settle(TorporSources *sources, GError **error)
{
    for (guint i = 0; i < sources->gathers->len; i++)
        if (!torpor_gather_settle(g_ptr_array_index(sources->gathers, i), sources->gaps, error))
            return FALSE;
    torpor_gaps_forget_extents(sources->gaps);
    return TRUE;
}
