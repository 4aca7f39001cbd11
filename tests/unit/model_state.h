/* The state of the model that the tests save and restore (model.h): every kind of value that a host
 * may have; a step, which depends on all of it; and a digest. */
#ifndef TORPOR_TEST_MODEL_STATE_H
#define TORPOR_TEST_MODEL_STATE_H

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include <torpor/host.h>

#ifndef N_NEURONS /* the golden checkpoints are of a smaller one */
#define N_NEURONS 300u
#define N_SYNAPSES 500u
#define N_SENSORS 70u
#define N_CELLS 40u
#define N_RATES 90u
#endif
#define N_WINDOW 5u

typedef struct {
    double Ca;
    float gates[2];
} Compartment;

typedef struct _Neuron Neuron;
struct _Neuron {
    double V_m;
    float g[3];
    guint8 is_refractory;
    Compartment compartments[2];
    Neuron *nearest; /* NULL for some */
    double tau;      /* constant */
    guint32 n_spikes;
    guint32 left_out; /* changes; a field covers it only where is_left_out is not set */
};

typedef struct {
    double weight;
    guint64 target;
    double same; /* in all of them */
} Synapse;

typedef struct {
    guint64 n;
    double *times;
} Train;

typedef struct {
    /* State. */
    Neuron neurons[N_NEURONS];
    Synapse *synapses[N_SYNAPSES];
    double sensor_x[N_SENSORS];
    float sensor_y[2 * N_SENSORS]; /* every second is used */
    Compartment cells[N_CELLS];
    double rates[N_RATES];
    Train trains[N_NEURONS];
    guint64 generator[4];
    guint32 strided_generator[6]; /* every second is used */
    double kernel_gain;
    gint64 kernel_mode;
    char kernel_text[16];
    float kernel_window[N_WINDOW];
    guint64 step;
    FILE *spikes;
    /* Not state. */
    char *spikes_path;
    const char *fail_at;
    Train pending_trains[N_NEURONS];
    double pending_gain;
    gint64 pending_mode;
    char pending_text[16];
    float pending_window[N_WINDOW];
    gboolean has_pending_tree;
    guint n_aborts, n_commits, n_post_checkpoints, n_save_begins, n_save_ends, n_descriptions;
    guint32 type_version;
    const char *fingerprint;
    const struct torpor_hooks *hooks;
    void *hook_data;
    struct torpor_population populations[6];
    struct torpor_column sensor_columns[2];
    struct torpor_tree tree;
    struct torpor_generator generators[2];
    struct torpor_output output;
    guint n_populations;
    GString *log;
} Model;

/* Draw the state that it begins with. */
static void
model_draw(Model *model, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron *neuron = &model->neurons[i];
        neuron->V_m = g_rand_double_range(rand, -70, -50);
        for (guint k = 0; k < 3; k++)
            neuron->g[k] = (float)g_rand_double(rand);
        neuron->is_refractory = (guint8)g_rand_int_range(rand, 0, 2);
        for (guint k = 0; k < 2; k++)
            neuron->compartments[k] = (Compartment){
                g_rand_double(rand), {(float)g_rand_double(rand), (float)g_rand_double(rand)}};
        neuron->nearest = i % 5 == 0 ? NULL : &model->neurons[g_rand_int_range(rand, 0, N_NEURONS)];
        neuron->tau = 20 + (double)i;
        guint n = i % 7 == 0 ? 0 : (guint)g_rand_int_range(rand, 0, 20);
        model->trains[i] = (Train){n, g_new(double, n)};
        for (guint k = 0; k < n; k++)
            model->trains[i].times[k] = g_rand_double(rand);
    }
    for (guint i = 0; i < N_SYNAPSES; i++) {
        model->synapses[i] = g_new0(Synapse, 1);
        *model->synapses[i] = (Synapse){g_rand_double(rand), (guint64)(i * 7 % N_NEURONS), 3.5};
    }
    model->synapses[3]->target = TORPOR_NO_OBJECT;
    for (guint i = 0; i < N_SENSORS; i++)
        model->sensor_x[i] = g_rand_double(rand);
    for (guint i = 0; i < 2 * N_SENSORS; i++)
        model->sensor_y[i] = (float)g_rand_double(rand);
    for (guint i = 0; i < N_CELLS; i++)
        model->cells[i].Ca = g_rand_double(rand);
    for (guint i = 0; i < N_RATES; i++)
        model->rates[i] = g_rand_double(rand);
    for (guint i = 0; i < 4; i++)
        model->generator[i] = ((guint64)g_rand_int(rand) << 32) | g_rand_int(rand);
    for (guint i = 0; i < 6; i++)
        model->strided_generator[i] = g_rand_int(rand);
    model->kernel_gain = g_rand_double(rand);
    model->kernel_mode = -7;
    g_strlcpy(model->kernel_text, "begin", sizeof model->kernel_text);
}

static void
model_drop_pending(Model *model)
{
    for (guint i = 0; i < N_NEURONS; i++) {
        g_free(model->pending_trains[i].times);
        model->pending_trains[i] = (Train){0};
    }
}

G_GNUC_UNUSED static void
model_free(Model *model)
{
    model_drop_pending(model);
    for (guint i = 0; i < N_NEURONS; i++)
        g_free(model->trains[i].times);
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_free(model->synapses[i]);
    if (model->spikes != NULL)
        fclose(model->spikes);
    g_free(model->spikes_path);
    g_string_free(model->log, TRUE);
    g_free(model);
}

/* One step of something that depends on all of the state. */
static void
model_step(Model *model)
{
    guint64 *generator = model->generator;
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron *neuron = &model->neurons[i];
        generator[0] = generator[0] * G_GUINT64_CONSTANT(6364136223846793005) + generator[1] + i;
        double noise = (double)(generator[0] >> 40) * 1e-6;
        neuron->V_m += (neuron->g[i % 3] + noise - neuron->V_m) / neuron->tau * model->kernel_gain;
        neuron->compartments[i % 2].Ca += neuron->V_m * 1e-3;
        neuron->compartments[(i + 1) % 2].gates[0] += (float)noise;
        neuron->is_refractory = noise > 5;
        neuron->left_out++;
        if (neuron->nearest != NULL)
            neuron->g[0] += (float)neuron->nearest->V_m * 1e-4f;
        neuron->nearest = i % 11 == 3 ? &model->neurons[generator[0] % N_NEURONS] : neuron->nearest;
        if (noise < 8)
            continue;
        neuron->n_spikes++;
        Train *train = &model->trains[i];
        train->times = g_renew(double, train->times, train->n + 1);
        train->times[train->n++] = (double)model->step * 0.1;
        if (model->spikes != NULL)
            fprintf(model->spikes, "%u %" G_GUINT64_FORMAT "\n", i, model->step);
    }
    for (guint i = 0; i < N_SYNAPSES; i++) {
        Synapse *synapse = model->synapses[i];
        if (synapse->target != TORPOR_NO_OBJECT)
            synapse->weight += model->neurons[synapse->target].V_m * 1e-5 + synapse->same;
        if (i % 13 == model->step % 13)
            synapse->target = generator[0] % N_NEURONS;
    }
    for (guint i = 0; i < N_SENSORS; i++) {
        model->sensor_x[i] += model->neurons[i].V_m;
        model->sensor_y[2 * i] += model->strided_generator[2 * (i % 3)] * 1e-9f;
    }
    for (guint i = 0; i < N_CELLS; i++)
        model->cells[i].gates[1] += (float)model->rates[i] + (float)model->trains[i].n;
    for (guint i = 0; i < N_RATES; i++)
        model->rates[i] = model->rates[i] * 0.5 + model->kernel_window[i % N_WINDOW];
    for (guint i = 0; i < 6; i += 2)
        model->strided_generator[i] = model->strided_generator[i] * 1664525u + 1013904223u;
    model->kernel_window[model->step % N_WINDOW] += (float)model->sensor_x[1] * 1e-3f;
    model->kernel_mode = (gint64)((guint64)model->kernel_mode + 1); /* any value may be restored */
    g_snprintf(model->kernel_text, sizeof model->kernel_text, "s%" G_GINT64_FORMAT,
               model->kernel_mode);
    model->step++;
}

/* All state as bytes; addresses as indices. */
G_GNUC_UNUSED static GByteArray *
model_bytes(const Model *model)
{
    GByteArray *bytes = g_byte_array_sized_new(sizeof *model);
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron neuron;
        memset(&neuron, 0, sizeof neuron);
        const Neuron *from = &model->neurons[i];
        memcpy(&neuron, from, sizeof neuron);
        neuron.nearest = from->nearest == NULL
                             ? NULL
                             : (Neuron *)(gsize)(1 + (gsize)(from->nearest - model->neurons));
        g_byte_array_append(bytes, (const guchar *)&neuron, sizeof neuron);
        g_byte_array_append(bytes, (const guchar *)&model->trains[i].n, sizeof model->trains[i].n);
        g_byte_array_append(bytes, (const guchar *)model->trains[i].times,
                            (guint)(model->trains[i].n * sizeof(double)));
    }
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_byte_array_append(bytes, (const guchar *)model->synapses[i], sizeof(Synapse));
    g_byte_array_append(bytes, (const guchar *)model->sensor_x, sizeof model->sensor_x);
    for (guint i = 0; i < N_SENSORS; i++)
        g_byte_array_append(bytes, (const guchar *)&model->sensor_y[2 * i], sizeof(float));
    g_byte_array_append(bytes, (const guchar *)model->cells, sizeof model->cells);
    g_byte_array_append(bytes, (const guchar *)model->rates, sizeof model->rates);
    g_byte_array_append(bytes, (const guchar *)model->generator, sizeof model->generator);
    for (guint i = 0; i < 6; i += 2)
        g_byte_array_append(bytes, (const guchar *)&model->strided_generator[i], sizeof(guint32));
    g_byte_array_append(bytes, (const guchar *)&model->kernel_gain, sizeof(double));
    g_byte_array_append(bytes, (const guchar *)&model->kernel_mode, sizeof(gint64));
    g_byte_array_append(bytes, (const guchar *)model->kernel_text,
                        (guint)strlen(model->kernel_text));
    g_byte_array_append(bytes, (const guchar *)model->kernel_window, sizeof model->kernel_window);
    g_byte_array_append(bytes, (const guchar *)&model->step, sizeof model->step);
    return bytes;
}

G_GNUC_UNUSED static char *
model_digest(const Model *model)
{
    g_autoptr(GByteArray) bytes = model_bytes(model);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes->data, bytes->len);
}

#endif
