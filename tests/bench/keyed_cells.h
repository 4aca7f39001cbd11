/* What a rank of a benchmark holds: cells with a key and a voltage, in two columns. */
#ifndef TORPOR_BENCH_KEYED_CELLS_H
#define TORPOR_BENCH_KEYED_CELLS_H

#include <torpor/host.h>

static const struct torpor_field keyed_cells_fields[] = {
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "id", .dtype = TORPOR_DTYPE_UINT32},
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "v", .dtype = TORPOR_DTYPE_FLOAT64}};
static const struct torpor_type keyed_cells_type = {TORPOR_TYPE_INIT, .version = 1, .name = "cell",
                                                    .fields = keyed_cells_fields, .n_fields = 2};

static int32_t
keyed_cells_describe(uint32_t *ids, double *values, uint64_t n,
                     const struct torpor_description *description)
{
    const struct torpor_column columns[] = {{ids, 0}, {values, 0}};
    const struct torpor_population population = {TORPOR_POPULATION_INIT,
                                                 .layout = TORPOR_LAYOUT_COLUMNS,
                                                 .path = "cells",
                                                 .type = "cell",
                                                 .count = n,
                                                 .columns = columns,
                                                 .n_columns = 2,
                                                 .key = "id"};
    return description->add_population(description->data, &population);
}

#endif
