/* Speed of the core through the ABI, against the same bytes written and read raw. Rows of
 * bench.json on stdout.
 *
 * usage: bench-core [--small] FOLDER     (--small: a hundredth of the size, to see that it runs) */
#include <stdio.h>
#include <stdlib.h>

#include "holder.h"
#include "measure.h"

#define N_PAIRS 7

static void
save_rows(struct holder *holder, const char *folder, const struct torpor_type *type,
          const char *what, double goal)
{
    char name[128];
    for (int is_durable = 0; is_durable <= 1; is_durable++) {
        holder_attach(holder, folder, type, "sync", is_durable);
        snprintf(name, sizeof name, "%s: save%s", what, is_durable ? ", durable" : "");
        bench_row_pair(name, is_durable ? "raw write + XXH3 + fsync" : "raw write + XXH3",
                       bench_run_pair(holder_save, holder_raw_save, holder, N_PAIRS), goal);
        holder_detach(holder);
    }
}

static void
load_row(struct holder *holder, const char *folder, const struct torpor_type *type,
         const char *what, double goal)
{
    char name[128];
    holder_attach(holder, folder, type, "sync", 0);
    (void)holder_save(holder);
    (void)holder_raw_save(holder);
    snprintf(name, sizeof name, "%s: load", what);
    bench_row_pair(name, "raw pread into place + XXH3",
                   bench_run_pair(holder_load, holder_raw_load, holder, N_PAIRS), goal);
    holder_detach(holder);
}

/* What the start of a run costs, and a resume: never a step. */
static void
origin_row(struct holder *holder, const char *folder, const struct torpor_type *type,
           const char *what)
{
    char name[128];
    holder_attach(holder, folder, type, "sync", 0);
    snprintf(name, sizeof name, "%s: origin", what);
    bench_row_pair(name, "save", bench_run_pair(holder_origin, holder_save, holder, N_PAIRS), 1);
    holder_detach(holder);
}

static void
memory_rows(struct holder *holder, const char *folder, const struct torpor_type *type,
            const char *what)
{
    char name[128];
    const double goal = 64;
    holder_attach(holder, folder, type, "sync", 0);
    bench_memory_mark();
    (void)holder_save(holder);
    snprintf(name, sizeof name, "%s: memory beyond the state, save", what);
    bench_row(name, (double)bench_memory_peak() / 0x1p20, "MiB", "limit", goal,
              (double)bench_memory_peak() / 0x1p20 / goal, goal, 1);
    bench_memory_mark();
    (void)holder_load(holder);
    snprintf(name, sizeof name, "%s: memory beyond the state, load", what);
    bench_row(name, (double)bench_memory_peak() / 0x1p20, "MiB", "limit", goal,
              (double)bench_memory_peak() / 0x1p20 / goal, goal, 1);
    holder_detach(holder);
}

static const struct torpor_field double_field[] = {{TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV",
                                                    .dtype = TORPOR_DTYPE_FLOAT64,
                                                    .kind = TORPOR_FIELD_VALUE}};
static const struct torpor_type array_type = {TORPOR_TYPE_INIT, .version = 1,
                                              .name = "array",  .fields = double_field,
                                              .n_fields = 1,    .object_size = 8};

/* 1 GiB in 10 arrays. */
static void
bench_big(const char *folder, uint64_t byte_length)
{
    static const char *const paths[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"};
    struct holder holder = {.n_populations = 10, .n_arrays = 10};
    uint64_t n_values = byte_length / 80;
    for (int i = 0; i < 10; i++) {
        holder.arrays[i] = (struct raw_array){holder_allocate(8 * n_values), 8 * n_values};
        holder.populations[i] = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                           .path = paths[i],
                                                           .type = "array",
                                                           .count = n_values,
                                                           .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                                           .base = holder.arrays[i].data,
                                                           .stride = 8};
    }
    /* First, as long as no freed memory hides what is taken. */
    memory_rows(&holder, folder, &array_type, "1 GiB in 10 arrays");
    save_rows(&holder, folder, &array_type, "1 GiB in 10 arrays", 1.15);
    load_row(&holder, folder, &array_type, "1 GiB in 10 arrays", 1.1);
    origin_row(&holder, folder, &array_type, "1 GiB in 10 arrays");
    for (int i = 0; i < 10; i++)
        free(holder.arrays[i].data);
}

#define QUANTITY(name_, unit_, index_)                                                             \
    {                                                                                              \
        TORPOR_FIELD_INIT, .name = (name_), .unit = (unit_), .dtype = TORPOR_DTYPE_FLOAT64,        \
                           .kind = TORPOR_FIELD_VALUE, .offset = 8 * (index_)                      \
    }

static const struct torpor_field neuron_fields[] = {
    QUANTITY("V_m", "mV", 0), QUANTITY("g_ex", "nS", 1), QUANTITY("g_in", "nS", 2),
    QUANTITY("I_e", "pA", 3), QUANTITY("C_m", "pF", 4),  QUANTITY("t_ref", "ms", 5),
};
static const struct torpor_type neuron_type = {TORPOR_TYPE_INIT, .version = 1,
                                               .name = "neuron", .fields = neuron_fields,
                                               .n_fields = 6,    .object_size = 48};

/* 1,000,000 neurons x 6 quantities: as structs, and as columns; raw columns in both cases. */
static void
bench_many(const char *folder, uint64_t n_neurons)
{
    double *neurons = holder_allocate(48 * n_neurons);
    struct torpor_column columns[6];
    struct holder holder = {.n_populations = 1, .n_arrays = 6};
    for (int i = 0; i < 6; i++) {
        holder.arrays[i] = (struct raw_array){holder_allocate(8 * n_neurons), 8 * n_neurons};
        columns[i] = (struct torpor_column){.data = holder.arrays[i].data, .stride = 8};
    }
    holder.populations[0] = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                       .path = "neurons",
                                                       .type = "neuron",
                                                       .count = n_neurons,
                                                       .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                                       .base = neurons,
                                                       .stride = 48};
    save_rows(&holder, folder, &neuron_type, "1,000,000 neurons x 6, structs", 3);
    load_row(&holder, folder, &neuron_type, "1,000,000 neurons x 6, structs", 3);
    origin_row(&holder, folder, &neuron_type, "1,000,000 neurons x 6, structs");
    holder.populations[0].layout = TORPOR_LAYOUT_COLUMNS;
    holder.populations[0].columns = columns;
    holder.populations[0].n_columns = 6;
    save_rows(&holder, folder, &neuron_type, "1,000,000 neurons x 6, columns", 3);
    load_row(&holder, folder, &neuron_type, "1,000,000 neurons x 6, columns", 3);
    for (int i = 0; i < 6; i++)
        free(holder.arrays[i].data);
    free(neurons);
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench-core [--small] FOLDER\n");
        return 2;
    }
    const char *folder = argv[argc - 1];
    uint64_t divide = bench_divisor(argv);
    bench_big(folder, ((uint64_t)1 << 30) / divide);
    bench_many(folder, 1000000 / divide);
    return 0;
}
