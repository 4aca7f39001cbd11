/* torpor/mpi.h: fill a torpor_collective from an MPI communicator.
 *
 * SPDX-License-Identifier: MIT
 *
 * A host includes this file and builds it with its own MPI (2.2 and C99, or C++11); Torpor itself
 * links none. Usage, after MPI_Init and before torpor_open:
 *
 *     struct torpor_mpi mpi;
 *     if (torpor_mpi_init(&mpi, MPI_COMM_WORLD, 600) == MPI_SUCCESS)
 *         host.collective = &mpi.collective;
 *
 * The communicator is duplicated, so that no message of the host's is mistaken for one of Torpor's.
 * `mpi` must stay where it is until torpor_close has returned; then call torpor_mpi_free.
 *
 * A call waits for the other ranks for at most `timeout_seconds`. Nothing else tells that a rank is
 * dead, where the launcher does not end all of them. After a failure the communicator is of no use:
 * the session stops by itself, and the program ends, best by MPI_Abort. */
#ifndef TORPOR_MPI_H
#define TORPOR_MPI_H

#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mpi.h>

#include <torpor/collective.h>

struct torpor_mpi {
    struct torpor_collective collective;
    MPI_Comm communicator;
    double timeout_seconds;
};

static inline int32_t
torpor_mpi_fail(int code, struct torpor_error *error)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    snprintf(error->message, sizeof error->message, "MPI: %s", text);
    return error->status = TORPOR_STATUS_IO;
}

/* Wait for what has begun, if its code says that it has. */
static inline int32_t
torpor_mpi_wait(const struct torpor_mpi *mpi, int code, MPI_Request *request,
                struct torpor_error *error)
{
    double begin = MPI_Wtime();
    if (code != MPI_SUCCESS)
        return torpor_mpi_fail(code, error);
    for (unsigned tries = 0;; tries++) {
        const struct timespec pause = {0, 50000};
        int is_done = 0;
        code = MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS)
            return torpor_mpi_fail(code, error);
        if (is_done)
            return TORPOR_STATUS_OK;
        if (tries < 1000)
            sched_yield(); /* there may be more ranks than cores */
        else
            nanosleep(&pause, NULL);
        if (tries % 1000 == 999 && MPI_Wtime() - begin > mpi->timeout_seconds) {
            snprintf(error->message, sizeof error->message,
                     "MPI: not all ranks came within %g s; one of them may be dead",
                     mpi->timeout_seconds);
            return error->status = TORPOR_STATUS_IO;
        }
    }
}

static inline int32_t
torpor_mpi_too_long(struct torpor_error *error)
{
    snprintf(error->message, sizeof error->message, "MPI: more than 2^31 - 1 bytes in a message");
    return error->status = TORPOR_STATUS_LIMIT;
}

static inline int32_t
torpor_mpi_barrier(void *data, struct torpor_error *error)
{
    const struct torpor_mpi *mpi = (const struct torpor_mpi *)data;
    MPI_Request request;
    int code = MPI_Ibarrier(mpi->communicator, &request);
    return torpor_mpi_wait(mpi, code, &request, error);
}

static inline int32_t
torpor_mpi_allgather(void *data, const void *mine, uint64_t byte_length, void *all,
                     struct torpor_error *error)
{
    const struct torpor_mpi *mpi = (const struct torpor_mpi *)data;
    MPI_Request request;
    if (byte_length > INT_MAX)
        return torpor_mpi_too_long(error);
    int code = MPI_Iallgather((void *)mine, (int)byte_length, MPI_BYTE, all, (int)byte_length,
                              MPI_BYTE, mpi->communicator, &request);
    return torpor_mpi_wait(mpi, code, &request, error);
}

static inline int32_t
torpor_mpi_broadcast(void *data, void *bytes, uint64_t byte_length, uint32_t root,
                     struct torpor_error *error)
{
    const struct torpor_mpi *mpi = (const struct torpor_mpi *)data;
    MPI_Request request;
    if (byte_length > INT_MAX)
        return torpor_mpi_too_long(error);
    int code =
        MPI_Ibcast(bytes, (int)byte_length, MPI_BYTE, (int)root, mpi->communicator, &request);
    return torpor_mpi_wait(mpi, code, &request, error);
}

static inline int32_t
torpor_mpi_send(void *data, const void *bytes, uint64_t byte_length, uint32_t to,
                struct torpor_error *error)
{
    const struct torpor_mpi *mpi = (const struct torpor_mpi *)data;
    MPI_Request request;
    if (byte_length > INT_MAX)
        return torpor_mpi_too_long(error);
    int code = MPI_Isend((void *)bytes, (int)byte_length, MPI_BYTE, (int)to, 0, mpi->communicator,
                         &request);
    return torpor_mpi_wait(mpi, code, &request, error);
}

static inline int32_t
torpor_mpi_receive(void *data, void *bytes, uint64_t byte_length, uint32_t from,
                   struct torpor_error *error)
{
    const struct torpor_mpi *mpi = (const struct torpor_mpi *)data;
    MPI_Request request;
    if (byte_length > INT_MAX)
        return torpor_mpi_too_long(error);
    int code =
        MPI_Irecv(bytes, (int)byte_length, MPI_BYTE, (int)from, 0, mpi->communicator, &request);
    return torpor_mpi_wait(mpi, code, &request, error);
}

/* All ranks of the communicator call it. Returns MPI_SUCCESS, or what MPI says. */
static inline int
torpor_mpi_init(struct torpor_mpi *mpi, MPI_Comm communicator, double timeout_seconds)
{
    int rank = 0, n_ranks = 0;
    int code = MPI_Comm_dup(communicator, &mpi->communicator);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_set_errhandler(mpi->communicator, MPI_ERRORS_RETURN);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_rank(mpi->communicator, &rank);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_size(mpi->communicator, &n_ranks);
    if (code != MPI_SUCCESS)
        return code;
    mpi->timeout_seconds = timeout_seconds;
    memset(&mpi->collective, 0, sizeof mpi->collective);
    mpi->collective.struct_size = (uint32_t)sizeof mpi->collective;
    mpi->collective.rank = (uint32_t)rank;
    mpi->collective.n_ranks = (uint32_t)n_ranks;
    mpi->collective.collective_data = mpi;
    mpi->collective.barrier = torpor_mpi_barrier;
    mpi->collective.allgather = torpor_mpi_allgather;
    mpi->collective.broadcast = torpor_mpi_broadcast;
    mpi->collective.send = torpor_mpi_send;
    mpi->collective.receive = torpor_mpi_receive;
    return MPI_SUCCESS;
}

static inline void
torpor_mpi_free(struct torpor_mpi *mpi)
{
    MPI_Comm_free(&mpi->communicator);
}

#endif /* TORPOR_MPI_H */
