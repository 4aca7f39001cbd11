// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/spikes.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernel_manager.h"
#include "spike_data.h"
#include "vp_manager_impl.h"

#include "base/tree.h"
#include "kernel/ranks.h"

namespace torpor_nest
{

namespace
{

// Kinds of spikes. Those with precise times are in a buffer of their own.
constexpr uint8_t ON_GRID = 0;
constexpr uint8_t FLUSH = 1;
constexpr uint8_t OFF_GRID = 2;

constexpr uint64_t MOST_AT_ONCE = 1 << 20; // a larger number of spikes of one neuron in one step was never emitted

using OnGrid = nest::SpikeDataWithRank;
using OffGrid = nest::OffGridSpikeDataWithRank;

uint8_t
spike_kind( const OnGrid& entry )
{
  return entry.spike_data.is_flush_event() ? FLUSH : ON_GRID;
}

uint8_t
spike_kind( const OffGrid& )
{
  return OFF_GRID;
}

// The connections that an entry goes to, as one number.
uint64_t
address_of( const nest::Target& target )
{
  nest::Target plain( target );
  plain.set_status( nest::TARGET_ID_UNPROCESSED );
  return plain.remote_target_id_;
}

template < class Entry >
uint64_t
address_of( const Entry& entry )
{
  const auto& spike = entry.spike_data;
  return address_of( nest::Target( spike.get_tid(), entry.rank, spike.get_syn_id(), spike.get_lcid() ) );
}

template < class Entry >
bool
are_equal( const Entry& a, const Entry& b )
{
  return address_of( a ) == address_of( b ) and a.spike_data.get_lag() == b.spike_data.get_lag()
    and a.spike_data.get_offset() == b.spike_data.get_offset() and spike_kind( a ) == spike_kind( b );
}

const std::vector< std::vector< nest::Target > >&
targets_of_thread( size_t tid )
{
  return nest::kernel().connection_manager.target_table_.targets_.at( tid );
}

// The places, in the table of targets, of all neurons, by the addresses of their targets.
Spikes::Sources
list_sources( size_t tid )
{
  Spikes::Sources sources;
  const auto& targets = targets_of_thread( tid );
  for ( size_t lid = 0; lid < targets.size(); ++lid )
  {
    for ( const nest::Target& target : targets[ lid ] ) { sources.emplace_back( address_of( target ), lid ); }
  }
  std::sort( sources.begin(), sources.end() );
  return sources;
}

// Do the entries from `first` on go `count` times to each of these targets in turn?
template < class Entry >
bool
go_to( const std::vector< Entry >& emitted, size_t first, const std::vector< nest::Target >& targets, size_t count )
{
  if ( count == 0 or targets.size() > ( emitted.size() - first ) / count ) { return false; }
  for ( size_t i = 0; i < targets.size() * count; ++i )
  {
    const Entry& entry = emitted[ first + i ];
    const Entry& same = emitted[ first + i / count * count ];
    if ( address_of( entry ) != address_of( targets[ i / count ] ) or not are_equal( entry, same )
      or entry.spike_data.get_lag() != emitted[ first ].spike_data.get_lag()
      or entry.spike_data.get_offset() != emitted[ first ].spike_data.get_offset() )
    {
      return false;
    }
  }
  return true;
}

uint64_t
node_id_of( size_t tid, size_t lid )
{
  const auto& processes = nest::kernel().vp_manager; // the formula of its lid_to_node_id(), which is for the calling thread
  const size_t vp = processes.thread_to_vp( tid );
  return ( lid + ( vp == 0 ) ) * processes.get_num_virtual_processes() + vp;
}

} // namespace

// False: some of them come from connections that are there no more.
template < class Entry >
bool
Spikes::collect( OfProcess& of, const std::vector< Entry >& emitted )
{
  Sources& sources = *of.all_sources;
  if ( sources.empty() and not emitted.empty() ) { sources = list_sources( of.tid ); }
  for ( size_t i = 0; i < emitted.size(); )
  {
    const uint64_t address = address_of( emitted[ i ] );
    const auto found = std::lower_bound( sources.begin(), sources.end(), Sources::value_type( address, 0 ) );
    if ( found == sources.end() or found->first != address ) { return false; }
    const size_t lid = found->second;
    const auto& targets = targets_of_thread( of.tid )[ lid ];
    size_t count = 1;
    while ( i + count < emitted.size() and are_equal( emitted[ i + count ], emitted[ i ] ) ) { ++count; }
    if ( not go_to( emitted, i, targets, count ) ) { count = 1; } // the same neuron, one after the other
    if ( not go_to( emitted, i, targets, count ) ) { return false; }
    of.sources.push_back( node_id_of( of.tid, lid ) );
    of.lags.push_back( emitted[ i ].spike_data.get_lag() );
    of.counts.push_back( count );
    of.offsets.push_back( emitted[ i ].spike_data.get_offset() );
    of.kinds.push_back( spike_kind( emitted[ i ] ) );
    i += targets.size() * count;
  }
  return true;
}

void
Spikes::write( OfProcess& of, const torpor_tree_writer& w )
{
  const auto& exchange = nest::kernel().event_delivery_manager;
  const bool are_known =
    collect( of, *exchange.emitted_spikes_register_[ of.tid ] ) and collect( of, *exchange.off_grid_emitted_spikes_register_[ of.tid ] );
  w.put_uint( w.data, "ranks", n_ranks() );
  w.put_bool( w.data, "are_known", are_known );
  torpor_cpp::put( w, "sources", of.sources );
  torpor_cpp::put( w, "lags", of.lags );
  torpor_cpp::put( w, "counts", of.counts );
  torpor_cpp::put( w, "offsets", of.offsets, "ms" );
  torpor_cpp::put( w, "kinds", of.kinds );
}

void
Spikes::check( const OfProcess& of )
{
  const auto& kernel = nest::kernel();
  const size_t vp = kernel.vp_manager.thread_to_vp( of.tid );
  const size_t n = of.sources.size();
  bool fits = of.lags.size() == n and of.counts.size() == n and of.offsets.size() == n and of.kinds.size() == n;
  for ( size_t i = 0; fits and i < n; ++i )
  {
    fits = of.sources[ i ] > 0 and of.sources[ i ] <= kernel.node_manager.size()
      and kernel.vp_manager.node_id_to_vp( of.sources[ i ] ) == vp and of.lags[ i ] >= 0
      and of.lags[ i ] < kernel.connection_manager.get_min_delay() and of.counts[ i ] > 0 and of.counts[ i ] <= MOST_AT_ONCE
      and std::isfinite( of.offsets[ i ] ) and of.kinds[ i ] <= OFF_GRID;
  }
  if ( fits ) { return; }
  throw Error( TORPOR_STATUS_MISMATCH, "found spikes that no neuron of this network can have emitted" );
}

void
Spikes::read( OfProcess& of, const torpor_tree_reader& r )
{
  const auto saved = get< uint64_t >( r, r.get_uint, "ranks" );
  if ( saved == n_ranks() ) { return; } // NEST's buffers are restored
  const std::string only = ", so it can be resumed on " + std::to_string( saved ) + ( saved == 1 ? " rank only" : " ranks only" );
  if ( nest::kernel().connection_manager.secondary_connections_exist() )
  {
    throw Error( TORPOR_STATUS_UNSUPPORTED,
      "gap junctions and other connections without spikes have buffers of each rank" + only );
  }
  if ( not get< int32_t >( r, r.get_bool, "are_known" ) )
  {
    throw Error( TORPOR_STATUS_UNSUPPORTED,
      "the script has changed connections while spikes were under way to a rank" + only );
  }
  OfProcess found { of.tid, of.all_sources, of.path };
  found.sources = torpor_cpp::get< uint64_t >( r, "sources" );
  found.lags = torpor_cpp::get< int64_t >( r, "lags" );
  found.counts = torpor_cpp::get< uint64_t >( r, "counts" );
  found.offsets = torpor_cpp::get< double >( r, "offsets", "ms" );
  found.kinds = torpor_cpp::get< uint8_t >( r, "kinds" );
  check( found );
  of = found;
  of.is_read = true;
}

// As the neurons have done, see EventDeliveryManager::send_remote().
template < class Entry >
void
Spikes::emit( const OfProcess& of, uint8_t kind, std::vector< Entry >& emitted )
{
  for ( size_t i = 0; i < of.sources.size(); ++i )
  {
    if ( ( of.kinds[ i ] == OFF_GRID ) != ( kind == OFF_GRID ) ) { continue; }
    const size_t lid = nest::kernel().vp_manager.node_id_to_lid( of.sources[ i ] );
    for ( const nest::Target& target : targets_of_thread( of.tid ).at( lid ) )
    {
      for ( uint64_t k = 0; k < of.counts[ i ]; ++k )
      {
        if constexpr ( std::is_same_v< Entry, OffGrid > ) { emitted.emplace_back( target, of.lags[ i ], of.offsets[ i ] ); }
        else { emitted.emplace_back( target, of.lags[ i ], of.kinds[ i ] == FLUSH ); }
      }
    }
  }
}

bool
Spikes::settle()
{
  const bool is_due = not processes_.empty() and std::all_of( processes_.begin(), processes_.end(), []( const OfProcess& of ) { return of.is_read; } );
  if ( not is_due ) { return false; }
  auto& exchange = nest::kernel().event_delivery_manager;
  exchange.send_buffer_spike_data_.clear(); // of the size that NEST has just for these ranks, as when it prepares the first run
  exchange.send_buffer_off_grid_spike_data_.clear();
  exchange.resize_send_recv_buffers_spike_data_();
  for ( const OfProcess& of : processes_ )
  {
    auto& on_grid = *exchange.emitted_spikes_register_[ of.tid ];
    auto& off_grid = *exchange.off_grid_emitted_spikes_register_[ of.tid ];
    on_grid.clear();
    off_grid.clear();
    emit( of, ON_GRID, on_grid );
    emit( of, OFF_GRID, off_grid );
  }
  processes_.clear();
  return true;
}

std::vector< torpor_tree >
Spikes::trees()
{
  std::vector< torpor_tree > trees;
  processes_.clear();
  const auto& processes = nest::kernel().vp_manager;
  if ( processes.get_num_virtual_processes() == 1 ) { return trees; }
  all_sources_.resize( processes.get_num_threads() );
  for ( size_t tid = 0; tid < processes.get_num_threads(); ++tid )
  {
    processes_.push_back( { tid, &all_sources_[ tid ], "spikes/" + std::to_string( processes.thread_to_vp( tid ) ) } );
  }
  for ( OfProcess& of : processes_ )
  {
    trees.push_back( tree_of< write, read, nullptr >( of.path.c_str(), of ) );
    trees.back().flags = TORPOR_ORIGIN_NONE;
  }
  return trees;
}

} // namespace torpor_nest
