#include "model.h"

#include <stdlib.h>
#include <string.h>

#define REST_MV (-60.0)
#define THRESHOLD_MV (-50.0)
#define TAU_MEMBRANE_MS 20.0
#define TAU_SYNAPSE_MS 5.0
#define RESISTANCE_MV_PER_PA 0.1
#define REFRACTORY_MS 2.0
#define NOISE_PA 200.0
#define WEIGHT_EXCITATORY_PA 30.0
#define WEIGHT_INHIBITORY_PA (-120.0)

static uint64_t
draw(uint64_t generator[2])
{
    uint64_t x = generator[0], y = generator[1];
    generator[0] = y;
    x ^= x << 23;
    generator[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
    return generator[1] + y;
}

/* In [0, 1). */
static double
draw_uniform(uint64_t generator[2])
{
    return (double)(draw(generator) >> 11) * 0x1p-53;
}

/* A fifth of the neurons, the last ones, are inhibitory. */
static void
connect(struct model *model)
{
    uint32_t n_excitatory = model->n_neurons - model->n_neurons / 5;
    for (uint32_t source = 0; source < model->n_neurons; source++) {
        for (uint32_t i = 0; i < model->n_out; i++) {
            struct connection *connection = &model->connections[(size_t)source * model->n_out + i];
            connection->target = (uint32_t)(draw(model->generator) % model->n_neurons);
            connection->weight =
                source < n_excitatory ? WEIGHT_EXCITATORY_PA : WEIGHT_INHIBITORY_PA;
        }
    }
}

struct model *
model_new(uint32_t n_neurons, uint64_t seed)
{
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return NULL;
    model->seed = seed;
    model->generator[0] = seed * 2 + 1; /* must not be all zero */
    model->generator[1] = 0x9E3779B97F4A7C15u;
    model->n_neurons = n_neurons;
    model->n_out = n_neurons < 20 ? n_neurons : 20;
    model->neurons = calloc(n_neurons, sizeof *model->neurons);
    model->connections = calloc((size_t)n_neurons * model->n_out, sizeof *model->connections);
    model->fired = calloc(n_neurons, sizeof *model->fired);
    if (model->neurons == NULL || model->connections == NULL || model->fired == NULL) {
        model_free(model);
        return NULL;
    }
    connect(model);
    for (uint32_t i = 0; i < n_neurons; i++)
        model->neurons[i].V_m = REST_MV + (THRESHOLD_MV - REST_MV) * draw_uniform(model->generator);
    return model;
}

void
model_free(struct model *model)
{
    if (model == NULL)
        return;
    if (model->spikes != NULL)
        fclose(model->spikes);
    free(model->neurons);
    free(model->connections);
    free(model->fired);
    free(model);
}

int
model_open_spikes(struct model *model, const char *path)
{
    model->spikes_path = path;
    model->spikes = fopen(path, "a");
    return model->spikes == NULL ? -1 : 0;
}

/* Returns 1 if the neuron fires. */
static int
advance_neuron(struct neuron *neuron, double noise_pA)
{
    neuron->I_syn -= neuron->I_syn * (DT_MS / TAU_SYNAPSE_MS);
    if (neuron->refractory_steps > 0) {
        neuron->refractory_steps--;
        return 0;
    }
    double drive_mV = RESISTANCE_MV_PER_PA * (neuron->I_syn + noise_pA);
    neuron->V_m += (REST_MV - neuron->V_m + drive_mV) * (DT_MS / TAU_MEMBRANE_MS);
    if (neuron->V_m < THRESHOLD_MV)
        return 0;
    neuron->V_m = REST_MV;
    neuron->refractory_steps = (uint32_t)(REFRACTORY_MS / DT_MS);
    neuron->n_spikes++;
    return 1;
}

void
model_advance(struct model *model)
{
    uint32_t n_fired = 0;
    for (uint32_t i = 0; i < model->n_neurons; i++) {
        double noise_pA = NOISE_PA * draw_uniform(model->generator);
        if (advance_neuron(&model->neurons[i], noise_pA))
            model->fired[n_fired++] = i;
    }
    for (uint32_t i = 0; i < n_fired; i++) {
        const struct connection *out = model->connections + (size_t)model->fired[i] * model->n_out;
        for (uint32_t k = 0; k < model->n_out; k++)
            model->neurons[out[k].target].I_syn += out[k].weight;
        if (model->spikes != NULL)
            fprintf(model->spikes, "%.1f %u\n", model_time_ms(model), model->fired[i]);
    }
    model->step++;
}

double
model_time_ms(const struct model *model)
{
    return (double)model->step * DT_MS;
}

uint64_t
model_n_spikes(const struct model *model)
{
    uint64_t n_spikes = 0;
    for (uint32_t i = 0; i < model->n_neurons; i++)
        n_spikes += model->neurons[i].n_spikes;
    return n_spikes;
}

/* FNV-1a. */
static uint64_t
digest_bytes(uint64_t digest, const void *bytes, size_t byte_length)
{
    const unsigned char *next = bytes;
    for (size_t i = 0; i < byte_length; i++)
        digest = (digest ^ next[i]) * 0x100000001B3u;
    return digest;
}

uint64_t
model_digest(const struct model *model)
{
    uint64_t digest = 0xCBF29CE484222325u;
    digest = digest_bytes(digest, &model->step, sizeof model->step);
    digest = digest_bytes(digest, model->generator, sizeof model->generator);
    return digest_bytes(digest, model->neurons, model->n_neurons * sizeof *model->neurons);
}
