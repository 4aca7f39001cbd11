// SPDX-License-Identifier: GPL-2.0-or-later
// The ranks of an MPI run, of which each has a part of the network. They meet by the communicator of NEST, where NEST has MPI;
// where it has none, this is one process.
#ifndef TORPOR_NEST_RANKS_H
#define TORPOR_NEST_RANKS_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torpor/collective.h>

namespace torpor_nest
{

uint32_t n_ranks();
uint32_t this_rank();

// What the core needs to know of them; NULL on a single one. All ranks call this first at the same place.
const torpor_collective* collective();

// All ranks call `body`. If it throws on any of them, all throw: Error that names the first one. What `body` calls may meet the
// other ranks only if it fails on all of them, or on none.
void agree( const std::function< void() >& body );

// What each rank says, by rank. All call this at the same place, outside of agree().
std::vector< std::string > gather_from_all( const std::string& mine );

// For tests only: several processes of a NEST without MPI take each other for ranks, and so does NEST. What it sends to a rank
// comes from that rank, so it goes nowhere unless that is this rank.
void lend_collective( const torpor_collective* lent );

} // namespace torpor_nest

#endif
