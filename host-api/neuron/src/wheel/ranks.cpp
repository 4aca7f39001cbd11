// SPDX-License-Identifier: MIT
#include "wheel/ranks.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <nrnmpi.h>

#include "wheel/nrn.h"

extern void nrn_spike_exchange(NrnThread *);

namespace torpor_neuron
{

namespace
{

constexpr int TAG = 20047; // of no message of NEURON's

bool has_left = false;

int
length_of_message(std::uint64_t byte_length)
{
    if (has_left || nrnmpi_use == 0)
        throw Error(TORPOR_STATUS_IO, "this rank ends, and waits for the others no more");
    if (byte_length > INT_MAX)
        throw Error(TORPOR_STATUS_LIMIT, "MPI: more than 2^31 - 1 bytes in a message");
    return static_cast<int>(byte_length);
}

void
gather(const void *mine, std::uint64_t byte_length, void *all)
{
    length_of_message(byte_length * n_ranks());
    std::vector<int> lengths(n_ranks(), static_cast<int>(byte_length)), places(n_ranks());
    for (std::size_t i = 1; i < places.size(); ++i)
        places[i] = places[i - 1] + lengths[i - 1];
    auto *from = static_cast<char *>(const_cast<void *>(mine)); // which NEURON only reads
    nrnmpi_char_allgatherv(from, static_cast<char *>(all), lengths.data(), places.data());
}

void
broadcast(void *bytes, std::uint64_t byte_length, std::uint32_t root)
{
    nrnmpi_char_broadcast(static_cast<char *>(bytes), length_of_message(byte_length),
                          static_cast<int>(root));
}

// ---- the slots ----

std::int32_t
meet(void *, torpor_error *error)
{
    return guarded(error, [] {
        length_of_message(0);
        nrnmpi_barrier();
    });
}

std::int32_t
gather_for_core(void *, const void *mine, std::uint64_t byte_length, void *all, torpor_error *error)
{
    return guarded(error, [&] { gather(mine, byte_length, all); });
}

std::int32_t
broadcast_for_core(void *, void *bytes, std::uint64_t byte_length, std::uint32_t root,
                   torpor_error *error)
{
    return guarded(error, [&] { broadcast(bytes, byte_length, root); });
}

// NEURON sends numbers: eight bytes at a time, and what is left in a last one.
std::int32_t
send(void *, const void *bytes, std::uint64_t byte_length, std::uint32_t to, torpor_error *error)
{
    return guarded(error, [&] {
        const int n = length_of_message(byte_length) / 8;
        auto *from = static_cast<char *>(const_cast<void *>(bytes)); // which it only reads
        double last = 0.;
        std::memcpy(&last, from + 8L * n, byte_length % 8);
        nrnmpi_send_doubles(reinterpret_cast<double *>(from), n, static_cast<int>(to), TAG);
        nrnmpi_send_doubles(&last, 1, static_cast<int>(to), TAG);
    });
}

std::int32_t
receive(void *, void *bytes, std::uint64_t byte_length, std::uint32_t from, torpor_error *error)
{
    return guarded(error, [&] {
        const int n = length_of_message(byte_length) / 8;
        auto *to = static_cast<char *>(bytes);
        double last = 0.;
        nrnmpi_recv_doubles(reinterpret_cast<double *>(to), n, static_cast<int>(from), TAG);
        nrnmpi_recv_doubles(&last, 1, static_cast<int>(from), TAG);
        std::memcpy(to + 8L * n, &last, byte_length % 8);
    });
}

} // namespace

std::uint32_t
this_rank()
{
    return static_cast<std::uint32_t>(nrnmpi_myid);
}

std::uint32_t
n_ranks()
{
    return static_cast<std::uint32_t>(nrnmpi_numprocs);
}

const torpor_collective *
collective()
{
    static auto slots = make<torpor_collective>();
    slots.rank = this_rank();
    slots.n_ranks = n_ranks();
    slots.barrier = meet;
    slots.allgather = gather_for_core;
    slots.broadcast = broadcast_for_core;
    slots.send = send;
    slots.receive = receive;
    return n_ranks() > 1 ? &slots : nullptr;
}

void
share(void *bytes, std::size_t byte_length)
{
    if (n_ranks() > 1)
        broadcast(bytes, byte_length, 0);
}

std::vector<std::uint64_t>
sums_over_ranks(const std::vector<std::uint64_t> &numbers)
{
    if (n_ranks() == 1)
        return numbers;
    std::vector<std::uint64_t> lengths(n_ranks());
    const std::uint64_t length = numbers.size();
    gather(&length, sizeof length, lengths.data());
    for (std::size_t i = 1; i < lengths.size(); ++i)
        if (lengths[i] != lengths[0])
            throw Error(TORPOR_STATUS_MISMATCH, "rank 0 and rank " + std::to_string(i) +
                                                    " have not loaded the same mechanisms");
    std::vector<std::uint64_t> all(length * n_ranks()), sums(length);
    gather(numbers.data(), length * sizeof length, all.data());
    for (std::size_t i = 0; i < all.size(); ++i)
        sums[i % length] += all[i];
    return sums;
}

void
agree(const std::function<void()> &body)
{
    if (n_ranks() == 1)
        return body();
    auto failure = make<torpor_error>();
    const std::int32_t status = guarded(&failure, body);
    std::vector<std::int32_t> all(n_ranks());
    gather(&status, sizeof status, all.data());
    const auto first = std::find_if(all.begin(), all.end(), [](auto s) { return s != 0; });
    if (first == all.end())
        return;
    const auto rank = static_cast<std::uint32_t>(first - all.begin());
    broadcast(failure.message, sizeof failure.message, rank);
    throw Error(*first, "rank " + std::to_string(rank) + ": " + failure.message);
}

void
exchange_spikes()
{
    const bool may_have_fired = n_ranks() > 1 && t > 0; // before, there may be no room for spikes
    for (int i = 0; may_have_fired && i < 2; ++i)       // two, as psolve() needs with multisend
        nrn_spike_exchange(nrn_threads);
}

void
leave_others()
{
    has_left = true;
}

} // namespace torpor_neuron
