// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/generators.h"

#include <cstring>
#include <malloc.h>
#include <random>
#include <type_traits>

#include <Random123/conventional/Engine.hpp>
#include <Random123/philox.h>
#include <Random123/threefry.h>

#include "kernel_manager.h"
#include "random_generators.h"
#include "vp_manager_impl.h"

#include "base/error.h"
#include "base/left_out.h"

namespace torpor_nest
{

namespace
{

// What nothing ever sets would differ from process to process. Those of Random123 begin with their algorithm, a class without
// members, whose bytes are padding; then they draw a few numbers at once, and the last word says how many of them are left: of
// none, the words are those that the memory had. std's own engines have nothing like it.
template < class Engine >
void
clear_unset( Engine& )
{
}

template < class Algorithm >
void
clear_unset( r123::Engine< Algorithm >& engine )
{
  static_assert( std::is_empty_v< Algorithm > );
  constexpr size_t padding = alignof( r123::Engine< Algorithm > );
  static_assert( sizeof engine
    == padding + sizeof( typename Algorithm::key_type ) + 2 * sizeof( typename Algorithm::ctr_type ) );
  std::memset( static_cast< void* >( &engine ), 0, padding );
  if ( engine.v.back() == 0 ) { engine.v = {}; }
}

// Find the engine inside a generator, if it is of this type.
template < class Engine >
bool
find_engine( nest::BaseRandomGenerator* generator, torpor_array& array )
{
  auto* of_kind = dynamic_cast< nest::RandomGenerator< Engine >* >( generator );
  if ( not of_kind ) { return false; }
  if ( malloc_usable_size( of_kind ) < sizeof *of_kind )
  {
    throw Error( TORPOR_STATUS_VERSION, "NEST's random generators are smaller than its headers say; build the adapter again" );
  }
  static_assert( sizeof( Engine ) % 4 == 0 );
  clear_unset( of_kind->rng_ );
  const bool words = sizeof( Engine ) % 8 == 0;
  array = {};
  array.data = &of_kind->rng_;
  array.dtype = words ? TORPOR_DTYPE_UINT64 : TORPOR_DTYPE_UINT32;
  array.rank = 1;
  array.shape[ 0 ] = sizeof( Engine ) / ( words ? 8 : 4 );
  return true;
}

} // namespace

std::vector< Generator >
live_generators()
{
  auto& manager = nest::kernel().random_manager;
  const auto virtual_process = []( size_t tid ) { return std::to_string( nest::kernel().vp_manager.thread_to_vp( tid ) ); };
  std::vector< Generator > list;
  const auto add = [ & ]( const std::string& path, nest::BaseRandomGenerator* generator ) {
    torpor_array state;
    if ( not find_engine< std::mt19937 >( generator, state ) and not find_engine< std::mt19937_64 >( generator, state )
      and not find_engine< r123::Engine< r123::Philox4x32 > >( generator, state )
      and not find_engine< r123::Engine< r123::Philox4x64 > >( generator, state )
      and not find_engine< r123::Engine< r123::Threefry4x32 > >( generator, state )
      and not find_engine< r123::Engine< r123::Threefry4x64 > >( generator, state ) )
    {
      throw Error( TORPOR_STATUS_REFUSED, "random generator " + manager.current_rng_type_ + " cannot be saved" );
    }
    if ( is_left_out( "generators/" + path ) )
    {
      static uint64_t elsewhere[ 1024 ];
      state.data = elsewhere;
    }
    list.push_back( { path, state } );
  };
  add( "rank_synced", manager.rank_synced_rng_ );
  for ( size_t tid = 0; tid < manager.vp_synced_rngs_.size(); ++tid )
  {
    add( "thread_synced/" + virtual_process( tid ), manager.vp_synced_rngs_[ tid ] );
  }
  for ( size_t tid = 0; tid < manager.vp_specific_rngs_.size(); ++tid )
  {
    add( "thread/" + virtual_process( tid ), manager.vp_specific_rngs_[ tid ] );
  }
  return list;
}

} // namespace torpor_nest
