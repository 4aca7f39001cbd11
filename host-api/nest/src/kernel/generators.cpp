// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/generators.h"

#include <cstring>
#include <malloc.h>
#include <random>

#include <Random123/conventional/Engine.hpp>
#include <Random123/philox.h>
#include <Random123/threefry.h>

#include "kernel_manager.h"
#include "random_generators.h"

#include "base/error.h"
#include "base/left_out.h"

namespace torpor_nest
{

namespace
{

// Find the engine inside a generator, if it is of this type.
template < class Engine >
bool
find_engine( nest::BaseRandomGenerator* generator, torpor_view& view )
{
  auto* of_kind = dynamic_cast< nest::RandomGenerator< Engine >* >( generator );
  if ( not of_kind ) { return false; }
  if ( malloc_usable_size( of_kind ) < sizeof *of_kind )
  {
    throw Error( TORPOR_STATUS_VERSION, "NEST's random generators are smaller than its headers say; build the adapter again" );
  }
  static_assert( sizeof( Engine ) % 4 == 0 );
  const bool words = sizeof( Engine ) % 8 == 0;
  view = {};
  view.data = &of_kind->rng_;
  view.dtype = words ? TORPOR_DTYPE_UINT64 : TORPOR_DTYPE_UINT32;
  view.rank = 1;
  view.shape[ 0 ] = sizeof( Engine ) / ( words ? 8 : 4 );
  return true;
}

} // namespace

void
Generators::refresh()
{
  paths.clear();
  list.clear();
  auto& manager = nest::kernel().random_manager;
  const char* algorithm = manager.current_rng_type_.c_str();
  std::vector< nest::BaseRandomGenerator* > all { manager.rank_synced_rng_ };
  paths.push_back( "rank_synced" );
  for ( size_t tid = 0; tid < manager.vp_synced_rngs_.size(); ++tid )
  {
    all.push_back( manager.vp_synced_rngs_[ tid ] );
    paths.push_back( "thread_synced/" + std::to_string( tid ) );
  }
  for ( size_t tid = 0; tid < manager.vp_specific_rngs_.size(); ++tid )
  {
    all.push_back( manager.vp_specific_rngs_[ tid ] );
    paths.push_back( "thread/" + std::to_string( tid ) );
  }
  for ( size_t i = 0; i < all.size(); ++i )
  {
    torpor_generator generator {};
    generator.path = paths[ i ].c_str();
    generator.algorithm = algorithm;
    torpor_view& view = generator.state;
    if ( not find_engine< std::mt19937 >( all[ i ], view ) and not find_engine< std::mt19937_64 >( all[ i ], view )
      and not find_engine< r123::Engine< r123::Philox4x32 > >( all[ i ], view )
      and not find_engine< r123::Engine< r123::Philox4x64 > >( all[ i ], view )
      and not find_engine< r123::Engine< r123::Threefry4x32 > >( all[ i ], view )
      and not find_engine< r123::Engine< r123::Threefry4x64 > >( all[ i ], view ) )
    {
      throw Error( TORPOR_STATUS_REFUSED, "random generator " + manager.current_rng_type_ + " cannot be saved" );
    }
    if ( is_left_out( "generators/" + paths[ i ] ) )
    {
      static uint64_t elsewhere[ 1024 ];
      view.data = elsewhere;
    }
    list.push_back( generator );
  }
}

} // namespace torpor_nest
