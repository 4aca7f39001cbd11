/* state.h: which values of a simulation Torpor saves and restores, and where they are now.
 *
 * Connections, delays and inhibitory weights are not among them: they are drawn again from the
 * seed. */
#ifndef DEMO_STATE_H
#define DEMO_STATE_H

#include "simulation.h"

#include <torpor/loader.h>

#include <stdint.h>

struct state {
    struct simulation *simulation;
    const char *omitted; /* name of a field to leave out; NULL: none */
};

/* Declare all types of objects. Returns a status. */
int32_t state_declare(const struct state *state, struct torpor *torpor, struct torpor_error *error);

/* Describe all populations and random generators. Returns a status. */
int32_t state_describe(const struct state *state, const struct torpor_description *description);

#endif
