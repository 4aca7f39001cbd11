/* A type of neuron that is its membrane potential and nothing else, for hosts that need some state.
 */
#ifndef TESTS_BROKEN_VOLTAGE_H
#define TESTS_BROKEN_VOLTAGE_H

#include <torpor/host.h>

static const struct torpor_field voltage_field = {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV",
                                                  .kind = TORPOR_FIELD_VALUE,
                                                  .dtype = TORPOR_DTYPE_FLOAT64};
static const struct torpor_type voltage_type = {TORPOR_TYPE_INIT, .version = 1,
                                                .name = "neuron", .fields = &voltage_field,
                                                .n_fields = 1,    .object_size = sizeof(double)};

static inline struct torpor_population
voltage_population(const char *path, double *V_m, uint64_t count)
{
    return (struct torpor_population){TORPOR_POPULATION_INIT,
                                      .path = path,
                                      .type = "neuron",
                                      .count = count,
                                      .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                      .base = V_m,
                                      .stride = sizeof(double)};
}

#endif
