#include "options.h"

#include "pool.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 256u
#define NEURONS_PER_THREAD 10000u /* with fewer, threads wait more than they work */
#define POISSON_RATE_MAX (POISSON_MAX_MEAN / (DT_MS * 1e-3))
#define CURRENT_MAX 1e6 /* pA */
#define STEPS_MAX 1e12  /* three years of simulated time */

const char options_help[] =
    "usage: torpor-demo [--OPTION VALUE]...\n"
    "\n"
    "Simulates the conductance-based benchmark network of Vogels & Abbott (2005) and Brette et\n"
    "al. (2007), and saves checkpoints with Torpor. The same command again resumes the run.\n"
    "\n"
    "  --neurons N        size of the network (4000)\n"
    "  --seed S           of connections, delays and Poisson input (1)\n"
    "  --duration TIME    simulated time, counted from 0 (\"1 s\")\n"
    "  --threads T        results do not depend on it (by cores and size)\n"
    "  --in-blocks        on several ranks: neighbouring neurons on each, not dealt out one by "
    "one\n"
    "  --poisson-rate R   background input of each neuron (\"0 Hz\")\n"
    "  --current I        constant input of each neuron (\"0 pA\")\n"
    "  --delays TIME      delays uniform from 0.1 ms up to this (\"0.1 ms\", as published)\n"
    "  --stdp             pair STDP on excitatory synapses\n"
    "  --spikes FILE      write spikes, one \"<time in ms> <neuron>\" per line\n"
    "  --progress         on stderr\n"
    "  --no-checkpoints   run without Torpor\n"
    "  --selfcheck        run without saving, then check that all state is saved and restored\n"
    "  --help\n"
    "\n"
    "Checkpoints, see the README:\n"
    "  --dir --every --every_wall --mtbf --keep --keep_every --maxh --signals --resume --mode\n"
    "  --mismatch --origin --fingerprint --compress --incremental --full_every --writers "
    "--fsync --checkpoints, each with a value: "
    "--every \"200 ms\" --keep 3\n"
    "\n"
    "The last line of output is \"digest <32 hex digits> spikes <count>\": over all spikes since\n"
    "time 0, the whole state and the random generators at the end.\n"
    "Exit status: 0 done, 1 failed, 2 usage, 3 stopped before the end.\n";

static const char *const checkpoint_keys[] = {
    "dir",        "every",  "every_wall",  "mtbf",        "keep",    "keep_every", "maxh",
    "signals",    "resume", "mode",        "mismatch",    "origin",  "compress",   "incremental",
    "full_every", "fsync",  "fingerprint", "checkpoints", "writers",
};

struct unit {
    const char *name;
    double factor;
};

static const struct unit times_in_steps[] = {
    {"ms", STEPS_PER_MS},        {"s", 1e3 * STEPS_PER_MS},   {"us", 1e-3 * STEPS_PER_MS},
    {"min", 6e4 * STEPS_PER_MS}, {"h", 3.6e6 * STEPS_PER_MS}, {NULL, 0},
};

static const struct unit rates_in_hz[] = {
    {"Hz", 1}, {"spikes/s", 1}, {"1/s", 1}, {"kHz", 1e3}, {NULL, 0},
};

static const struct unit currents_in_pA[] = {
    {"pA", 1},
    {"nA", 1e3},
    {NULL, 0},
};

static int
usage_error(const char *option, const char *value, const char *expected)
{
    fprintf(stderr, "torpor-demo: %s%s%s: %s; see torpor-demo --help\n", option, *value ? " " : "",
            value, expected);
    return -1;
}

static int
parse_count(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end, expected[80];
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end || strchr(text, '-') || value < min || value > max) {
        snprintf(expected, sizeof expected, "expected a whole number from %llu to %llu",
                 (unsigned long long)min, (unsigned long long)max);
        return usage_error(option, text, expected);
    }
    *out = value;
    return 0;
}

/* Parse a number with a unit, such as "1.5 s", into the base unit of the table `units`. */
static int
parse_quantity(const char *option, const char *text, const struct unit *units, double max,
               double *out)
{
    char *end;
    double value = strtod(text, &end);
    int has_number = end != text && value >= 0;
    while (*end == ' ')
        end++;
    while (units->name && strcmp(units->name, end) != 0)
        units++;
    if (!has_number || !units->name)
        return usage_error(option, text,
                           "expected a number with a unit, such as \"1 s\", \"1.5 ms\" "
                           "or, for a rate, \"300 Hz\", for a current \"20 pA\"");
    if (!(value * units->factor <= max))
        return usage_error(option, text, "this is too much");
    *out = value * units->factor;
    return 0;
}

static int
parse_steps(const char *option, const char *text, double min, double max, uint64_t *out)
{
    double steps;
    if (parse_quantity(option, text, times_in_steps, max, &steps) != 0)
        return -1;
    double rounded = floor(steps + 0.5);
    if (fabs(steps - rounded) > 1e-6 * (rounded + 1) || rounded < min)
        return usage_error(option, text, "expected a multiple of the time step, 0.1 ms");
    *out = (uint64_t)rounded;
    return 0;
}

static const char *
checkpoint_key(const char *name)
{
    for (size_t i = 0; i < sizeof checkpoint_keys / sizeof checkpoint_keys[0]; i++) {
        const char *key = checkpoint_keys[i], *p = name;
        while (*key && (*key == *p || (*key == '_' && *p == '-')))
            key++, p++;
        if (!*key && !*p)
            return checkpoint_keys[i];
    }
    return NULL;
}

static int
add_checkpoint_option(struct options *options, const char *key, const char *value)
{
    char *text = NULL;
    if (options->n_checkpoint_options == MAX_CHECKPOINT_OPTIONS ||
        !(text = malloc(strlen(key) + strlen(value) + 2)))
        return usage_error(key, value, "too many options");
    sprintf(text, "%s=%s", key, value);
    options->checkpoint_options[options->n_checkpoint_options++] = text;
    return 0;
}

/* Returns 1, after setting it, if `name` is an option without a value; else 0. */
static int
parse_switch(struct options *options, const char *name)
{
    const struct {
        const char *name;
        int *target, value;
    } switches[] = {
        {"--in-blocks", &options->network.ranks.in_blocks, 1},
        {"--stdp", &options->network.stdp, 1},
        {"--progress", &options->progress, 1},
        {"--selfcheck", &options->selfcheck, 1},
        {"--no-checkpoints", &options->checkpoints, 0},
        {"--help", &options->help, 1},
    };
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (strcmp(name, switches[i].name) == 0) {
            *switches[i].target = switches[i].value;
            return 1;
        }
    return 0;
}

static int
parse_value(struct options *options, const char *name, const char *value)
{
    uint64_t count = 0;
    int failed = 0;
    const char *key;
    if (strcmp(name, "--neurons") == 0) {
        failed = parse_count(name, value, N_MIN, N_MAX, &count);
        options->network.n_neurons = (uint32_t)count;
    } else if (strcmp(name, "--seed") == 0) {
        failed = parse_count(name, value, 0, UINT64_MAX, &options->network.seed);
    } else if (strcmp(name, "--threads") == 0) {
        failed = parse_count(name, value, 1, MAX_THREADS, &count);
        options->n_threads = (uint32_t)count;
    } else if (strcmp(name, "--duration") == 0) {
        failed = parse_steps(name, value, 0, STEPS_MAX, &options->n_steps);
    } else if (strcmp(name, "--delays") == 0) {
        failed = parse_steps(name, value, 1, DELAY_MAX_STEPS, &count);
        options->network.max_delay_steps = (uint32_t)count;
    } else if (strcmp(name, "--poisson-rate") == 0) {
        failed = parse_quantity(name, value, rates_in_hz, POISSON_RATE_MAX,
                                &options->network.poisson_rate);
    } else if (strcmp(name, "--current") == 0) {
        failed =
            parse_quantity(name, value, currents_in_pA, CURRENT_MAX, &options->network.current);
    } else if (strcmp(name, "--spikes") == 0) {
        options->spikes = value;
    } else if (strcmp(name, "--omit") == 0) {
        options->omit = value;
    } else if (strncmp(name, "--", 2) == 0 && (key = checkpoint_key(name + 2))) {
        failed = add_checkpoint_option(options, key, value);
    } else {
        failed = usage_error(name, "", "no such option");
    }
    return failed;
}

int
options_parse(struct options *options, int argc, char **argv)
{
    *options =
        (struct options){.network = {.n_neurons = N_DEFAULT, .max_delay_steps = 1, .seed = 1},
                         .n_steps = 1000 * STEPS_PER_MS,
                         .checkpoints = 1};
    for (int i = 1; i < argc; i++) {
        char name[64];
        const char *equals = strchr(argv[i], '='), *value = NULL;
        size_t length = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), argv[i]);
        if (!equals && parse_switch(options, name))
            continue;
        if (equals)
            value = equals + 1;
        else if (i + 1 < argc)
            value = argv[++i];
        if (!value)
            return usage_error(name, "", "a value is missing, or there is no such option");
        if (parse_value(options, name, value) != 0)
            return -1;
    }
    if (options->selfcheck && !options->checkpoints)
        return usage_error("--selfcheck", "", "goes not with --no-checkpoints");
    if (options->n_threads == 0) {
        uint32_t useful = options->network.n_neurons / NEURONS_PER_THREAD + 1;
        options->n_threads = useful < pool_cores() ? useful : pool_cores();
    }
    return 0;
}

void
options_clear(struct options *options)
{
    while (options->n_checkpoint_options)
        free(options->checkpoint_options[--options->n_checkpoint_options]);
}
