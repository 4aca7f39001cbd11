// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/connectivity.h"

#include <algorithm>
#include <array>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "base/borrowed_threads.h"
#include "network/connectors.h"

namespace torpor_nest
{

namespace
{

constexpr uint64_t NEST_BLOCK = max_block_size; // number of objects in one block of NEST's memory

// Number of synapses in one piece, whose targets are read together; they fit into a first-level cache.
constexpr uint64_t PIECE = 256;

// Sources are compared in batches of these sizes. Most neighbours are equal, since synapses are sorted by source.
constexpr std::array< uint64_t, 2 > SOURCES_AT_ONCE = { 256, 32 };

// Count how many sources are equal to the first one. Where their flags differ, they are compared one by one.
uint64_t
count_same( const nest::Source* source, uint64_t n )
{
  const uint64_t id = source[ 0 ].get_node_id();
  uint64_t same = 1;
  for ( const uint64_t at_once : SOURCES_AT_ONCE )
  {
    while ( same + at_once <= n
      and std::memcmp( static_cast< const void* >( source + same ), source + same - 1, at_once * sizeof *source ) == 0 )
    {
      same += at_once;
    }
  }
  while ( same < n and source[ same ].get_node_id() == id ) { ++same; }
  return same;
}

void
note_sources( const BlockVector< nest::Source >& sources, uint64_t count, RepeatedIds& ids )
{
  for ( uint64_t lcid = 0, same; lcid < count; lcid += same )
  {
    same = count_same( &sources[ lcid ], std::min( count - lcid, NEST_BLOCK - lcid % NEST_BLOCK ) );
    ids.add( sources[ lcid ].get_node_id(), same );
  }
}

void
update( XXH3_state_t& state, const std::vector< uint32_t >& numbers )
{
  const uint64_t n = numbers.size();
  XXH3_64bits_update( &state, &n, sizeof n );
  XXH3_64bits_update( &state, numbers.data(), n * sizeof numbers[ 0 ] );
}

// NEST keeps connections to and from devices in separate tables, by thread, node (or device), and synapse model.
using DeviceTable = std::vector< std::vector< std::vector< nest::ConnectorBase* > > >;

struct DeviceSynapsesOfThread
{
  const std::vector< std::vector< nest::ConnectorBase* > >* connectors; // of one thread
  const std::vector< size_t >* sources; // ids of the sending devices; NULL: the nodes send, in their order
  size_t tid;
  std::vector< uint64_t > digests; // by synapse model; 0: no synapses
};

// Digest the source and the targets of each connector.
void
look_at_device_synapses( void* by_thread, uint64_t index )
{
  DeviceSynapsesOfThread& of_thread = static_cast< DeviceSynapsesOfThread* >( by_thread )[ index ];
  std::vector< uint32_t > ids;
  std::vector< Span > spans;
  for ( size_t place = 0; place < of_thread.connectors->size(); ++place )
  {
    const auto& of_node = ( *of_thread.connectors )[ place ];
    for ( size_t syn_id = 0; syn_id < of_node.size(); ++syn_id )
    {
      nest::ConnectorBase* connector = of_node[ syn_id ];
      if ( not connector or connector->size() == 0 ) { continue; }
      auto& model = nest::kernel().model_manager.get_connection_model( syn_id, of_thread.tid );
      const Model* table = find_model( model );
      ids.clear();
      for ( const size_t number : { of_thread.sources ? ( *of_thread.sources )[ place ] : place, connector->size() } )
      {
        ids.push_back( static_cast< uint32_t >( number ) );
      }
      spans.clear();
      if ( table ) { table->append_spans( connector, of_thread.tid, spans ); }
      for ( const Span& span : spans )
      {
        const size_t begin = ids.size();
        ids.resize( begin + span.count );
        table->target_ids( span.base, span.count, of_thread.tid, span.base, &ids[ begin ] );
      }
      of_thread.digests.resize( std::max( of_thread.digests.size(), syn_id + 1 ) );
      uint64_t& digest = of_thread.digests[ syn_id ];
      digest = XXH3_64bits_withSeed( ids.data(), ids.size() * sizeof ids[ 0 ], digest );
    }
  }
}

void
add_devices( const char* prefix, const DeviceTable& table, const std::vector< std::vector< size_t > >* sources,
  Digests& digests )
{
  std::vector< DeviceSynapsesOfThread > by_thread;
  for ( size_t tid = 0; tid < table.size(); ++tid )
  {
    by_thread.push_back( { &table[ tid ], sources ? &( *sources )[ tid ] : nullptr, tid, {} } );
  }
  share_work( by_thread.size(), &look_at_device_synapses, by_thread.data() );
  for ( const DeviceSynapsesOfThread& of_thread : by_thread )
  {
    for ( size_t syn_id = 0; syn_id < of_thread.digests.size(); ++syn_id )
    {
      if ( of_thread.digests[ syn_id ] == 0 ) { continue; }
      auto& model = nest::kernel().model_manager.get_connection_model( syn_id, of_thread.tid );
      auto& of_model = digests[ prefix + model.get_name() ];
      of_model.resize( table.size() );
      of_model[ of_thread.tid ] = of_thread.digests[ syn_id ];
    }
  }
}

} // namespace

void
Links::add( const Model* table, size_t tid, size_t syn_id )
{
  nest::ConnectorBase* connector = connectors()[ tid ][ syn_id ];
  std::vector< Span > spans;
  if ( table ) { table->append_spans( connector, tid, spans ); }
  by_thread_.push_back( { tid, syn_id, connector->size(), spans_.size(), spans.size(), {} } );
  spans_.insert( spans_.end(), spans.begin(), spans.end() );
  for ( const Span& span : spans ) { first_pieces_.push_back( first_pieces_.back() + ( span.count + PIECE - 1 ) / PIECE ); }
  table_ = table;
  has_sources_ = nest::kernel().connection_manager.get_keep_source_table();
}

bool
Links::has_any( size_t tid ) const
{
  return std::any_of( by_thread_.begin(), by_thread_.end(), [ = ]( const auto& of_thread ) { return of_thread.tid == tid; } );
}

void
Links::look_at_sources_of_thread( void* by_thread, uint64_t index )
{
  SynapsesOfThread& of_thread = static_cast< SynapsesOfThread* >( by_thread )[ index ];
  note_sources( torpor_nest::sources()[ of_thread.tid ][ of_thread.syn_id ], of_thread.count, of_thread.sources );
}

void
Links::look_at_sources()
{
  piece_digests_.resize( first_pieces_.back() );
  is_taken_.reset( new std::atomic< bool >[ piece_digests_.size() ]() );
  if ( not has_sources_ ) { return; }
  share_work( by_thread_.size(), &look_at_sources_of_thread, by_thread_.data() );
  for ( const SynapsesOfThread& of_thread : by_thread_ ) { sources_.append( of_thread.sources ); }
}

// Meanwhile the same place of the next span is prefetched, so that memory is busy while this span becomes columns.
void
Links::look_at_piece( size_t span, uint64_t piece )
{
  const size_t index = first_pieces_[ span ] + piece;
  if ( is_taken_[ index ].load( std::memory_order_relaxed ) or is_taken_[ index ].exchange( true ) ) { return; }
  const Span& r = spans_[ span ];
  const Span& next = spans_[ std::min( span + 1, spans_.size() - 1 ) ];
  const uint64_t begin = piece * PIECE;
  const uint64_t n = std::min( r.count - begin, PIECE );
  std::array< uint32_t, PIECE > ids;
  table_->target_ids( r.base + begin * r.stride, n, r.tid, next.base + begin * r.stride, ids.data() );
  piece_digests_[ index ] = XXH3_64bits( ids.data(), n * sizeof ids[ 0 ] );
}

void
Links::look_at( size_t span, uint64_t first, uint64_t n )
{
  for ( uint64_t piece = first / PIECE; piece * PIECE < first + n; ++piece ) { look_at_piece( span, piece ); }
}

void
Links::look_at_rest( void* links, uint64_t index )
{
  Links& of_model = *static_cast< Links* >( links );
  of_model.look_at( index, 0, of_model.spans_[ index ].count );
}

void
Links::look_at_all()
{
  const auto* taken = is_taken_.get();
  const bool all_taken = std::all_of( taken, taken + piece_digests_.size(), []( const auto& one ) { return one.load(); } );
  if ( not all_taken ) { share_work( spans_.size(), &look_at_rest, this ); }
}

const std::vector< uint64_t >&
Links::digests()
{
  if ( not digests_.empty() ) { return digests_; }
  look_at_all();
  digests_.resize( nest::kernel().connection_manager.connections_.size() );
  for ( const SynapsesOfThread& of_thread : by_thread_ )
  {
    XXH3_state_t state;
    XXH3_64bits_reset( &state );
    XXH3_64bits_update( &state, &of_thread.count, sizeof of_thread.count );
    update( state, of_thread.sources.values );
    update( state, of_thread.sources.counts );
    const size_t begin = first_pieces_[ of_thread.first_span ];
    const size_t end = first_pieces_[ of_thread.first_span + of_thread.n_spans ];
    XXH3_64bits_update( &state, piece_digests_.data() + begin, ( end - begin ) * sizeof piece_digests_[ 0 ] );
    digests_[ of_thread.tid ] = XXH3_64bits_digest( &state );
  }
  return digests_;
}

Digests
device_digests()
{
  Digests digests;
  const auto& devices = nest::kernel().connection_manager.target_table_devices_;
  add_devices( "to devices: ", devices.target_to_devices_, nullptr, digests );
  add_devices( "from devices: ", devices.target_from_devices_, &devices.sending_devices_node_ids_, digests );
  return digests;
}

Connectivity
connectivity()
{
  Connectivity found;
  const Connectors& all = connectors();
  for ( size_t tid = 0; tid < all.size(); ++tid )
  {
    for ( size_t syn_id = 0; syn_id < all[ tid ].size(); ++syn_id )
    {
      if ( not all[ tid ][ syn_id ] or all[ tid ][ syn_id ]->size() == 0 ) { continue; }
      nest::ConnectorModel& model = nest::kernel().model_manager.get_connection_model( syn_id, tid );
      found.links[ model.get_name() ].add( find_model( model ), tid, syn_id );
    }
  }
  for ( auto& [ model, of_model ] : found.links ) { of_model.look_at_sources(); }
  found.devices = device_digests();
  return found;
}

} // namespace torpor_nest
