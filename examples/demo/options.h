/* options.h: the command line. */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include "network.h"

#include <stdint.h>

#define MAX_CHECKPOINT_OPTIONS 32u

struct options {
    struct network_options network;
    uint32_t n_threads;
    uint64_t n_steps;   /* the end, counted from time 0 */
    const char *spikes; /* file; NULL: none */
    int progress, selfcheck, help;
    int checkpoints;  /* 0: run without Torpor */
    const char *omit; /* name of a field to leave out, which the self-check then misses */
    char *checkpoint_options[MAX_CHECKPOINT_OPTIONS]; /* "every=500 ms" */
    uint32_t n_checkpoint_options;
};

/* Returns 0, or -1 after a message on stderr. */
int options_parse(struct options *options, int argc, char **argv);
void options_clear(struct options *options);

extern const char options_help[];

#endif
