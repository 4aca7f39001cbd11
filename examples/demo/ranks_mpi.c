/* One communicator for the simulation, one for Torpor. MPI ends all processes if a rank dies; where
 * it does not, no wait lasts longer than TIMEOUT_SECONDS. */
#include "ranks.h"

#include <torpor/mpi.h>

#include <stdio.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 120.0

static struct torpor_mpi simulation, torpor;

int
ranks_begin(int *argc, char ***argv)
{
    if (MPI_Init(argc, argv) == MPI_SUCCESS &&
        torpor_mpi_init(&simulation, MPI_COMM_WORLD, TIMEOUT_SECONDS) == MPI_SUCCESS &&
        torpor_mpi_init(&torpor, MPI_COMM_WORLD, TIMEOUT_SECONDS) == MPI_SUCCESS)
        return 0;
    fputs("torpor-demo: MPI cannot be initialised\n", stderr);
    return -1;
}

/* An abort ends the others at once. If they fail for the same reason, let them say so first. */
static void
wait_a_second_for_all(void)
{
    MPI_Request request;
    int all_are_here = MPI_Ibarrier(MPI_COMM_WORLD, &request) != MPI_SUCCESS;
    for (int i = 0; i < 100 && !all_are_here; i++) {
        if (MPI_Test(&request, &all_are_here, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return;
        if (!all_are_here)
            usleep(10000);
    }
}

void
ranks_end(int failed)
{
    if (failed) {
        wait_a_second_for_all();
        MPI_Abort(MPI_COMM_WORLD, failed);
    }
    torpor_mpi_free(&torpor);
    torpor_mpi_free(&simulation);
    MPI_Finalize();
}

static int
gather_spikes(void *data, const void *mine, uint64_t byte_length, void *all)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    if (torpor_mpi_allgather(data, mine, byte_length, all, &error) == TORPOR_STATUS_OK)
        return 0;
    fprintf(stderr, "torpor-demo: %s\n", error.message);
    return -1;
}

struct network_ranks
ranks_of_network(void)
{
    return (struct network_ranks){.rank = simulation.collective.rank,
                                  .n_ranks = simulation.collective.n_ranks,
                                  .data = &simulation,
                                  .allgather = gather_spikes};
}

const struct torpor_collective *
ranks_collective(void)
{
    return &torpor.collective;
}
