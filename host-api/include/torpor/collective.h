/* torpor/collective.h: what Torpor needs of MPI, lent by the host. Torpor itself never links MPI.
 *
 * SPDX-License-Identifier: MIT
 *
 * host-api/mpi/ fills it from a communicator. Every rank calls the same hooks at the same steps and
 * in the same order; then Torpor calls the same slots in the same order on each. Calls that wait
 * for a rank that is dead must return an error after some time: the session then stops by itself,
 * and calls no slot any more. threads: [host-thread]. */
#ifndef TORPOR_COLLECTIVE_H
#define TORPOR_COLLECTIVE_H

#include <torpor/error.h>

struct torpor_collective {
    uint32_t struct_size;
    uint32_t rank;    /* of this process, from 0 */
    uint32_t n_ranks; /* 1: a single process */
    uint32_t reserved;
    void *collective_data; /* first argument of each slot */
    /* Returns when all ranks have called it. */
    int32_t (*barrier)(void *collective_data, struct torpor_error *error);
    /* `byte_length` bytes from each rank, the same number on all; `all` takes those of rank 0
     * first, n_ranks * byte_length in all. */
    int32_t (*allgather)(void *collective_data, const void *mine, uint64_t byte_length, void *all,
                         struct torpor_error *error);
    /* `bytes` of rank `root` are copied to `bytes` of all others. */
    int32_t (*broadcast)(void *collective_data, void *bytes, uint64_t byte_length, uint32_t root,
                         struct torpor_error *error);
    /* Since ABI 2.1, and optional, both or none: option `writers` needs them. `bytes` go to rank
     * `to`, which takes them by `receive` from this rank, of the same length; what one rank sends
     * to another arrives in that order. send may return before the bytes are taken, but the caller
     * may reuse them then. */
    int32_t (*send)(void *collective_data, const void *bytes, uint64_t byte_length, uint32_t to,
                    struct torpor_error *error);
    int32_t (*receive)(void *collective_data, void *bytes, uint64_t byte_length, uint32_t from,
                       struct torpor_error *error);
};
#define TORPOR_COLLECTIVE_INIT .struct_size = sizeof(struct torpor_collective)

#endif /* TORPOR_COLLECTIVE_H */
