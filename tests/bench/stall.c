/* What the host waits for: the step hook when nothing is due, an asynchronous save from the second
 * on, and a save by a child; what the steps after a fork pay for pages that the child still shares.
 * Rows of bench.json on stdout.
 *
 * usage: bench-stall [--small] FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "holder.h"
#include "measure.h"

#define N_PAIRS 9

static const struct torpor_field fields[] = {{TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV",
                                              .dtype = TORPOR_DTYPE_FLOAT64,
                                              .kind = TORPOR_FIELD_VALUE}};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1,  .name = "array",
                                        .fields = fields, .n_fields = 1, .object_size = 8};

/* ---- step hook ---- */

static uint64_t n_steps;

static double
step_hook(void *data)
{
    struct holder *holder = data;
    double begin = bench_now();
    for (uint64_t step = 1; step <= n_steps; step++) {
        if (torpor_step(holder->torpor, step, 1e-4 * (double)step) != TORPOR_GO_ON)
            exit(1);
    }
    return bench_now() - begin;
}

static volatile double seconds_read;

static double
precise_clock(void *data)
{
    (void)data;
    double begin = bench_now();
    for (uint64_t step = 0; step < n_steps; step++)
        seconds_read = bench_now();
    return bench_now() - begin;
}

static void
hook_row(struct holder *holder, const char *folder)
{
    holder_attach(holder, folder, &type, "async", 0);
    struct bench_pair pair = bench_run_pair(step_hook, precise_clock, holder, N_PAIRS);
    bench_row("step hook, nothing due", 1e9 * pair.value / (double)n_steps, "ns",
              "clock_gettime(CLOCK_MONOTONIC)", 1e9 * pair.reference / (double)n_steps, pair.ratio,
              20, 1);
    holder_detach(holder);
}

/* ---- stall ---- */

static void *copy_of_state;

static double
one_memcpy(void *data)
{
    const struct holder *holder = data;
    double begin = bench_now();
    memcpy(copy_of_state, holder->arrays[0].data, holder->arrays[0].byte_length);
    return bench_now() - begin;
}

/* The host's wait only: the write behind it is waited for outside of the measure. */
static double
stall(void *data)
{
    double seconds = holder_save(data);
    (void)holder_settle(data);
    return seconds;
}

static void
stall_rows(struct holder *holder, const char *folder)
{
    const double limit_mib = 64;
    copy_of_state = holder_allocate(holder->arrays[0].byte_length);
    (void)setenv("TORPOR_EVERY", "1 s", 1);
    holder_attach(holder, folder, &type, "async", 0);
    (void)unsetenv("TORPOR_EVERY");
    bench_memory_mark();
    /* A run begins, and comes half of the way to its first checkpoint: now memory is made ready. */
    (void)holder_origin(holder);
    if (torpor_step(holder->torpor, 6000, 600) != TORPOR_GO_ON)
        exit(1);
    sleep(5); /* the other half; virtual machines give as little as 0.4 GiB/s of fresh memory */
    double first = stall(holder);
    struct bench_pair pair = bench_run_pair(stall, one_memcpy, holder, N_PAIRS);
    double beyond = ((double)bench_memory_peak() - (double)holder->arrays[0].byte_length) / 0x1p20;
    bench_row_pair("stall of an async save, 1 GiB", "one memcpy of the state", pair, 1.25);
    bench_row("stall of the first async save, 1 GiB", first, "s", "one memcpy of the state",
              pair.reference, first / pair.reference, 1.5, 0);
    bench_row("async: memory beyond state and stage", beyond, "MiB", "limit", limit_mib,
              beyond / limit_mib, limit_mib, 1);
    holder_detach(holder);
    free(copy_of_state);
}

/* ---- fork ---- */

static uint64_t rewritten; /* one double in so many */

static double
step(void *data)
{
    const struct holder *holder = data;
    double *values = holder->arrays[0].data;
    uint64_t n_all = holder->arrays[0].byte_length / sizeof *values;
    uint64_t n = n_all / rewritten;
    double begin = bench_now();
    for (uint64_t i = 0; i < n; i++)
        values[i] += 1e-9;
    for (uint64_t i = n; i < n_all; i += 512) /* it looks at each page of the rest */
        seconds_read = values[i];
    return bench_now() - begin;
}

/* The first step after a fork, while the child writes. */
static double
step_after_fork(void *data)
{
    (void)holder_save(data);
    double seconds = step(data);
    (void)holder_settle(data);
    return seconds;
}

static void
fork_rows(struct holder *holder, const char *folder, const char *pages, double goal)
{
    static const struct {
        const char *what;
        uint64_t one_in;
    } parts[] = {{"all", 1}, {"a tenth", 10}, {"nothing", (uint64_t)1 << 40}};
    char name[128];
    copy_of_state = holder_allocate(holder->arrays[0].byte_length);
    holder_attach(holder, folder, &type, "fork", 0);
    snprintf(name, sizeof name, "stall of a fork save, 1 GiB in %s pages", pages);
    bench_row_pair(name, "one memcpy of the state",
                   bench_run_pair(stall, one_memcpy, holder, N_PAIRS), goal);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        rewritten = parts[i].one_in;
        snprintf(name, sizeof name, "first step after a fork that rewrites %s, %s pages",
                 parts[i].what, pages);
        bench_row_known(name, "the same step without a save",
                        bench_run_pair(step_after_fork, step, holder, 5));
    }
    holder_detach(holder);
    free(copy_of_state);
}

/* The same state in huge pages, where the system has any. */
static void
move_to_huge_pages(struct holder *holder)
{
    const uint64_t page = (uint64_t)2 << 20;
    uint64_t byte_length = holder->arrays[0].byte_length;
    void *memory = aligned_alloc(page, (byte_length + page - 1) / page * page);
    if (memory == NULL)
        exit(1);
    (void)madvise(memory, (byte_length + page - 1) / page * page, MADV_HUGEPAGE);
    memcpy(memory, holder->arrays[0].data, byte_length);
    free(holder->arrays[0].data);
    holder->arrays[0].data = memory;
    holder->populations[0].base = memory;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench-stall [--small] FOLDER\n");
        return 2;
    }
    const char *folder = argv[argc - 1];
    uint64_t divide = bench_divisor(argv);
    uint64_t byte_length = ((uint64_t)1 << 30) / divide / 8 * 8;
    struct holder holder = {.n_populations = 1, .n_arrays = 1};
    holder.arrays[0] = (struct raw_array){holder_allocate(byte_length), byte_length};
    holder.populations[0] = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                       .path = "a0",
                                                       .type = "array",
                                                       .count = byte_length / 8,
                                                       .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                                       .base = holder.arrays[0].data,
                                                       .stride = 8};
    n_steps = 20000000 / divide;
    hook_row(&holder, folder);
    stall_rows(&holder, folder);
    fork_rows(&holder, folder, "4 KiB", 0.35);
    move_to_huge_pages(&holder);
    fork_rows(&holder, folder, "2 MiB", 0.35);
    free(holder.arrays[0].data);
    return 0;
}
