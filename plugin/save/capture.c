#include "save/capture.h"

#include <string.h>

#include "checkpoint/checkpoint_file.h"
#include "checkpoint/provenance.h"
#include "checkpoint/section.h"
#include "host/host_array.h"
#include "host/tree_writer.h"
#include "msgpack/encode.h"
#include "restore/nested.h"
#include "save/column.h"
#include "save/gather.h"
#include "save/ragged.h"

void
torpor_capture_free(TorporCapture *capture)
{
    if (capture == NULL)
        return;
    if (capture->begun)
        torpor_host_save_end(capture->host);
    g_clear_pointer(&capture->tree, torpor_tree_free);
    g_clear_pointer(&capture->sources, g_ptr_array_unref);
    g_clear_pointer(&capture->gathers, g_ptr_array_unref);
    g_clear_pointer(&capture->populations, torpor_populations_free);
    g_clear_pointer(&capture->description, torpor_description_free);
    g_free(capture);
}

static gboolean
begin(TorporCapture *capture, GError **error)
{
    capture->begun = torpor_host_save_begin(capture->host, error);
    return capture->begun;
}

static gboolean
add_heading(TorporCapture *capture, GError **error)
{
    TorporTree *tree = capture->tree;
    TorporNode *root = torpor_tree_root(tree);
    struct torpor_clock clock;
    if (!torpor_host_clock(capture->host, &clock, error) ||
        !torpor_host_n_threads(capture->host, &capture->n_threads, error))
        return FALSE;
    g_autofree char *fingerprint = torpor_host_fingerprint(capture->host, error);
    if (fingerprint == NULL)
        return FALSE;
    const TorporUnit *unit = torpor_unit_lookup(clock.unit, NULL); /* torpor_host_clock knew it */
    TorporNode *format = torpor_map_put_map(tree, root, "format");
    torpor_map_put_text(tree, format, "name", TORPOR_CHECKPOINT_NAME);
    torpor_map_put_uint(tree, format, "version", TORPOR_FORMAT_VERSION);
    TorporNode *host = torpor_map_put_map(tree, root, "host");
    torpor_map_put_text(tree, host, "name", capture->host->table->name);
    torpor_map_put_text(tree, host, "version", capture->host->table->version);
    torpor_map_put_uint(tree, host, "ranks", torpor_host_n_ranks(capture->host));
    torpor_map_put_uint(tree, host, "rank", torpor_host_rank(capture->host));
    TorporNode *time = torpor_node_new(tree, TORPOR_NODE_QUANTITY);
    time->value.quantity.unit = unit;
    time->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    time->value.quantity.mantissa->value.real = clock.time;
    torpor_map_append(tree, root, "clock", -1, time);
    torpor_map_put_text(tree, root, "fingerprint", fingerprint);
    torpor_map_put_uint(tree, root, "step", clock.step);
    capture->step = clock.step;
    return TRUE;
}

/* Place of a field below its population. */
static char *
field_path(char **keys)
{
    g_autoptr(GString) path = g_string_new(NULL);
    for (char **key = keys; *key != NULL; key++)
        torpor_path_append(path, *key, strlen(*key));
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static void
put_hidden(TorporTree *tree, TorporNode *entry, char **keys, guint32 flags)
{
    if ((flags & TORPOR_FIELD_HIDDEN) == 0)
        return;
    TorporNode *hidden = torpor_map_find(entry, "hidden", strlen("hidden"));
    if (hidden == NULL)
        hidden = torpor_map_put_map(tree, entry, "hidden");
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, hidden->value.map.count);
    g_autofree char *path = field_path(keys);
    torpor_map_put_text(tree, hidden, number, path);
}

/* Names of fields that `torpor ls` shows with --all only. */
static void
add_hidden(TorporTree *tree, TorporNode *entry, const TorporPopulation *population)
{
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        put_hidden(tree, entry, live_field->keys, live_field->flags);
    }
    for (guint i = 0; i < population->codec_uses->len; i++) {
        const TorporCodecUse *use = g_ptr_array_index(population->codec_uses, i);
        put_hidden(tree, entry, use->keys, use->flags);
    }
}

/* Which population the indices of a field count in. */
static void
add_references(TorporTree *tree, TorporNode *entry, const TorporPopulation *population)
{
    TorporNode *references = NULL;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if (live_field->kind != TORPOR_FIELD_REFERENCE || live_field->field->target == NULL)
            continue;
        if (references == NULL)
            references = torpor_map_put_map(tree, entry, "references");
        g_autofree char *path = field_path(live_field->keys);
        torpor_map_put_text(tree, references, path, live_field->field->target);
    }
}

static void
add_layout(TorporCapture *capture)
{
    TorporTree *tree = capture->tree;
    TorporNode *layout = torpor_map_put_map(tree, torpor_tree_root(tree), "layout");
    for (guint i = 0; i < capture->populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(capture->populations->in_order, i);
        TorporNode *entry = torpor_map_put_map(tree, layout, population->listed->path);
        torpor_map_put_text(tree, entry, "type", population->type->name);
        torpor_map_put_uint(tree, entry, "version", population->type->version);
        torpor_map_put_uint(tree, entry, "count", population->listed->count);
        if (population->codec != NULL)
            torpor_map_put_text(tree, entry, "codec", population->codec->type);
        else
            torpor_nested_put(tree, entry, population->type, capture->catalogue);
        add_hidden(tree, entry, population);
        add_references(tree, entry, population);
    }
}

static gboolean
add_generator(TorporCapture *capture, TorporSection *section,
              const struct torpor_generator *generator, GError **error)
{
    TorporTree *tree = capture->tree;
    TorporNode *map = torpor_section_add(section, generator->path, error);
    if (map == NULL ||
        !torpor_host_text_check("algorithm of a generator", generator->algorithm, error))
        return FALSE;
    torpor_map_put_text(tree, map, "algorithm", generator->algorithm);
    const TorporUnit *unit;
    guint64 byte_length;
    if (!torpor_host_array_check(&generator->state, &unit, &byte_length, error)) {
        g_prefix_error(error, "generators/%s: ", generator->path);
        return FALSE;
    }
    const TorporDtype *dtype = torpor_dtype_by_id(generator->state.dtype);
    TorporArray *array = torpor_map_put_array(tree, map, "state", dtype, generator->state.rank,
                                              generator->state.shape, unit)
                             ->value.array;
    array->data = byte_length == 0 ? "" : generator->state.data;
    if (torpor_host_array_is_packed(&generator->state))
        return TRUE;
    char *copy = torpor_tree_try_alloc(tree, byte_length);
    if (copy == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "generators/%s: no memory",
                    generator->path);
        return FALSE;
    }
    torpor_host_array_read(&generator->state, 0, byte_length, copy);
    array->data = copy;
    return TRUE;
}

static gboolean
add_generators(TorporCapture *capture, GError **error)
{
    const GPtrArray *described = capture->description->generators;
    if (described->len == 0)
        return TRUE;
    g_autoptr(TorporSection) section = torpor_section_new(capture->tree, "generators");
    for (guint i = 0; i < described->len; i++)
        if (!add_generator(capture, section, g_ptr_array_index(described, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
add_by_codec(TorporCapture *capture, const TorporCodecUse *use, TorporNode *map, GError **error)
{
    const struct torpor_codec *codec = use->codec;
    for (char **key = use->keys; *key != NULL; key++) {
        TorporNode *inner = torpor_map_find(map, *key, strlen(*key));
        map = inner != NULL ? inner : torpor_map_put_map(capture->tree, map, *key);
    }
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_writer_init(&writer, capture->tree, map, use->path, TRUE);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = codec->to_state(codec->codec_data, capture->host->data, use->population,
                                    &writer.slots, &failure);
    return torpor_tree_writer_finish(&writer, status, &failure, error);
}

static gboolean
add_population(TorporCapture *capture, const TorporPopulation *population, TorporNode *map,
               GError **error)
{
    if (!torpor_columns_put(capture->populations, population, capture->tree, map, capture->sources,
                            capture->gathers, error))
        return FALSE;
    for (guint i = 0; i < population->codec_uses->len; i++)
        if (!add_by_codec(capture, g_ptr_array_index(population->codec_uses, i), map, error))
            return FALSE;
    return TRUE;
}

static gboolean
add_populations(TorporCapture *capture, GError **error)
{
    g_autoptr(TorporSection) section = torpor_section_new(capture->tree, "populations");
    for (guint i = 0; i < capture->populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(capture->populations->in_order, i);
        TorporNode *map = torpor_section_add(section, population->listed->path, error);
        if (map == NULL || !add_population(capture, population, map, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_tree(TorporCapture *capture, TorporSection *section, const struct torpor_tree *listed,
         GError **error)
{
    TorporNode *map = torpor_section_add(section, listed->path, error);
    if (map == NULL)
        return FALSE;
    g_autofree char *path = g_strdup_printf("trees/%s", listed->path);
    if (listed->to_state == NULL || listed->from_state == NULL || listed->commit == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: to_state, from_state and commit must not be NULL", path);
        return FALSE;
    }
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_writer_init(&writer, capture->tree, map, path, TRUE);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = listed->to_state(listed->tree_data, &writer.slots, &failure);
    return torpor_tree_writer_finish(&writer, status, &failure, error);
}

static gboolean
add_trees(TorporCapture *capture, GError **error)
{
    const GPtrArray *described = capture->description->trees;
    if (described->len == 0)
        return TRUE;
    g_autoptr(TorporSection) section = torpor_section_new(capture->tree, "trees");
    for (guint i = 0; i < described->len; i++)
        if (!add_tree(capture, section, g_ptr_array_index(described, i), error))
            return FALSE;
    return TRUE;
}

TorporCapture *
torpor_capture_new(const TorporHost *host, const TorporCatalogue *catalogue, TorporOutputs *outputs,
                   GError **error)
{
    g_autoptr(TorporCapture) capture = g_new0(TorporCapture, 1);
    capture->host = host;
    capture->begin_us = g_get_monotonic_time();
    capture->catalogue = catalogue;
    capture->tree = torpor_tree_new();
    capture->sources = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_ragged_free);
    capture->gathers = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_gather_free);
    if (!begin(capture, error) || !add_heading(capture, error))
        return NULL;
    capture->description = torpor_description_new(host, error);
    if (capture->description == NULL)
        return NULL;
    capture->populations = torpor_populations_new(host, catalogue, capture->description, error);
    if (capture->populations == NULL)
        return NULL;
    add_layout(capture);
    if (!add_generators(capture, error) || !add_populations(capture, error) ||
        !add_trees(capture, error))
        return NULL;
    TorporTree *tree = capture->tree;
    TorporNode *root = torpor_tree_root(tree);
    if (!torpor_outputs_save(outputs, capture->description->outputs, tree, error))
        return NULL;
    TorporNode *provenance = torpor_map_put_map(tree, root, "provenance");
    if (!torpor_provenance_save(capture->description, capture->n_threads, tree, provenance, error))
        return NULL;
    return g_steal_pointer(&capture);
}

/* What is encoded anew, and has become a little more, is not told again. */
static void
show_progress(gpointer data, guint64 done, guint64 total)
{
    TorporCapture *capture = data;
    if (capture->bytes_to_tell == 0)
        capture->bytes_to_tell = total;
    capture->bytes_told = MAX(capture->bytes_told, MIN(done, capture->bytes_to_tell));
    torpor_host_progress(capture->host, "save", capture->bytes_told, capture->bytes_to_tell);
}

gboolean
torpor_capture_encode(TorporCapture *capture, TorporSink *sink, TorporPlaces *places,
                      GError **error)
{
    const TorporEncodeOptions options = {
        .index = TRUE,
        .progress = capture->host->table->progress != NULL ? show_progress : NULL,
        .progress_data = capture,
        .fill = torpor_gather_fill};
    GError *failure = NULL;
    if (torpor_encode(capture->tree, &options, sink, places, &failure))
        return TRUE;
    GError *again = NULL;
    if (!torpor_gathers_reconsider(capture->gathers, &again)) {
        g_propagate_error(error, again != NULL ? again : failure);
        if (again != NULL)
            g_error_free(failure);
        return FALSE;
    }
    g_error_free(failure);
    torpor_places_clear(places);
    return sink->klass->restart(sink, error) &&
           torpor_encode(capture->tree, &options, sink, places, error);
}
