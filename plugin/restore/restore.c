#include "restore/restore.h"

#include <string.h>

#include "checkpoint/provenance.h"
#include "checkpoint/rollback.h"
#include "checkpoint/section.h"
#include "host/host_array.h"
#include "host/section_names.h"
#include "host/tree_reader.h"
#include "restore/commit.h"
#include "restore/match_population.h"

/* The state of a generator, read and converted, ready for the commit. */
typedef struct {
    struct torpor_array state;
    guint64 byte_length;
    char *bytes;
} Generator;

struct _TorporRestore {
    const TorporHost *host; /* (not owned) */
    TorporCheckpointFile *checkpoint;
    TorporReport *report; /* (not owned) */
    struct torpor_clock clock;
    TorporDescription *description;
    TorporPopulations *populations;
    TorporOutputs *outputs; /* (not owned) */
    TorporMatch *match;
    GPtrArray *generators;
    TorporCommit *commit;
    TorporRollback *rollback;
    gboolean begun;
    gboolean are_cut; /* the outputs */
    gboolean committed;
};

static void
generator_free(gpointer data)
{
    Generator *generator = data;
    g_free(generator->bytes);
    g_free(generator);
}

/* Abort in reverse order: the last that prepared comes first. */
static void
abort_prepared(TorporRestore *restore)
{
    const GArray *prepared = restore->match == NULL ? NULL : restore->match->prepared;
    for (guint i = prepared == NULL ? 0 : prepared->len; i > 0; i--) {
        const TorporPrepared *one = &g_array_index(prepared, TorporPrepared, i - 1);
        if (one->codec != NULL && one->codec->abort != NULL)
            one->codec->abort(one->codec->codec_data, restore->host->data, one->population);
        else if (one->tree != NULL && one->tree->abort != NULL)
            one->tree->abort(one->tree->tree_data);
    }
    if (restore->begun && restore->host->table->restore_abort != NULL)
        restore->host->table->restore_abort(restore->host->data);
}

void
torpor_restore_free(TorporRestore *restore)
{
    if (restore == NULL)
        return;
    if (!restore->committed)
        abort_prepared(restore);
    g_clear_pointer(&restore->rollback, torpor_rollback_free);
    g_clear_pointer(&restore->commit, torpor_commit_free);
    g_clear_pointer(&restore->generators, g_ptr_array_unref);
    g_clear_pointer(&restore->match, torpor_match_free);
    g_clear_pointer(&restore->populations, torpor_populations_free);
    g_clear_pointer(&restore->description, torpor_description_free);
    g_clear_pointer(&restore->checkpoint, torpor_checkpoint_file_free);
    g_free(restore);
}

/* The file's time in the host's own unit. */
static gboolean
prepare_clock(TorporRestore *restore, GError **error)
{
    struct torpor_clock now;
    if (!torpor_host_clock(restore->host, &now, error))
        return FALSE;
    const TorporUnit *unit = torpor_unit_lookup(now.unit, NULL); /* torpor_host_clock knew it */
    TorporConversion convert;
    if (!torpor_conversion_new(restore->checkpoint->time_unit, unit, TORPOR_DTYPE_FLOAT64, &convert,
                               error)) {
        g_prefix_error(error, "clock: ");
        return FALSE;
    }
    restore->clock = (struct torpor_clock){TORPOR_CLOCK_INIT, .time = restore->checkpoint->time,
                                           .unit = now.unit, .step = restore->checkpoint->step};
    torpor_convert_values(&convert, 1, &restore->clock.time);
    if (!convert.is_identity)
        torpor_report_conversion(restore->report, TORPOR_SECTION_CLOCK,
                                 restore->checkpoint->time_unit, unit);
    return TRUE;
}

static gboolean
begin(TorporRestore *restore, GError **error)
{
    const struct torpor_host *table = restore->host->table;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = table->restore_begin == NULL
                        ? TORPOR_STATUS_OK
                        : table->restore_begin(restore->host->data, &restore->clock, &failure);
    restore->begun = torpor_host_result(status, &failure, error, "the host's restore_begin");
    return restore->begun;
}

/* Ranks hold different parts of a network; threads may come and go. */
static gboolean
check_rank(TorporRestore *restore, GError **error)
{
    guint32 live_ranks = torpor_host_n_ranks(restore->host);
    guint32 live_rank = torpor_host_rank(restore->host);
    const TorporNode *host =
        torpor_checkpoint_file_section(restore->checkpoint, TORPOR_SECTION_HOST);
    guint64 ranks = 0; /* no checkpoint has 0: it was not found */
    guint64 rank = 0;
    if (torpor_checkpoint_file_uint(host, TORPOR_KEY_RANKS, &ranks) &&
        torpor_checkpoint_file_uint(host, TORPOR_KEY_RANK, &rank) && ranks == live_ranks &&
        rank == live_rank)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "host: expected the part of rank %u of %u, found that of rank %" G_GUINT64_FORMAT
                " of %" G_GUINT64_FORMAT,
                live_rank, live_ranks, rank, ranks);
    return FALSE;
}

/* ---- generators ---- */

/* May the mismatch policy decide about this error? Any other fails the restore. */
static gboolean
is_difference(const GError *error)
{
    return g_error_matches(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH) ||
           g_error_matches(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND) ||
           g_error_matches(error, TORPOR_ERROR, TORPOR_STATUS_UNIT);
}

/* Read the file's state of a generator. */
static gboolean
read_generator(TorporRestore *restore, const struct torpor_generator *listed,
               const TorporNode *node, Generator *generator, GError **error)
{
    const char *algorithm;
    if (!torpor_checkpoint_file_text(restore->checkpoint, node, TORPOR_KEY_ALGORITHM, &algorithm,
                                     error))
        return FALSE;
    if (g_strcmp0(algorithm, listed->algorithm) != 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "expected algorithm %s, found %s",
                    listed->algorithm, algorithm == NULL ? "none" : algorithm);
        return FALSE;
    }
    generator->bytes = g_try_malloc(MAX(generator->byte_length, 1));
    if (generator->bytes == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                            "no memory for its state");
        return FALSE;
    }
    struct torpor_array room = generator->state;
    room.data = generator->bytes;
    room.stride = 0;
    g_auto(TorporTreeReader) reader = {0};
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_GENERATORS "/%s", listed->path);
    torpor_tree_reader_init(&reader, restore->checkpoint->file, node, path, restore->report);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = reader.slots.read_array(reader.slots.data, TORPOR_KEY_STATE, &room, &failure);
    return torpor_host_result(status, &failure, error, "its state cannot be taken");
}

static gboolean
prepare_generator(TorporRestore *restore, const struct torpor_generator *listed,
                  const TorporNode *saved, GError **error)
{
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_GENERATORS "/%s", listed->path);
    const TorporUnit *unit;
    Generator *generator = g_new0(Generator, 1);
    g_ptr_array_add(restore->generators, generator);
    generator->state = listed->state;
    if (!torpor_host_array_check(&listed->state, &unit, &generator->byte_length, error)) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    const TorporNode *node = saved == NULL ? NULL : torpor_section_find(saved, listed->path);
    GError *difference = NULL;
    if (node == NULL)
        g_set_error_literal(&difference, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                            "expected a generator, found none");
    else if (read_generator(restore, listed, node, generator, &difference))
        return TRUE;
    if (!is_difference(difference)) {
        g_prefix_error(&difference, "%s: ", path);
        g_propagate_error(error, difference);
        return FALSE;
    }
    g_ptr_array_set_size(restore->generators, (gint)restore->generators->len - 1);
    return torpor_report_mismatch_error(restore->report, path, difference, error);
}

static gboolean
prepare_generators(TorporRestore *restore, GError **error)
{
    const GPtrArray *described = restore->description->generators;
    const TorporNode *saved =
        torpor_checkpoint_file_section(restore->checkpoint, TORPOR_SECTION_GENERATORS);
    g_autoptr(TorporTree) live = torpor_tree_new();
    g_autoptr(TorporSection) section = torpor_section_new(live, TORPOR_SECTION_GENERATORS);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_generator *listed = g_ptr_array_index(described, i);
        if (torpor_section_add(section, listed->path, error) == NULL ||
            !torpor_host_text_check("algorithm of a generator", listed->algorithm, error) ||
            !prepare_generator(restore, listed, saved, error))
            return FALSE;
    }
    return torpor_section_report_rest(section, saved, restore->report, error);
}

/* ---- trees ---- */

static gboolean
prepare_tree(TorporRestore *restore, const struct torpor_tree *listed, const TorporNode *saved,
             GError **error)
{
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_TREES "/%s", listed->path);
    if (listed->from_state == NULL || listed->commit == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: from_state and commit must not be NULL", path);
        return FALSE;
    }
    if ((listed->flags & TORPOR_TREE_OF_RANK) != 0 &&
        torpor_checkpoint_file_n_ranks(restore->checkpoint) != torpor_host_n_ranks(restore->host))
        return TRUE;
    const TorporNode *node = saved == NULL ? NULL : torpor_section_find(saved, listed->path);
    if (node == NULL)
        return torpor_report_mismatch(restore->report, TORPOR_STATUS_MISMATCH, path, "a tree",
                                      "none", error);
    g_auto(TorporTreeReader) reader = {0};
    torpor_tree_reader_init(&reader, restore->checkpoint->file, node, path, restore->report);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status =
        listed->from_state(listed->tree_data, &reader.slots, restore->report->mismatch, &failure);
    if (!torpor_host_result(status, &failure, error, "%s", path))
        return FALSE;
    TorporPrepared prepared = {.tree = listed};
    g_array_append_val(restore->match->prepared, prepared);
    return TRUE;
}

static gboolean
prepare_trees(TorporRestore *restore, GError **error)
{
    const GPtrArray *described = restore->description->trees;
    const TorporNode *saved =
        torpor_checkpoint_file_section(restore->checkpoint, TORPOR_SECTION_TREES);
    g_autoptr(TorporTree) live = torpor_tree_new();
    g_autoptr(TorporSection) section = torpor_section_new(live, TORPOR_SECTION_TREES);
    for (guint i = 0; i < described->len; i++) {
        const struct torpor_tree *listed = g_ptr_array_index(described, i);
        if (torpor_section_add(section, listed->path, error) == NULL ||
            !prepare_tree(restore, listed, saved, error))
            return FALSE;
    }
    return torpor_section_report_rest(section, saved, restore->report, error);
}

/* ---- all ---- */

static gboolean
check_lists(const TorporRestore *restore, GError **error)
{
    for (guint i = 0; i < restore->populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(restore->populations->in_order, i);
        if (!torpor_live_fields_agree(population->live_fields, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
prepare(TorporRestore *restore, const TorporCatalogue *catalogue, GError **error)
{
    if (!prepare_clock(restore, error) || !begin(restore, error))
        return FALSE;
    torpor_provenance_compare(torpor_tree_root(restore->checkpoint->tree), restore->report);
    restore->description = torpor_description_new(restore->host, error);
    if (restore->description == NULL)
        return FALSE;
    restore->populations =
        torpor_populations_new(restore->host, catalogue, restore->description, error);
    if (restore->populations == NULL ||
        !torpor_checkpoint_file_join(restore->checkpoint, restore->host, restore->populations,
                                     restore->description, error) ||
        !check_rank(restore, error))
        return FALSE;
    restore->match = torpor_match_new(restore->host, catalogue, restore->checkpoint,
                                      restore->populations, restore->report);
    restore->generators = g_ptr_array_new_with_free_func(generator_free);
    if (!torpor_match_populations(restore->match, error) || !check_lists(restore, error) ||
        !prepare_generators(restore, error) || !prepare_trees(restore, error))
        return FALSE;
    restore->commit = torpor_commit_new(restore->host, restore->match->incoming_columns, error);
    if (restore->commit == NULL)
        return FALSE;
    restore->rollback = torpor_rollback_prepare(
        restore->outputs, restore->description->outputs,
        torpor_checkpoint_file_section(restore->checkpoint, TORPOR_SECTION_OUTPUTS),
        restore->report, error);
    return restore->rollback != NULL;
}

static gboolean
check_model(const TorporRestore *restore, GError **error)
{
    g_autofree char *difference = NULL;
    if (!torpor_checkpoint_file_check_model(restore->checkpoint, restore->host,
                                            restore->report->fingerprint, &difference, error))
        return FALSE;
    if (difference != NULL)
        torpor_report_warning(restore->report, TORPOR_SECTION_FINGERPRINT,
                              "%s; it is taken for the same model, as option fingerprint says",
                              difference + strlen(TORPOR_SECTION_FINGERPRINT ": "));
    return TRUE;
}

TorporRestore *
torpor_restore_prepare(const TorporHost *host, const TorporCatalogue *catalogue,
                       TorporOutputs *outputs, TorporCheckpointFile *checkpoint,
                       TorporReport *report, GError **error)
{
    g_autoptr(TorporRestore) restore = g_new0(TorporRestore, 1);
    restore->host = host;
    restore->checkpoint = checkpoint;
    restore->report = report;
    restore->outputs = outputs;
    if (!check_model(restore, error)) /* names the file itself */
        return NULL;
    if (!prepare(restore, catalogue, error)) {
        g_prefix_error(error, "%s: ", checkpoint->path);
        return NULL;
    }
    return g_steal_pointer(&restore);
}

static gboolean
commit_prepared(const TorporRestore *restore, const TorporPrepared *one, GError **error)
{
    struct torpor_error failure = torpor_host_error_new();
    if (one->codec != NULL) {
        gint32 status = one->codec->commit(one->codec->codec_data, restore->host->data,
                                           one->population, &failure);
        return torpor_host_result(status, &failure, error, "populations/%s", one->population->path);
    }
    gint32 status = one->tree->commit(one->tree->tree_data, &failure);
    return torpor_host_result(status, &failure, error, "trees/%s", one->tree->path);
}

/* Everything, whatever fails on the way: *failure is the first failure. */
static void
commit(TorporRestore *restore, GError **failure)
{
    const TorporHost *host = restore->host;
    (void)torpor_commit_run(restore->commit, failure);
    for (guint i = 0; i < restore->generators->len; i++) {
        const Generator *generator = g_ptr_array_index(restore->generators, i);
        torpor_host_array_write(&generator->state, 0, generator->byte_length, generator->bytes);
    }
    for (guint i = 0; i < restore->match->prepared->len; i++)
        (void)commit_prepared(restore, &g_array_index(restore->match->prepared, TorporPrepared, i),
                              *failure == NULL ? failure : NULL);
    (void)torpor_rollback_commit(restore->rollback, *failure == NULL ? failure : NULL);
    struct torpor_error text = torpor_host_error_new();
    gint32 status = host->table->restore_commit(host->data, &restore->clock, &text);
    (void)torpor_host_result(status, &text, *failure == NULL ? failure : NULL,
                             "the host's restore_commit");
}

const TorporPopulations *
torpor_restore_populations(const TorporRestore *restore)
{
    return restore->populations;
}

gboolean
torpor_restore_loses_bytes(const TorporRestore *restore)
{
    return torpor_rollback_loses_bytes(restore->rollback);
}

gboolean
torpor_restore_cut_outputs(TorporRestore *restore, GError **error)
{
    if (!restore->are_cut)
        restore->are_cut =
            torpor_outputs_hold(restore->outputs, restore->description->outputs, error) &&
            torpor_rollback_truncate(restore->rollback, error);
    return restore->are_cut;
}

gboolean
torpor_restore_commit(TorporRestore *restore, GError **error)
{
    if (!torpor_restore_cut_outputs(restore, error))
        return FALSE;
    /* From here on the host's memory changes: there is no way back. */
    restore->committed = TRUE;
    g_autoptr(GError) failure = NULL;
    commit(restore, &failure);
    if (failure == NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN,
                "the restore of %s failed while it was writing; the state in memory is unusable, "
                "start the program again: %s",
                restore->checkpoint->path, failure->message);
    return FALSE;
}
