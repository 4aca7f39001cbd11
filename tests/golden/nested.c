/* golden-nested save FILE: what nested.msgpack is: types inside types (ragged values, blobs, a
 * codec), a population that a codec saves, and an output file. golden-nested restore FILE: "digest
 * <sha256 of the restored state and the output file>", or "status <number>: <error>". Works in the
 * current folder, where it leaves spikes.txt. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "../unit/saved_file.h"

#define N 6u
#define OUTPUT "spikes.txt"
#define SAVED_LINES "0.1 3\n0.4 1\n2.5 5\n"
#define LATER_LINES "2.6 0\n"

/* ---- state ---- */

typedef struct {
    double Ca;
    gint32 mode;
} Soma;

typedef struct {
    double delay;
} Axon;

typedef struct {
    double V_m;
    Soma soma[2]; /* by a codec */
    Axon axon;    /* with a trace and a code, elsewhere */
} Cell;

typedef struct {
    double gain;
} Gate; /* by a codec */

typedef struct {
    Cell cells[N];
    Gate gates[3];
    guint64 trace_lengths[N], code_lengths[N];
    float traces[N][N];
    guint8 codes[N][N];
    guint64 step;
    /* Kept aside by prepare. */
    Soma pending_soma[2 * N];
    Gate pending_gates[3];
} Model;

static void
fill(Model *model, guint32 seed)
{
    guint32 x = seed;
#define NEXT (x = x * 1664525u + 1013904223u, x >> 8)
    for (guint i = 0; i < N; i++) {
        model->cells[i].V_m = -70 + NEXT / 1e6;
        for (guint j = 0; j < 2; j++) {
            model->cells[i].soma[j].Ca = NEXT / 1e7;
            model->cells[i].soma[j].mode = (gint32)(NEXT % 7) - 3;
        }
        model->cells[i].axon.delay = 1 + NEXT / 1e8;
        model->trace_lengths[i] = NEXT % N;
        model->code_lengths[i] = NEXT % N;
        for (guint j = 0; j < N; j++) {
            model->traces[i][j] = j < model->trace_lengths[i] ? (float)NEXT / 1e5f : 0;
            model->codes[i][j] = j < model->code_lengths[i] ? (guint8)NEXT : 0;
        }
    }
    for (guint i = 0; i < 3; i++)
        model->gates[i].gain = NEXT / 1e3;
    model->step = seed;
#undef NEXT
}

/* ---- ragged values and blobs of the axons ---- */

static gboolean
is_trace(const struct torpor_field *field)
{
    return strcmp(field->name, "trace") == 0;
}

static gint32
get_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            const struct torpor_field *field, guint64 first, guint64 count, guint64 *lengths,
            G_GNUC_UNUSED struct torpor_error *error)
{
    const Model *model = host_data;
    memcpy(lengths, (is_trace(field) ? model->trace_lengths : model->code_lengths) + first,
           count * sizeof *lengths);
    return TORPOR_STATUS_OK;
}

static gint32
gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
       const struct torpor_field *field, guint64 first, guint64 count, const guint64 *lengths,
       void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = host_data;
    char *to = values;
    for (guint64 i = 0; i < count; i++) {
        gsize bytes = lengths[i] * (is_trace(field) ? sizeof(float) : 1);
        const void *from = is_trace(field) ? (const void *)model->traces[first + i]
                                           : (const void *)model->codes[first + i];
        memcpy(to, from, bytes);
        to += bytes;
    }
    return TORPOR_STATUS_OK;
}

static gint32
set_lengths(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
            guint64 count, const guint64 *lengths, G_GNUC_UNUSED struct torpor_error *error)
{
    for (guint64 i = 0; i < count; i++)
        if (lengths[i] > N)
            return TORPOR_STATUS_LIMIT;
    return TORPOR_STATUS_OK;
}

static gint32
scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
        const struct torpor_field *field, guint64 first, guint64 count, const guint64 *lengths,
        const void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = host_data;
    const char *from = values;
    for (guint64 i = 0; i < count; i++) {
        void *to =
            is_trace(field) ? (void *)model->traces[first + i] : (void *)model->codes[first + i];
        gsize bytes = lengths[i] * (is_trace(field) ? sizeof(float) : 1);
        memset(to, 0, N * (is_trace(field) ? sizeof(float) : 1));
        memcpy(to, from, bytes);
        from += bytes;
        (is_trace(field) ? model->trace_lengths : model->code_lengths)[first + i] = lengths[i];
    }
    return TORPOR_STATUS_OK;
}

static const struct torpor_ragged_accessor accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = get_lengths, .gather = gather,
    .set_lengths = set_lengths, .scatter = scatter};

/* ---- codecs ---- */

static Soma *
soma_at(const struct torpor_population *population, guint64 i)
{
    return population->layout == TORPOR_LAYOUT_POINTERS
               ? population->objects[i]
               : (Soma *)(void *)((char *)population->base + i * population->stride);
}

static gint32
soma_to_state(G_GNUC_UNUSED void *codec_data, G_GNUC_UNUSED void *host_data,
              const struct torpor_population *population, const struct torpor_tree_writer *writer,
              G_GNUC_UNUSED struct torpor_error *error)
{
    double Ca[2 * N];
    gint32 mode[2 * N];
    for (guint64 i = 0; i < population->count; i++) {
        Ca[i] = soma_at(population, i)->Ca;
        mode[i] = soma_at(population, i)->mode;
    }
    const struct torpor_array Ca_view = {.data = Ca,
                                         .unit = "mM",
                                         .dtype = TORPOR_DTYPE_FLOAT64,
                                         .rank = 1,
                                         .shape = {population->count}};
    const struct torpor_array mode_view = {
        .data = mode, .dtype = TORPOR_DTYPE_INT32, .rank = 1, .shape = {population->count}};
    writer->put_text(writer->data, "kind", "calcium");
    writer->put_array(writer->data, "Ca", &Ca_view);
    return writer->put_array(writer->data, "mode", &mode_view);
}

static gint32
soma_from_state(G_GNUC_UNUSED void *codec_data, void *host_data,
                const struct torpor_population *population, const struct torpor_tree_reader *reader,
                G_GNUC_UNUSED gint32 mismatch, struct torpor_error *error)
{
    Model *model = host_data;
    double Ca[2 * N];
    gint32 mode[2 * N];
    const struct torpor_array Ca_view = {.data = Ca,
                                         .unit = "mM",
                                         .dtype = TORPOR_DTYPE_FLOAT64,
                                         .rank = 1,
                                         .shape = {population->count}};
    const struct torpor_array mode_view = {
        .data = mode, .dtype = TORPOR_DTYPE_INT32, .rank = 1, .shape = {population->count}};
    const char *kind;
    gint32 status = reader->get_text(reader->data, "kind", &kind, error);
    if (status == TORPOR_STATUS_OK)
        status = reader->read_array(reader->data, "Ca", &Ca_view, error);
    if (status == TORPOR_STATUS_OK)
        status = reader->read_array(reader->data, "mode", &mode_view, error);
    for (guint64 i = 0; status == TORPOR_STATUS_OK && i < population->count; i++)
        model->pending_soma[i] = (Soma){.Ca = Ca[i], .mode = mode[i]};
    return status;
}

static gint32
soma_commit(G_GNUC_UNUSED void *codec_data, void *host_data,
            const struct torpor_population *population, G_GNUC_UNUSED struct torpor_error *error)
{
    const Model *model = host_data;
    for (guint64 i = 0; i < population->count; i++)
        *soma_at(population, i) = model->pending_soma[i];
    return TORPOR_STATUS_OK;
}

static gint32
gates_to_state(G_GNUC_UNUSED void *codec_data, void *host_data,
               const struct torpor_population *population, const struct torpor_tree_writer *writer,
               G_GNUC_UNUSED struct torpor_error *error)
{
    const Model *model = host_data;
    writer->begin_map(writer->data, "gains");
    for (guint64 i = 0; i < population->count; i++) {
        char key[24];
        g_snprintf(key, sizeof key, "gate-%" G_GUINT64_FORMAT, i);
        writer->put_float(writer->data, key, model->gates[i].gain);
    }
    return writer->end_map(writer->data);
}

static gint32
gates_from_state(G_GNUC_UNUSED void *codec_data, void *host_data,
                 const struct torpor_population *population,
                 const struct torpor_tree_reader *reader, G_GNUC_UNUSED gint32 mismatch,
                 struct torpor_error *error)
{
    Model *model = host_data;
    gint32 status = TORPOR_STATUS_OK;
    for (guint64 i = 0; status == TORPOR_STATUS_OK && i < population->count; i++) {
        char path[32];
        g_snprintf(path, sizeof path, "gains/gate-%" G_GUINT64_FORMAT, i);
        status = reader->get_float(reader->data, path, &model->pending_gates[i].gain, error);
    }
    return status;
}

static gint32
gates_commit(G_GNUC_UNUSED void *codec_data, void *host_data,
             G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = host_data;
    memcpy(model->gates, model->pending_gates, sizeof model->gates);
    return TORPOR_STATUS_OK;
}

/* ---- types ---- */

static const struct torpor_field axon_fields[] = {
    {TORPOR_FIELD_INIT, .name = "delay", .unit = "ms", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "trace", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_RAGGED, .ragged_accessor = &accessor},
    {TORPOR_FIELD_INIT, .name = "code", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_BLOB,
     .ragged_accessor = &accessor},
};
static const struct torpor_field cell_fields[] = {
    {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "soma", .kind = TORPOR_FIELD_NESTED, .rank = 1, .shape = {2},
     .offset = offsetof(Cell, soma), .target = "soma"},
    {TORPOR_FIELD_INIT, .name = "axon", .kind = TORPOR_FIELD_NESTED, .offset = offsetof(Cell, axon),
     .target = "axon"},
};
#define TYPE(name_, fields_, n_fields_, object)                                                    \
    {                                                                                              \
        TORPOR_TYPE_INIT, .version = 1, .name = name_, .fields = fields_, .n_fields = n_fields_,   \
                          .object_size = sizeof(object)                                            \
    }
static const struct torpor_type types[] = {
    TYPE("soma", NULL, 0, Soma),
    TYPE("axon", axon_fields, G_N_ELEMENTS(axon_fields), Axon),
    TYPE("cell", cell_fields, G_N_ELEMENTS(cell_fields), Cell),
    TYPE("gate", NULL, 0, Gate),
};
#define CODEC(type_, prefix)                                                                       \
    {                                                                                              \
        TORPOR_CODEC_INIT, .type = type_, .to_state = prefix##_to_state,                           \
                           .from_state = prefix##_from_state, .commit = prefix##_commit            \
    }
static const struct torpor_codec codecs[] = {CODEC("soma", soma), CODEC("gate", gates)};

/* ---- the host ---- */

static gint32
flush_output(G_GNUC_UNUSED void *output_data, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
rolled_back(G_GNUC_UNUSED void *output_data, G_GNUC_UNUSED guint64 byte_length,
            G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = host_data;
    const struct torpor_population cells = {TORPOR_POPULATION_INIT,
                                            .path = "cells",
                                            .type = "cell",
                                            .count = N,
                                            .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                            .base = model->cells,
                                            .stride = sizeof(Cell)};
    const struct torpor_population gates = {TORPOR_POPULATION_INIT, .path = "gates", .type = "gate",
                                            .count = 3, .layout = TORPOR_LAYOUT_ACCESSORS};
    const struct torpor_output output = {TORPOR_OUTPUT_INIT, .path = OUTPUT, .flush = flush_output,
                                         .rolled_back = rolled_back};
    description->add_population(description->data, &cells);
    description->add_population(description->data, &gates);
    return description->add_output(description->data, &output);
}

static gint32
tell_clock(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    const Model *model = host_data;
    out->time = 0.1 * (double)model->step;
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

static gint32
set_clock(void *host_data, const struct torpor_clock *clock,
          G_GNUC_UNUSED struct torpor_error *error)
{
    ((Model *)host_data)->step = clock->step;
    return TORPOR_STATUS_OK;
}

static const struct torpor_host table = {TORPOR_HOST_INIT,     .name = "golden-nested",
                                         .version = "1",       .clock = tell_clock,
                                         .describe = describe, .restore_commit = set_clock};

/* ---- save and restore ---- */

static TorporCatalogue *
new_catalogue(GError **error)
{
    TorporCatalogue *catalogue = torpor_catalogue_new();
    gboolean is_fine = TRUE;
    for (gsize i = 0; is_fine && i < G_N_ELEMENTS(types); i++)
        is_fine = torpor_catalogue_add_type(catalogue, &types[i], error);
    for (gsize i = 0; is_fine && i < G_N_ELEMENTS(codecs); i++)
        is_fine = torpor_catalogue_add_codec(catalogue, &codecs[i], error);
    if (is_fine)
        return catalogue;
    torpor_catalogue_free(catalogue);
    return NULL;
}

/* Field by field: what lies between them is nobody's. */
static void
print_digest(const Model *model)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *lines = NULL;
    gsize length = 0;
#define ADD(value) g_checksum_update(checksum, (const guchar *)&(value), sizeof(value))
    for (guint i = 0; i < N; i++) {
        ADD(model->cells[i].V_m);
        ADD(model->cells[i].axon.delay);
        for (guint j = 0; j < 2; j++) {
            ADD(model->cells[i].soma[j].Ca);
            ADD(model->cells[i].soma[j].mode);
        }
    }
    ADD(model->gates);
    ADD(model->trace_lengths);
    ADD(model->code_lengths);
    ADD(model->traces);
    ADD(model->codes);
    ADD(model->step);
#undef ADD
    if (g_file_get_contents(OUTPUT, &lines, &length, NULL))
        g_checksum_update(checksum, (const guchar *)lines, (gssize)length);
    printf("digest %s\n", g_checksum_get_string(checksum));
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: golden-nested save|restore FILE\n");
        return 2;
    }
    gboolean saves = strcmp(argv[1], "save") == 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporCatalogue) catalogue = new_catalogue(&error);
    Model model = {.step = 0};
    const TorporHost host = {&table, &model};
    /* Another seed, and lines after those that were saved: nothing of the file's state is there
     * before it is restored. */
    fill(&model, saves ? 25 : 99);
    gboolean done =
        catalogue != NULL &&
        g_file_set_contents(OUTPUT, saves ? SAVED_LINES : SAVED_LINES LATER_LINES, -1, &error) &&
        (saves ? saved_file_write(argv[2], &host, catalogue, outputs, FALSE, &error)
               : saved_file_restore(argv[2], &host, catalogue, outputs, 0, TORPOR_MISMATCH_ERROR,
                                    NULL, &error));
    if (!done) {
        printf("status %d: %s\n", error->code, error->message);
        return 1;
    }
    print_digest(&model);
    return 0;
}
