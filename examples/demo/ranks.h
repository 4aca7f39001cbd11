/* ranks.h: the processes that simulate together. ranks_one.c: this one alone; ranks_mpi.c: those of
 * an MPI program. */
#ifndef DEMO_RANKS_H
#define DEMO_RANKS_H

#include "network.h"

#include <torpor/collective.h>

/* Before anything else. Returns 0, or -1 after a message on stderr. */
int ranks_begin(int *argc, char ***argv);
/* At the end: all ranks are here, if failed is 0. Else the others are ended too. */
void ranks_end(int failed);

struct network_ranks ranks_of_network(void);
/* For Torpor; NULL: this process alone. */
const struct torpor_collective *ranks_collective(void);

#endif
