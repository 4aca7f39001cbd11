/* Values that no host can have: bools that are neither 0 nor 1, in arrays, lists and defaults; and
 * lists that are constant, but are not what the host has built. */
#include "restore/incoming_column.h"

#include <stdbool.h>
#include <stdlib.h>
#include <xxhash.h>

#include "../loader/host.h"
#include "file/index.h"
#include "model.h"
#include "msgpack/trailer.h"
#include "saved_file.h"

#define N_CELLS_HERE 3u
#define N_MARKS 5u

typedef struct {
    bool is_on[2];
    bool *marks;
    guint64 n_marks;
    double *taus; /* constant */
    guint64 n_taus;
} Cell;

typedef struct {
    Cell cells[N_CELLS_HERE];
    TorporHost host;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    char *folder;
    char *path;
} Network;

static const struct torpor_field fields[] = {
    TORPOR_FIELD(Cell, is_on, NULL),
    TORPOR_LIST(Cell, marks, n_marks, NULL),
    TORPOR_LIST(Cell, taus, n_taus, "ms", .flags = TORPOR_FIELD_CONSTANT),
};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1,
                                        .name = "cell",   .fields = fields,
                                        .n_fields = 3,    .object_size = sizeof(Cell)};

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_population cells = {TORPOR_POPULATION_INIT,
                                            .path = "cells",
                                            .type = "cell",
                                            .count = N_CELLS_HERE,
                                            .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                            .base = ((Network *)host_data)->cells,
                                            .stride = sizeof(Cell)};
    return description->add_population(description->data, &cells);
}

static const struct torpor_host table = {
    TORPOR_HOST_INIT,    .name = "cells",      .version = "1",
    .clock = fine_clock, .describe = describe, .restore_commit = fine_restore_commit};

static void
set_up(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < N_CELLS_HERE; i++) {
        Cell *cell = &network->cells[i];
        cell->n_marks = N_MARKS;
        cell->marks = calloc(N_MARKS, sizeof *cell->marks);
        cell->n_taus = i;
        cell->taus = calloc(N_CELLS_HERE, sizeof *cell->taus);
        cell->taus[0] = 10 + i;
    }
    network->host = (TorporHost){&table, network};
    network->catalogue = torpor_catalogue_new();
    network->outputs = torpor_outputs_new();
    network->folder = model_folder_new();
    network->path = g_build_filename(network->folder, "x.msgpack", NULL);
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &type, &error));
}

static void
tear_down(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < N_CELLS_HERE; i++) {
        free(network->cells[i].marks);
        free(network->cells[i].taus);
    }
    torpor_catalogue_free(network->catalogue);
    torpor_outputs_free(network->outputs);
    model_folder_remove(network->folder);
    g_free(network->folder);
    g_free(network->path);
}

static void
save(Network *network)
{
    g_autoptr(GError) error = NULL;
    saved_file_write(network->path, &network->host, network->catalogue, network->outputs, TRUE,
                     &error);
    g_assert_no_error(error);
}

static void
assert_refused(Network *network, gint status, const char *words)
{
    for (guint64 memory_bytes = 0; memory_bytes < 2; memory_bytes++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(saved_file_restore(network->path, &network->host, network->catalogue,
                                          network->outputs, memory_bytes, TORPOR_MISMATCH_ERROR,
                                          NULL, &error));
        g_assert_error(error, TORPOR_ERROR, status);
        if (strstr(error->message, words) == NULL)
            g_error("expected \"%s\" in: %s", words, error->message);
    }
}

/* Change one byte of an array of so many, the first after this key, as a program with an error of
 * its own may write it: the checksums are right. */
static void
change_byte(const Network *network, const char *key, char n_bytes, gsize place, guint8 value)
{
    g_autofree char *text = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(network->path, &text, &length, NULL));
    guint64 index_place;
    memcpy(&index_place, text + length - TORPOR_TRAILER_BYTES + 16, sizeof index_place);
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_byte_array_append(file, (const guint8 *)text, (guint)index_place);
    const char head[] = {'\xc4', n_bytes};
    guint8 *found = memmem(file->data, file->len, key, strlen(key));
    g_assert_nonnull(found);
    found = memmem(found, (gsize)(file->data + file->len - found), head, sizeof head);
    g_assert_nonnull(found);
    found[sizeof head + place] = value;
    const TorporRange range = {0, file->len, XXH3_64bits(file->data, file->len)};
    g_autoptr(TorporPlaces) places = torpor_places_new();
    g_autoptr(GBytes) index = torpor_index_encode(&range, 1, places, file->len, NULL);
    g_byte_array_append(file, g_bytes_get_data(index, NULL), (guint)g_bytes_get_size(index));
    g_assert_true(
        g_file_set_contents(network->path, (const char *)file->data, (gssize)file->len, NULL));
}

static void
test_bool(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    network->cells[0].is_on[1] = true;
    save(network);
    change_byte(network, "is_on", 6, 3, 2);
    assert_refused(
        network, TORPOR_STATUS_DAMAGED,
        "in \"populations/cells/is_on\": element 3 of a bool array is 2, expected 0 or 1");
}

static void
test_bool_in_list(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    save(network);
    change_byte(network, "marks", N_CELLS_HERE * N_MARKS, 13, 255);
    assert_refused(network, TORPOR_STATUS_DAMAGED,
                   "element 13 of a bool array is 255, expected 0 or 1");
}

/* The default of a field that the file does not have. */
static void
test_bool_default(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    const guint8 nonsense[2] = {0, 2};
    const struct torpor_field with_default =
        TORPOR_FIELD(Cell, is_on, NULL, .flags = TORPOR_FIELD_OPTIONAL, .default_value = nonsense);
    const struct torpor_type newer = {TORPOR_TYPE_INIT, .version = 1,
                                      .name = "cell",   .fields = &with_default,
                                      .n_fields = 1,    .object_size = sizeof(Cell)};
    struct torpor_type older = type;
    older.fields++;
    older.n_fields--;
    torpor_catalogue_free(network->catalogue);
    network->catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &older, &error));
    save(network);
    torpor_catalogue_free(network->catalogue);
    network->catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &newer, &error));
    g_autoptr(GError) refusal = NULL;
    g_assert_false(saved_file_restore(network->path, &network->host, network->catalogue,
                                      network->outputs, 0, TORPOR_MISMATCH_WARN, NULL, &refusal));
    g_assert_nonnull(strstr(refusal->message, "is_on: object 0: expected a bool, 0 or 1, found 2"));
}

/* What a migration makes of a list is the host's, and in no file. */
static gint32
make_marks(void *migration_data, G_GNUC_UNUSED const char *population_path,
           G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
           const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_array marks = {.data = migration_data,
                                       .dtype = TORPOR_DTYPE_BOOL,
                                       .rank = 1,
                                       .shape = {N_CELLS_HERE * N_MARKS}};
    to->copy(to->data, "is_on", from->data, "is_on");
    to->copy(to->data, "taus", from->data, "taus");
    to->begin_map(to->data, "marks");
    to->put_array(to->data, "values", &marks);
    to->copy(to->data, "counts", from->data, "marks/counts");
    return to->end_map(to->data);
}

static void
test_bool_of_migration(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    guint8 marks[N_CELLS_HERE * N_MARKS] = {1};
    const struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "cell",
                                               .from_version = 1,     .to_version = 2,
                                               .migrate = make_marks, .migration_data = marks};
    struct torpor_type newer = type;
    newer.version = 2;
    save(network);
    torpor_catalogue_free(network->catalogue);
    network->catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &newer, &error));
    g_assert_true(torpor_catalogue_add_migration(network->catalogue, &migration, &error));
    g_assert_true(saved_file_restore(network->path, &network->host, network->catalogue,
                                     network->outputs, 0, TORPOR_MISMATCH_ERROR, NULL, &error));
    g_assert_true(network->cells[0].marks[0]);
    marks[13] = 2;
    assert_refused(network, TORPOR_STATUS_MISMATCH,
                   "cells/marks: value 13: expected a bool, 0 or 1, found 2");
}

static void
test_constant_list(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    save(network);
    saved_file_restore(network->path, &network->host, network->catalogue, network->outputs, 0,
                       TORPOR_MISMATCH_ERROR, NULL, &error);
    g_assert_no_error(error);
    network->cells[2].taus[1] = 1;
    assert_refused(network, TORPOR_STATUS_MISMATCH,
                   "cells/taus: object 2: expected the values that the host built");
    network->cells[2].taus[1] = 0;
    network->cells[1].n_taus = 2;
    assert_refused(network, TORPOR_STATUS_MISMATCH,
                   "cells/taus: object 1: expected the values that the host built");
}

#define ADD(path, test) g_test_add("/incoming-column/" path, Network, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("bool/refused", test_bool);
    ADD("bool/in-list-refused", test_bool_in_list);
    ADD("bool/default-refused", test_bool_default);
    ADD("bool/of-migration-refused", test_bool_of_migration);
    ADD("constant-list/another-refused", test_constant_list);
    return g_test_run();
}
