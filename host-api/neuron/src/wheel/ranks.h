// SPDX-License-Identifier: MIT
// The ranks that simulate one network, and what they tell one another, by functions of NEURON. Its
// wheel finds the user's MPI when it is loaded, so that this library links none.
//
// These calls wait for the other ranks without end, as NEURON's own do: the launcher ends all ranks
// once one is dead. MPI that fails ends the process.
#ifndef TORPOR_NEURON_RANKS_H
#define TORPOR_NEURON_RANKS_H

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace torpor_neuron
{

// Of the subworld, where ParallelContext.subworlds() has made some.
std::uint32_t this_rank();
std::uint32_t n_ranks();

// What the core needs to know of them; NULL on a single one.
const torpor_collective *collective();

// All ranks call these, in the same order. On a single one they do nothing else.

// `bytes` of rank 0, for all.
void share(void *bytes, std::size_t byte_length);
// The sums over all ranks. Throws Error on all of them if they have lists of different lengths.
std::vector<std::uint64_t> sums_over_ranks(const std::vector<std::uint64_t> &numbers);
// Call `body`, which must not call a function of these. If it throws on any rank, all throw: Error
// that names the first one.
void agree(const std::function<void()> &body);
// Exchange the spikes that NEURON has not sent yet, as the end of psolve() does.
void exchange_spikes();

// This rank ends by itself: from now on it waits for no other, and what would need them fails.
void leave_others();

} // namespace torpor_neuron

#endif
