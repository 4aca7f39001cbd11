/* torpor-demo: simulates the benchmark network. What has to do with checkpoints is in adapter.c. */
#include "adapter.h"
#include "exchange.h"
#include "ranks.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_STOPPED 3

#define STEPS_PER_LOOK 64u /* steps between two looks at the wall clock, to report progress */
#define SELFCHECK_STEPS 1000u

static double
wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct progress {
    int shown, terminal;
    uint64_t n_steps, first_step;
    double begin, last;
};

static void
show_progress(struct progress *progress, const struct simulation *simulation)
{
    uint64_t step = simulation->network->step;
    if (!progress->shown || (step % STEPS_PER_LOOK && step < progress->n_steps))
        return;
    double now = wall_seconds();
    if (now - progress->last < (progress->terminal ? 0.1 : 1.0) && step < progress->n_steps)
        return;
    progress->last = now;
    double speed = (double)(step - progress->first_step) / (STEPS_PER_MS * 1e3) /
                   (now - progress->begin + 1e-9);
    fprintf(stderr, "%s%5.1f %%  %.1f of %.1f ms  %" PRIu64 " spikes  %.2f times real time%s",
            progress->terminal ? "\r" : "", 100.0 * (double)step / (double)progress->n_steps,
            simulation_time_ms(simulation), (double)progress->n_steps / STEPS_PER_MS,
            simulation->spikes.record.n_spikes, speed, progress->terminal ? "\033[K" : "\n");
}

/* Returns 0, EXIT_STOPPED or EXIT_FAILURE. */
static int
run(struct simulation *simulation, struct adapter *adapter, const struct options *options)
{
    struct progress progress = {.shown = options->progress,
                                .terminal = isatty(STDERR_FILENO),
                                .n_steps = options->n_steps,
                                .first_step = simulation->network->step,
                                .begin = wall_seconds()};
    int stopped = 0;
    while (!stopped && simulation->network->step < options->n_steps &&
           !simulation->spikes.file_errno && !simulation->network->exchange_failed) {
        simulation_step(simulation);
        show_progress(&progress, simulation);
        stopped = adapter && adapter_step(adapter);
    }
    if (progress.shown && progress.terminal)
        fputc('\n', stderr);
    int error = spikes_flush(&simulation->spikes);
    if (simulation->network->exchange_failed)
        return EXIT_FAILURE;
    if (error) {
        fprintf(stderr,
                "torpor-demo: cannot write %s: %s; make room, then run the same command again: it "
                "goes on from the last checkpoint\n",
                options->spikes, strerror(error));
        return EXIT_FAILURE;
    }
    return stopped && simulation->network->step < options->n_steps ? EXIT_STOPPED : 0;
}

static void
report(const struct simulation *simulation)
{
    const struct network *network = simulation->network;
    double seconds = simulation_time_ms(simulation) * 1e-3;
    uint64_t digest[2], n_ex = 0, n_in = 0;
    for (uint32_t i = 0; i < network->n; i++)
        *(i < network->n_ex ? &n_ex : &n_in) += network->intervals[i].n_spikes;
    printf("%" PRIu32 " neurons, %" PRIu32 " synapses, %.1f ms\n", network->n, network->synapses.n,
           1e3 * seconds);
    if (seconds > 0)
        printf("rate excitatory %.2f inhibitory %.2f spikes/s  CV %.3f\n",
               (double)n_ex / network->n_ex / seconds,
               (double)n_in / (network->n - network->n_ex) / seconds,
               intervals_cv(network->intervals, network->n));
    spikes_digest(&simulation->spikes, network, digest);
    printf("digest %016" PRIx64 "%016" PRIx64 " spikes %" PRIu64 "\n", digest[0], digest[1],
           simulation->spikes.record.n_spikes);
}

/* Returns 0, or -1 after a message if the ranks cannot tell each other. */
static int
report_all(const struct simulation *simulation)
{
    struct simulation whole = *simulation;
    if (!network_has_ranks(simulation->network)) {
        report(simulation);
        return 0;
    }
    whole.network = exchange_collect(simulation->network);
    if (!whole.network) {
        fputs("torpor-demo: the ranks cannot collect their state\n", stderr);
        return -1;
    }
    if (simulation->network->options.ranks.rank == 0)
        report(&whole);
    network_free(whole.network);
    return 0;
}

/* What belongs to the whole program, such as files, is rank 0's. */
static void
take_ranks(struct options *options)
{
    int in_blocks = options->network.ranks.in_blocks;
    options->network.ranks = ranks_of_network();
    options->network.ranks.in_blocks = in_blocks;
    if (options->network.ranks.rank > 0) {
        options->spikes = NULL;
        options->progress = 0;
    }
}

/* Open the session, resume if there is a checkpoint, run or check, and close the session. Returns
 * an exit status. *is_complete: the run came to its end, whatever became of its checkpoints. */
static int
resume_and_run(struct simulation *simulation, const struct options *options, int *is_complete)
{
    struct adapter *adapter = NULL;
    if (options->checkpoints && !(adapter = adapter_open(simulation, options)))
        return EXIT_FAILURE;
    int resumed = adapter && !options->selfcheck ? adapter_resume(adapter) : 0;
    int status = EXIT_FAILURE;
    if (!adapter || options->selfcheck) /* else Torpor empties the file or cuts it */
        spikes_restart(&simulation->spikes);
    if (resumed == 1 && simulation->network->step > options->n_steps)
        fprintf(
            stderr,
            "torpor-demo: the checkpoint is at %.1f ms, after the end of this run; give a longer "
            "--duration, or --resume never to start afresh\n",
            simulation_time_ms(simulation));
    else if (resumed >= 0)
        status = run(simulation, options->selfcheck ? NULL : adapter, options);
    *is_complete = status == 0;
    if (status == 0 && options->selfcheck)
        status = adapter_selfcheck(adapter, SELFCHECK_STEPS) == 0 ? 0 : EXIT_FAILURE;
    if (adapter && adapter_close(adapter) != 0 && status == 0)
        status = EXIT_FAILURE;
    return status;
}

int
main(int argc, char **argv)
{
    struct options options;
    if (ranks_begin(&argc, &argv) != 0)
        return EXIT_FAILURE;
    if (options_parse(&options, argc, argv) != 0) {
        options_clear(&options);
        ranks_end(0); /* all ranks have the same command line */
        return EXIT_USAGE;
    }
    if (options.help) {
        fputs(options_help, stdout);
        options_clear(&options);
        ranks_end(0);
        return 0;
    }
    take_ranks(&options);
    int status = EXIT_FAILURE;
    struct simulation simulation = {.network = network_new(&options.network, options.n_threads),
                                    .pool = pool_new(options.n_threads)};
    if (!simulation.network || !simulation.pool)
        fprintf(stderr,
                "torpor-demo: not enough memory or threads for %" PRIu32 " neurons on %" PRIu32
                " threads; try fewer\n",
                options.network.n_neurons, options.n_threads);
    else if (spikes_open(&simulation.spikes, options.spikes) != 0)
        fprintf(stderr, "torpor-demo: cannot open %s: %s; give another --spikes FILE\n",
                options.spikes, strerror(errno));
    else {
        int is_complete = 0;
        status = resume_and_run(&simulation, &options, &is_complete);
        if (is_complete && !options.selfcheck && report_all(&simulation) != 0)
            status = EXIT_FAILURE;
        if (spikes_close(&simulation.spikes) != 0 && status == 0)
            status = EXIT_FAILURE;
    }
    pool_free(simulation.pool);
    network_free(simulation.network);
    options_clear(&options);
    ranks_end(status == EXIT_FAILURE ? status : 0);
    return status;
}
