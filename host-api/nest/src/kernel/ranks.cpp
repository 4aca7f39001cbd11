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

void
lend_collective( const torpor_collective* lent )
{
  lent_collective = lent;
}

} // namespace torpor_nest
