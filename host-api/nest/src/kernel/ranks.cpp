// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/ranks.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernel_manager.h"

#ifdef HAVE_MPI
#include <torpor/mpi.h>
#endif

#include "base/error.h"

namespace torpor_nest
{

namespace
{

const torpor_collective* lent_collective = nullptr;

#ifdef HAVE_MPI

constexpr double TIMEOUT_SECONDS = 600.;

const torpor_collective*
of_nest()
{
  static torpor_mpi mpi;
  static const int code = torpor_mpi_init( &mpi, nest::kernel().mpi_manager.get_communicator(), TIMEOUT_SECONDS );
  if ( code == MPI_SUCCESS ) { return &mpi.collective; }
  auto error = make< torpor_error >();
  throw Error( torpor_mpi_fail( code, &error ), error.message );
}

#else

const torpor_collective*
of_nest()
{
  return nullptr;
}

#endif

} // namespace

uint32_t
n_ranks()
{
  return lent_collective ? lent_collective->n_ranks : static_cast< uint32_t >( nest::kernel().mpi_manager.get_num_processes() );
}

uint32_t
this_rank()
{
  return lent_collective ? lent_collective->rank : static_cast< uint32_t >( nest::kernel().mpi_manager.get_rank() );
}

const torpor_collective*
collective()
{
  return lent_collective ? lent_collective : n_ranks() > 1 ? of_nest() : nullptr;
}

void
agree( const std::function< void() >& body )
{
  const torpor_collective* ranks = collective();
  if ( not ranks )
  {
    body();
    return;
  }
  auto failure = make< torpor_error >();
  const int32_t status = guarded( &failure, body );
  std::vector< int32_t > all( ranks->n_ranks );
  run( ranks->allgather, ranks->collective_data, &status, sizeof status, all.data() );
  const auto first = std::find_if( all.begin(), all.end(), []( int32_t one ) { return one != TORPOR_STATUS_OK; } );
  if ( first == all.end() ) { return; }
  const auto rank = static_cast< uint32_t >( first - all.begin() );
  run( ranks->broadcast, ranks->collective_data, failure.message, sizeof failure.message, rank );
  const std::string text = failure.message;
  throw Error( *first, text.starts_with( "rank " ) ? text : "rank " + std::to_string( rank ) + ": " + text );
}

std::vector< std::string >
gather_from_all( const std::string& mine )
{
  const torpor_collective* ranks = collective();
  if ( not ranks ) { return { mine }; }
  const uint64_t length = mine.size();
  std::vector< uint64_t > lengths( ranks->n_ranks );
  run( ranks->allgather, ranks->collective_data, &length, sizeof length, lengths.data() );
  const uint64_t longest = *std::max_element( lengths.begin(), lengths.end() ) + 1;
  std::string padded( mine );
  padded.resize( longest );
  std::string all( longest * ranks->n_ranks, '\0' );
  run( ranks->allgather, ranks->collective_data, padded.data(), longest, all.data() );
  std::vector< std::string > said;
  for ( size_t rank = 0; rank < lengths.size(); ++rank ) { said.push_back( all.substr( rank * longest, lengths[ rank ] ) ); }
  return said;
}

void
lend_collective( const torpor_collective* lent )
{
  lent_collective = lent;
  auto& mpi = nest::kernel().mpi_manager;
  const size_t n = lent->n_ranks;
  mpi.num_processes_ = static_cast< int >( n );
  mpi.rank_ = static_cast< int >( lent->rank );
  mpi.set_buffer_size_target_data( 2 * n ); // as NEST's own init_mpi() does
  mpi.set_buffer_size_spike_data( 2 * n );
  for ( auto* per_rank : { &mpi.recv_counts_secondary_events_in_int_per_rank_,
          &mpi.recv_displacements_secondary_events_in_int_per_rank_, &mpi.send_counts_secondary_events_in_int_per_rank_,
          &mpi.send_displacements_secondary_events_in_int_per_rank_ } )
  {
    per_rank->resize( n );
  }
}

} // namespace torpor_nest
