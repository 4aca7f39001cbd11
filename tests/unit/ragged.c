/* Fields of varying length: objects that are empty, larger than a block of the file, more than are
 * asked for at once; lengths that are all equal. */
#include "save/ragged.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "../loader/host.h"
#include "base/file.h"
#include "file/writer.h"
#include "model.h"
#include "restore/restore.h"
#include "save/capture_write.h"

#define N_OBJECTS 9001u

typedef struct {
    float (*pairs[N_OBJECTS])[2];
    guint64 n_pairs[N_OBJECTS];
    guint8 *blobs[N_OBJECTS];
    guint64 n_bytes[N_OBJECTS];
    guint64 *pending; /* lengths that were set aside, pairs and blobs alike */
} Host;

static gboolean
is_blob(const struct torpor_field *field)
{
    return field->kind == TORPOR_FIELD_BLOB;
}

static guint64 *
lengths_of(Host *host, const struct torpor_field *field)
{
    return is_blob(field) ? host->n_bytes : host->n_pairs;
}

static void *
values_of(Host *host, const struct torpor_field *field, guint64 i)
{
    return is_blob(field) ? (void *)host->blobs[i] : (void *)host->pairs[i];
}

static gint32
lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
        const struct torpor_field *field, guint64 first, guint64 count, guint64 *out,
        G_GNUC_UNUSED struct torpor_error *error)
{
    memcpy(out, lengths_of(host_data, field) + first, count * sizeof *out);
    return 0;
}

/* When it is asked for values: their place in the file is reserved by then. */
static gboolean fills_disk;
static rlim_t maximum; /* of the limit of a file's size */

static gint32
gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
       const struct torpor_field *field, guint64 first, guint64 count, const guint64 *n,
       void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    char *to = values;
    gsize size = is_blob(field) ? 1 : 2 * sizeof(float);
    const struct rlimit small = {16384, maximum};
    if (fills_disk)
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    g_assert_cmpuint((gsize)to % 16, ==, 0);
    for (guint64 i = 0; i < count; i++) {
        g_assert_cmpuint(n[i], ==, lengths_of(host_data, field)[first + i]);
        if (n[i] > 0)
            memcpy(to, values_of(host_data, field, first + i), n[i] * size);
        to += n[i] * size;
    }
    return 0;
}

static gint32
set_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            const struct torpor_field *field, guint64 first, guint64 count, const guint64 *n,
            G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    memcpy(host->pending + is_blob(field) * N_OBJECTS + first, n, count * sizeof *n);
    return 0;
}

static gint32
scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
        const struct torpor_field *field, guint64 first, guint64 count, const guint64 *n,
        const void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    const char *from = values;
    gsize size = is_blob(field) ? 1 : 2 * sizeof(float);
    for (guint64 i = 0; i < count; i++) {
        g_assert_cmpuint(n[i], ==, host->pending[is_blob(field) * N_OBJECTS + first + i]);
        void *copy = g_memdup2(from, n[i] * size);
        g_free(values_of(host, field, first + i));
        if (is_blob(field))
            host->blobs[first + i] = copy;
        else
            host->pairs[first + i] = copy;
        lengths_of(host, field)[first + i] = n[i];
        from += n[i] * size;
    }
    return 0;
}

static const struct torpor_ragged_accessor accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = lengths, .gather = gather, .set_lengths = set_lengths,
    .scatter = scatter};
static const struct torpor_field fields[] = {
    {TORPOR_FIELD_INIT, .name = "pairs", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_RAGGED, .rank = 1, .shape = {2}, .ragged_accessor = &accessor},
    {TORPOR_FIELD_INIT, .name = "queue", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_BLOB,
     .ragged_accessor = &accessor},
};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1, .name = "buffer",
                                        .fields = fields, .n_fields = G_N_ELEMENTS(fields)};

static gint32
describe(G_GNUC_UNUSED void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_population population = {TORPOR_POPULATION_INIT, .path = "buffers",
                                                 .type = "buffer", .count = N_OBJECTS,
                                                 .layout = TORPOR_LAYOUT_ACCESSORS};
    return description->add_population(description->data, &population);
}

static const struct torpor_host table = {TORPOR_HOST_INIT,
                                         .flags = TORPOR_HOST_CONCURRENT,
                                         .name = "ragged",
                                         .version = "1",
                                         .clock = fine_clock,
                                         .describe = describe,
                                         .restore_commit = fine_restore_commit};

/* varies: lengths from 0 up, three objects of some MiB among them; else 5 each. */
static Host *
host_new(guint32 seed, gboolean varies)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    Host *host = g_new0(Host, 1);
    host->pending = g_new0(guint64, (gsize)2 * N_OBJECTS);
    for (guint i = 0; i < N_OBJECTS; i++) {
        gboolean is_large = i == 0 || i == 4500 || i == N_OBJECTS - 1;
        host->n_pairs[i] = !varies ? 5 : is_large ? 700001 : (guint64)g_rand_int_range(rand, 0, 9);
        host->n_bytes[i] = !varies ? 5 : is_large ? 5000003 : (guint64)g_rand_int_range(rand, 0, 3);
        host->pairs[i] = g_malloc(MAX(host->n_pairs[i], 1) * sizeof *host->pairs[i]);
        host->blobs[i] = g_malloc(MAX(host->n_bytes[i], 1));
        for (guint64 k = 0; k < host->n_pairs[i]; k++)
            host->pairs[i][k][0] = host->pairs[i][k][1] = (float)(seed + i + k);
        for (guint64 k = 0; k < host->n_bytes[i]; k++)
            host->blobs[i][k] = (guint8)(seed + i + k);
    }
    return host;
}

static void
host_free(Host *host)
{
    for (guint i = 0; i < N_OBJECTS; i++) {
        g_free(host->pairs[i]);
        g_free(host->blobs[i]);
    }
    g_free(host->pending);
    g_free(host);
}

/* As a checkpoint is saved: what can be gathered by several threads is. */
static void
save(TorporCapture *capture, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, FALSE, &error);
    g_assert_no_error(error);
    torpor_capture_write(capture, torpor_file_writer_sink(writer), places, &error);
    g_assert_no_error(error);
    torpor_file_writer_append_index(writer, places, &error);
    g_assert_no_error(error);
    torpor_file_writer_commit(writer, &error);
    g_assert_no_error(error);
}

static void
test_round_trip(gconstpointer varies)
{
    g_autoptr(GError) error = NULL;
    Host *host = host_new(1, varies != NULL);
    Host *other = host_new(2, TRUE);
    g_autofree char *folder = model_folder_new();
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    torpor_catalogue_add_type(catalogue, &type, &error);
    g_assert_no_error(error);
    const TorporHost saved = {&table, host};
    TorporHost restored = {&table, other};
    {
        g_autoptr(TorporCapture) capture =
            torpor_capture_new(&saved, catalogue, outputs, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(capture->sources->gathers->len, ==, varies == NULL);
        save(capture, path);
    }
    for (guint64 memory_bytes = 0; memory_bytes < 2; memory_bytes++) {
        g_autoptr(TorporReport) report = torpor_report_new(&restored, TORPOR_MISMATCH_ERROR);
        TorporCheckpointFile *checkpoint =
            torpor_checkpoint_file_open(path, &restored, memory_bytes, &error);
        g_assert_no_error(error);
        g_autoptr(TorporRestore) restore =
            torpor_restore_prepare(&restored, catalogue, outputs, checkpoint, report, &error);
        g_assert_no_error(error);
        torpor_restore_commit(restore, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < N_OBJECTS; i++) {
            g_assert_cmpmem(host->pairs[i], host->n_pairs[i] * sizeof *host->pairs[i],
                            other->pairs[i], other->n_pairs[i] * sizeof *other->pairs[i]);
            g_assert_cmpmem(host->blobs[i], host->n_bytes[i], other->blobs[i], other->n_bytes[i]);
        }
        host_free(other);
        other = host_new(3, TRUE);
        restored.data = other;
    }
    model_folder_remove(folder);
    host_free(host);
    host_free(other);
}

/* What a thread gathers cannot be written where it belongs. */
static void
test_fill_fails(void)
{
    g_autoptr(GError) error = NULL;
    Host *host = host_new(1, FALSE);
    g_autofree char *folder = model_folder_new();
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_assert_true(torpor_catalogue_add_type(catalogue, &type, &error));
    const TorporHost saved = {&table, host};
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&saved, catalogue, outputs, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, FALSE, &error);
    g_assert_no_error(error);
    struct rlimit before;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    maximum = before.rlim_max;
    fills_disk = TRUE;
    gboolean is_written =
        torpor_capture_write(capture, torpor_file_writer_sink(writer), places, &error);
    fills_disk = FALSE;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_assert_false(is_written);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    g_assert_nonnull(strstr(error->message, path));
    torpor_file_writer_abort(writer);
    g_assert_cmpint(g_rmdir(folder), ==, 0); /* nothing is left in it */
    host_free(host);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/ragged/varying/round-trip", "varies", test_round_trip);
    g_test_add_data_func("/ragged/equal-lengths/round-trip", NULL, test_round_trip);
    g_test_add_func("/ragged/equal-lengths/file-too-large", test_fill_fails);
    return g_test_run();
}
