#include "save/capture.h"

#include "checkpoint/checkpoint_file.h"
#include "checkpoint/nested_layout.h"
#include "checkpoint/provenance.h"
#include "checkpoint/section.h"
#include "host/host_array.h"
#include "host/section_names.h"
#include "host/tree_writer.h"
#include "msgpack/encode.h"
#include "msgpack/trailer.h"
#include "save/column.h"
#include "save/layout_put.h"

void
torpor_capture_free(TorporCapture *capture)
{
    if (capture == NULL)
        return;
    if (capture->begun)
        torpor_host_save_end(capture->host);
    g_clear_pointer(&capture->tree, torpor_tree_free);
    g_clear_pointer(&capture->sources, torpor_sources_free);
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
    TorporNode *format = torpor_map_put_map(tree, root, TORPOR_SECTION_FORMAT);
    torpor_map_put_text(tree, format, TORPOR_KEY_NAME, TORPOR_CHECKPOINT_NAME);
    torpor_map_put_uint(tree, format, TORPOR_KEY_VERSION, TORPOR_FORMAT_VERSION);
    TorporNode *host = torpor_map_put_map(tree, root, TORPOR_SECTION_HOST);
    torpor_map_put_text(tree, host, TORPOR_KEY_NAME, capture->host->table->name);
    torpor_map_put_text(tree, host, TORPOR_KEY_VERSION, capture->host->table->version);
    torpor_map_put_uint(tree, host, TORPOR_KEY_RANKS, torpor_host_n_ranks(capture->host));
    torpor_map_put_uint(tree, host, TORPOR_KEY_RANK, torpor_host_rank(capture->host));
    TorporNode *time = torpor_node_new(tree, TORPOR_NODE_QUANTITY);
    time->value.quantity.unit = unit;
    time->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    time->value.quantity.mantissa->value.real = clock.time;
    torpor_map_append(tree, root, TORPOR_SECTION_CLOCK, -1, time);
    torpor_map_put_text(tree, root, TORPOR_SECTION_FINGERPRINT, fingerprint);
    torpor_map_put_uint(tree, root, TORPOR_SECTION_STEP, clock.step);
    capture->step = clock.step;
    return TRUE;
}

/* A generator or tree, or what a codec writes, by its flags. A checkpoint takes all of them. */
static gboolean
is_wanted(const TorporCapture *capture, guint32 flags)
{
    return !capture->of_model || ((flags & TORPOR_ORIGIN_NONE) == 0 &&
                                  (!capture->only_parameters || (flags & TORPOR_ORIGIN_PARAMETER)));
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
    torpor_map_put_text(tree, map, TORPOR_KEY_ALGORITHM, generator->algorithm);
    const TorporUnit *unit;
    guint64 byte_length;
    if (!torpor_host_array_check(&generator->state, &unit, &byte_length, error)) {
        g_prefix_error(error, TORPOR_SECTION_GENERATORS "/%s: ", generator->path);
        return FALSE;
    }
    const TorporDtype *dtype = torpor_dtype_by_id(generator->state.dtype);
    TorporArray *array = torpor_map_put_array(tree, map, TORPOR_KEY_STATE, dtype,
                                              generator->state.rank, generator->state.shape, unit)
                             ->value.array;
    array->data = byte_length == 0 ? "" : generator->state.data;
    if (torpor_host_array_is_packed(&generator->state))
        return TRUE;
    char *copy = torpor_tree_try_alloc(tree, byte_length);
    if (copy == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    TORPOR_SECTION_GENERATORS "/%s: no memory", generator->path);
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
    g_autoptr(TorporSection) section = torpor_section_new(capture->tree, TORPOR_SECTION_GENERATORS);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_generator *generator = g_ptr_array_index(described, i);
        if (is_wanted(capture, generator->flags) &&
            !add_generator(capture, section, generator, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_by_codec(TorporCapture *capture, const TorporCodecUse *use, TorporNode *map, GError **error)
{
    const struct torpor_codec *codec = use->codec;
    for (char **key = use->keys; *key != NULL; key++)
        map = torpor_map_ensure_map(capture->tree, map, *key);
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_writer_init(&writer, capture->tree, map, use->path, capture->sources->late);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = codec->to_state(codec->codec_data, capture->host->data, use->population,
                                    &writer.slots, &failure);
    return torpor_tree_writer_finish(&writer, status, &failure, error);
}

static gboolean
add_population(TorporCapture *capture, const TorporPopulation *population, TorporNode *map,
               GError **error)
{
    guint32 only = capture->only_parameters ? TORPOR_FIELD_PARAMETER | TORPOR_FIELD_CONSTANT : 0;
    if (!torpor_columns_put(capture->populations, population, only, capture->tree, map,
                            capture->sources, error))
        return FALSE;
    for (guint i = 0; i < population->codec_uses->len; i++) {
        const TorporCodecUse *use = g_ptr_array_index(population->codec_uses, i);
        if (is_wanted(capture, use->codec->flags) && !add_by_codec(capture, use, map, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_populations(TorporCapture *capture, GError **error)
{
    g_autoptr(TorporSection) section =
        torpor_section_new(capture->tree, TORPOR_SECTION_POPULATIONS);
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
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_TREES "/%s", listed->path);
    if (listed->to_state == NULL || listed->from_state == NULL || listed->commit == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: to_state, from_state and commit must not be NULL", path);
        return FALSE;
    }
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_writer_init(&writer, capture->tree, map, path, capture->sources->late);
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
    g_autoptr(TorporSection) section = torpor_section_new(capture->tree, TORPOR_SECTION_TREES);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_tree *listed = g_ptr_array_index(described, i);
        if (is_wanted(capture, listed->flags) && !add_tree(capture, section, listed, error))
            return FALSE;
    }
    return TRUE;
}

/* Empty so far. */
static TorporCapture *
capture_new(const TorporHost *host, const TorporCatalogue *catalogue)
{
    TorporCapture *capture = g_new0(TorporCapture, 1);
    capture->host = host;
    capture->shows_progress = host->table->progress != NULL;
    capture->begin_us = g_get_monotonic_time();
    capture->catalogue = catalogue;
    capture->tree = torpor_tree_new();
    capture->sources = torpor_sources_new();
    return capture;
}

static gboolean
describe(TorporCapture *capture, GError **error)
{
    capture->description = torpor_description_new(capture->host, error);
    if (capture->description == NULL)
        return FALSE;
    capture->populations =
        torpor_populations_new(capture->host, capture->catalogue, capture->description, error);
    return capture->populations != NULL;
}

static gboolean
add_model(TorporCapture *capture, GError **error)
{
    return add_generators(capture, error) && add_populations(capture, error) &&
           add_trees(capture, error);
}

TorporCapture *
torpor_capture_new_of_model(const TorporHost *host, const TorporCatalogue *catalogue,
                            gboolean only_parameters, GError **error)
{
    g_autoptr(TorporCapture) capture = capture_new(host, catalogue);
    capture->of_model = TRUE;
    capture->only_parameters = only_parameters;
    if (!begin(capture, error) || !describe(capture, error) || !add_model(capture, error))
        return NULL;
    torpor_sources_plan(capture->sources);
    return g_steal_pointer(&capture);
}

TorporCapture *
torpor_capture_new(const TorporHost *host, const TorporCatalogue *catalogue, TorporOutputs *outputs,
                   const TorporOrigin *origin, TorporBaseline *baseline, GError **error)
{
    g_autoptr(TorporCapture) capture = capture_new(host, catalogue);
    capture->outputs = outputs;
    if (!begin(capture, error) || !add_heading(capture, error) || !describe(capture, error))
        return NULL;
    if (baseline != NULL && torpor_baseline_step(baseline) < capture->step)
        capture->sources->baseline = torpor_baseline_ref(baseline);
    torpor_layout_put(capture->tree, capture->populations, catalogue);
    if (!add_model(capture, error))
        return NULL;
    TorporTree *tree = capture->tree;
    TorporNode *root = torpor_tree_root(tree);
    if (!torpor_outputs_save(outputs, capture->description->outputs, tree, error) ||
        (origin != NULL && !torpor_origin_put(origin, tree, error)))
        return NULL;
    TorporNode *provenance = torpor_map_put_map(tree, root, TORPOR_SECTION_PROVENANCE);
    if (!torpor_provenance_save(capture->description, capture->n_threads, tree, provenance, error))
        return NULL;
    torpor_sources_plan(capture->sources);
    return g_steal_pointer(&capture);
}
