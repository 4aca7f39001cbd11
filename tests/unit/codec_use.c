#include "host/codec_use.h"

#include "checkpoint/layout.h"
#include "msgpack/decode.h"
#include "nested_cells.h"

/* A codec for spines, wherever they are in a cell. */
typedef struct {
    guint n_saved, n_kept_aside, n_commits, n_aborts;
    guint fails_at;        /* number of the from_state that fails, from 1; 0: none */
    guint commit_fails_at; /* the same of commit */
    double *pending[3];
} Spines;

static const struct {
    const char *path;
    guint64 count;
} places[] = {{"cells/branches/spines", 6 * N_CELLS},
              {"cells/branches/tip", 2 * N_CELLS},
              {"cells/one", N_CELLS}};

static guint
place_of(const struct torpor_population *population)
{
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (!g_str_equal(population->path, places[i].path))
            continue;
        g_assert_cmpstr(population->type, ==, "spine");
        g_assert_cmpuint(population->count, ==, places[i].count);
        return i;
    }
    g_error("no spines at %s", population->path);
}

static Spine *
spine_at(const struct torpor_population *population, guint64 index)
{
    return population->layout == TORPOR_LAYOUT_POINTERS
               ? population->objects[index]
               : (Spine *)(void *)((char *)population->base + index * population->stride);
}

/* All bytes of all spines, as rows of 2 numbers. */
static gint32
spines_to_state(void *codec_data, G_GNUC_UNUSED void *host_data,
                const struct torpor_population *population, const struct torpor_tree_writer *writer,
                G_GNUC_UNUSED struct torpor_error *error)
{
    Spines *codec = codec_data;
    (void)place_of(population);
    codec->n_saved++;
    g_autofree Spine *spines = g_new(Spine, population->count);
    for (guint64 i = 0; i < population->count; i++)
        spines[i] = *spine_at(population, i);
    const struct torpor_array view = {
        .data = spines, .dtype = TORPOR_DTYPE_UINT64, .rank = 2, .shape = {population->count, 2}};
    return writer->put_array(writer->data, "bits", &view);
}

static gint32
spines_from_state(void *codec_data, G_GNUC_UNUSED void *host_data,
                  const struct torpor_population *population,
                  const struct torpor_tree_reader *reader, G_GNUC_UNUSED gint32 mismatch,
                  struct torpor_error *error)
{
    Spines *codec = codec_data;
    guint place = place_of(population);
    if (++codec->n_kept_aside == codec->fails_at) {
        g_strlcpy(error->message, "asked to fail", sizeof error->message);
        return TORPOR_STATUS_HOST;
    }
    g_assert_null(codec->pending[place]);
    codec->pending[place] = g_new(double, population->count * 2);
    const struct torpor_array view = {.data = codec->pending[place],
                                      .dtype = TORPOR_DTYPE_UINT64,
                                      .rank = 2,
                                      .shape = {population->count, 2}};
    gint32 status = reader->read_array(reader->data, "bits", &view, error);
    if (status != TORPOR_STATUS_OK)
        g_clear_pointer(&codec->pending[place], g_free);
    return status;
}

static gint32
spines_commit(void *codec_data, G_GNUC_UNUSED void *host_data,
              const struct torpor_population *population, struct torpor_error *error)
{
    Spines *codec = codec_data;
    g_autofree double *pending = g_steal_pointer(&codec->pending[place_of(population)]);
    g_assert_nonnull(pending);
    codec->n_commits++;
    for (guint64 i = 0; i < population->count; i++)
        memcpy(spine_at(population, i), pending + 2 * i, sizeof(Spine));
    if (codec->n_commits != codec->commit_fails_at)
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "asked to fail", sizeof error->message);
    return TORPOR_STATUS_HOST;
}

static void
spines_abort(void *codec_data, G_GNUC_UNUSED void *host_data,
             const struct torpor_population *population)
{
    Spines *codec = codec_data;
    g_assert_nonnull(codec->pending[place_of(population)]);
    g_clear_pointer(&codec->pending[place_of(population)], g_free);
    codec->n_aborts++;
}

static struct torpor_codec
codec_of(Spines *spines, const char *type)
{
    return (struct torpor_codec){TORPOR_CODEC_INIT,
                                 .type = type,
                                 .codec_data = spines,
                                 .to_state = spines_to_state,
                                 .from_state = spines_from_state,
                                 .commit = spines_commit,
                                 .abort = spines_abort};
}

static void
add_codec(Bench *bench, const struct torpor_codec *codec)
{
    g_autoptr(GError) error = NULL;
    torpor_catalogue_add_codec(bench->catalogue, codec, &error);
    g_assert_no_error(error);
}

/* A restore that must fail with these words, and leave the cells as they are. */
static void
refuse(Bench *bench, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autofree Cell *live = g_memdup2(bench->cells, sizeof bench->cells);
    g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
    g_assert_true(memcmp(live, bench->cells, sizeof bench->cells) == 0);
}

static void
test_codec(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    g_autoptr(GError) error = NULL;
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "thing"); /* the base's serves them too */
    add_codec(bench, &codec);
    save(bench);
    g_assert_cmpuint(spines.n_saved, ==, 3);
    fill(bench, 2);
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(bench->report, ==, "");
    g_assert_cmpuint(spines.n_commits, ==, 3);
    g_assert_cmpuint(spines.n_aborts, ==, 0);
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);

    /* One that fails, after others have prepared. */
    fill(bench, 3);
    spines.n_kept_aside = 0;
    spines.fails_at = 3;
    refuse(bench, TORPOR_STATUS_HOST, "populations/cells/one: asked to fail");
    g_assert_cmpuint(spines.n_aborts, ==, 2);
    spines.fails_at = 0;

    /* The more specific one is another. */
    struct torpor_codec own = codec_of(&spines, "spine");
    add_codec(bench, &own);
    refuse(
        bench, TORPOR_STATUS_MISMATCH,
        "branches/spines: expected a nested type \"spine\" by the codec of \"spine\", found type "
        "\"spine\" by the codec of \"thing\"");
    save(bench);
    own.flags = TORPOR_OVERRIDE;
    own.to_state = NULL;
    g_assert_false(torpor_catalogue_add_codec(bench->catalogue, &own, &error));
    g_clear_error(&error);
    own.to_state = spines_to_state;
    g_assert_true(torpor_catalogue_add_codec(bench->catalogue, &own, &error));
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
}

/* One row of what a codec wrote is one row, not a column of equal ones. */
static void
test_layout(Bench *bench, G_GNUC_UNUSED gconstpointer layout_)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    const TorporArray row = {.rank = 1, .shape = (guint64[]){1}};
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    add_codec(bench, &codec);
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&bench->host, bench->catalogue, outputs, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(TorporLayout) layout = torpor_layout_new(capture->tree);
    g_assert_cmpuint(torpor_layout_count(layout, "populations/cells/one/bits", &row), ==, 1);
    g_assert_cmpuint(torpor_layout_count(layout, "populations/cells/branches/tip/bits", &row), ==,
                     1);
    g_assert_cmpuint(torpor_layout_count(layout, "populations/cells/branches/d", &row), ==,
                     N_CELLS);
    g_assert_cmpuint(torpor_layout_count(layout, "populations/cells/V_m", &row), ==, N_CELLS);
}

/* What a codec wrote is something else, or not there, as an optional field may be. */
static void
test_no_map(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    const TorporEncodeOptions options = {.index = TRUE, .unchecked = TRUE};
    for (guint is_optional = 0; is_optional < 2; is_optional++) {
        Spines spines = {0};
        struct torpor_codec codec = codec_of(&spines, "spine");
        struct torpor_field fields[G_N_ELEMENTS(cell_fields)];
        g_autoptr(GError) error = NULL;
        memcpy(fields, cell_fields, sizeof fields);
        fields[2].flags = is_optional ? TORPOR_FIELD_OPTIONAL : 0;
        struct torpor_type other = type_of("other", 1, fields, 3, sizeof(Cell));
        declare(bench, 1);
        torpor_catalogue_add_type(bench->catalogue, &other, &error);
        bench->population.type = "other";
        add_codec(bench, &codec);
        save(bench);
        g_autofree char *bytes = NULL;
        gsize length;
        g_assert_true(g_file_get_contents(bench->path, &bytes, &length, NULL));
        g_autoptr(TorporTree) tree = torpor_decode_memory(bytes, length, "file", &error);
        g_assert_no_error(error);
        TorporNode *cells = torpor_tree_lookup(tree, "populations/cells", NULL);
        g_assert_cmpstr(cells->value.map.last->key, ==, "one");
        cells->value.map.last->kind = TORPOR_NODE_INT;
        g_assert_true(torpor_file_save(bench->path, tree, &options, TRUE, FALSE, NULL));
        refuse(bench, TORPOR_STATUS_MISMATCH,
               "one: expected the map of a nested type, found integer");
        torpor_map_remove(cells, cells->value.map.last);
        g_assert_true(torpor_file_save(bench->path, tree, &options, TRUE, FALSE, NULL));
        if (!is_optional) {
            refuse(bench, TORPOR_STATUS_MISMATCH,
                   "one: expected the map of a nested type, found none");
            continue;
        }
        restore(bench, TORPOR_MISMATCH_ERROR, &error);
        g_assert_no_error(error);
        g_assert_nonnull(strstr(bench->report, "one: not in the file (optional); the live"));
    }
}

/* From fields to a codec, and back: never taken for one another. */
static void
test_codec_comes_and_goes(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    save(bench);
    add_codec(bench, &codec);
    refuse(bench, TORPOR_STATUS_MISMATCH,
           "expected a nested type \"spine\" by the codec of \"spine\", found type \"spine\"");
    g_assert_cmpuint(spines.n_kept_aside, ==, 0);
    save(bench);
    declare(bench, 1);
    refuse(bench, TORPOR_STATUS_MISMATCH,
           "expected a nested type \"spine\", found type \"spine\" by the codec of \"spine\"");
    /* `warn` keeps what is live. */
    g_autoptr(GError) error = NULL;
    g_autofree Cell *live = g_memdup2(bench->cells, sizeof bench->cells);
    restore(bench, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(bench->report, "expected a nested type \"spine\""));
    g_assert_true(memcmp(live, bench->cells, sizeof bench->cells) == 0);
}

/* Version 1 had fields. */
static gint32
fields_to_bits(G_GNUC_UNUSED void *migration_data, const char *population_path,
               G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
               const struct torpor_tree_writer *to, struct torpor_error *error)
{
    guint64 n = g_str_equal(population_path, "cells/one")            ? 1
                : g_str_equal(population_path, "cells/branches/tip") ? 2
                                                                     : 6;
    n *= N_CELLS;
    g_autofree double *weight = g_new(double, n);
    g_autofree float *u = g_new(float, 2 * n);
    g_autofree Spine *spines = g_new(Spine, n);
    struct torpor_array view;
    gint32 status = from->describe(from->data, "weight", &view, error);
    view.data = weight;
    if (status == TORPOR_STATUS_OK)
        status = from->read_array(from->data, "weight", &view, error);
    if (status == TORPOR_STATUS_OK)
        status = from->describe(from->data, "u", &view, error);
    view.data = u;
    if (status == TORPOR_STATUS_OK)
        status = from->read_array(from->data, "u", &view, error);
    if (status != TORPOR_STATUS_OK)
        return status;
    for (guint64 i = 0; i < n; i++)
        spines[i] = (Spine){weight[i], {u[2 * i], u[2 * i + 1]}};
    const struct torpor_array bits = {
        .data = spines, .dtype = TORPOR_DTYPE_UINT64, .rank = 2, .shape = {n, 2}};
    return to->put_array(to->data, "bits", &bits);
}

/* What was saved of the cells as version 1 of their type, with version 2 of it. */
static void
restore_migrated(Bench *bench, const struct torpor_codec *codec,
                 const struct torpor_migration *migration)
{
    g_autoptr(GError) error = NULL;
    declare(bench, 2);
    add_codec(bench, codec);
    torpor_catalogue_add_migration(bench->catalogue, migration, &error);
    g_assert_no_error(error);
    fill(bench, 2);
    restore(bench, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
}

static void
test_migrated_to_codec(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "spine",
                                               .from_version = 1, .to_version = 2,
                                               .migrate = fields_to_bits};
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    save(bench);
    restore_migrated(bench, &codec, &migration);
    g_assert_cmpuint(spines.n_commits, ==, 3);
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);
}

/* Beside the bits, what a column never is. */
static gint32
more_to_state(void *codec_data, void *host_data, const struct torpor_population *population,
              const struct torpor_tree_writer *writer, struct torpor_error *error)
{
    writer->put_text(writer->data, "text", "a text");
    writer->put_bytes(writer->data, "bytes", "xy", 2);
    writer->put_int(writer->data, "number", 3);
    writer->put_nil(writer->data, "nothing");
    return spines_to_state(codec_data, host_data, population, writer, error);
}

static gint32
keep_some(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *population_path,
          G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
          const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    to->copy(to->data, "remark", from->data, "text");
    to->copy(to->data, "number", from->data, "number");
    return to->copy(to->data, "bits", from->data, "bits");
}

/* From one version of what a codec wrote to the next. */
static void
test_migrated(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "spine",
                                               .from_version = 1, .to_version = 2,
                                               .migrate = keep_some};
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    codec.to_state = more_to_state;
    add_codec(bench, &codec);
    save(bench);
    restore_migrated(bench, &codec, &migration);
    g_assert_nonnull(strstr(bench->report, "one/remark: was text before version 2"));
    g_assert_nonnull(strstr(bench->report, "one/bytes: left out by the migration to version 2"));
    g_assert_nonnull(strstr(bench->report, "one/nothing: left out by the migration"));
    g_assert_null(strstr(bench->report, "one/number"));
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);
}

/* A codec that has nothing to give back when a restore fails. */
static void
test_without_abort(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    codec.abort = NULL;
    add_codec(bench, &codec);
    save(bench);
    spines.fails_at = 3;
    refuse(bench, TORPOR_STATUS_HOST, "populations/cells/one: asked to fail");
    for (gsize i = 0; i < G_N_ELEMENTS(spines.pending); i++)
        g_free(spines.pending[i]);
}

/* A type that brings neither fields nor a codec, and one that a codec may not write back. */
static void
test_refused(Bench *bench, gconstpointer layout)
{
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "thing");
    for (guint is_constant = 0; is_constant < 2; is_constant++) {
        g_autoptr(GError) error = NULL;
        struct torpor_field fields[G_N_ELEMENTS(cell_fields)];
        memcpy(fields, cell_fields, sizeof fields);
        fields[2].target = is_constant ? "spine" : "thing";
        fields[2].flags = is_constant ? TORPOR_FIELD_CONSTANT : 0;
        declare(bench, 1);
        struct torpor_type other = type_of("other", 1, fields, 3, sizeof(Cell));
        torpor_catalogue_add_type(bench->catalogue, &other, &error);
        g_assert_no_error(error);
        if (is_constant)
            add_codec(bench, &codec);
        bench->population.type = "other";
        g_assert_null(
            torpor_capture_new(&bench->host, bench->catalogue, outputs, NULL, NULL, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
        g_assert_nonnull(strstr(error->message, is_constant ? "populations/cells/one: constant"
                                                            : "populations/cells/one: its type "
                                                              "\"thing\" has neither fields"));
    }
    bench->population.type = "cell";
    if (GPOINTER_TO_UINT(layout) != TORPOR_LAYOUT_POINTERS)
        return;
    g_autoptr(GError) error = NULL;
    bench->pointers[7] = NULL;
    g_assert_null(torpor_capture_new(&bench->host, bench->catalogue, outputs, NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_nonnull(strstr(error->message, "the host gave NULL for object 7"));
}

/* The second of three codecs' commits fails: torn, and the third is committed all the same. */
static void
test_failing_commit(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    g_autoptr(GError) error = NULL;
    Spines spines = {0};
    struct torpor_codec codec = codec_of(&spines, "spine");
    add_codec(bench, &codec);
    save(bench);
    g_autofree Cell *saved = g_memdup2(bench->cells, sizeof bench->cells);
    fill(bench, 2);
    spines.commit_fails_at = 2;
    g_assert_false(restore(bench, TORPOR_MISMATCH_ERROR, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN);
    g_assert_true(
        g_str_has_suffix(error->message, ": populations/cells/branches/tip: asked to fail"));
    g_assert_cmpuint(spines.n_commits, ==, 3);
    g_assert_cmpuint(spines.n_aborts, ==, 0);
    g_assert_true(memcmp(saved, bench->cells, sizeof bench->cells) == 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/use/codec/most-specific-wins", test_codec);
    add("/use/codec/layout", test_layout);
    add("/use/codec/comes-and-goes", test_codec_comes_and_goes);
    add("/use/codec/migrated-to", test_migrated_to_codec);
    add("/codec-use/version/migrated", test_migrated);
    add("/codec-use/abort/none", test_without_abort);
    add("/use/codec/no-map", test_no_map);
    add("/use/refused", test_refused);
    add("/codec-use/failing-commit/torn", test_failing_commit);
    return g_test_run();
}
