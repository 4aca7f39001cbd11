// SPDX-License-Identifier: GPL-2.0-or-later
#include "connectivity.h"

#include <algorithm>
#include <array>
#include <typeinfo>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "crew.h"
#include "network.h"

namespace torpor_nest
{

namespace
{

constexpr uint64_t nest_block = max_block_size; // objects that NEST keeps in one piece of memory

// The synapses of one model on one thread, and what becomes of them.
struct Part
{
  const Model* table; // NULL: another module's, of which only the number is known
  uint64_t count;
  size_t tid;
  std::vector< Run > runs;
  const BlockVector< nest::Source >* sources; // NULL: NEST was told not to keep them
  uint64_t* digest;
  IdRuns source_ids;
  bool has_labels;
  Summary* summary; // NULL: none is wanted
  size_t first_run; // of these in the summary
};

void
note_sources( const nest::Source* source, uint64_t n, IdRuns& ids )
{
  for ( uint64_t i = 0, begin = 0; i < n; begin = i )
  {
    const uint64_t id = source[ begin ].get_node_id();
    while ( i < n and source[ i ].get_node_id() == id ) { ++i; }
    ids.add( id, i - begin );
  }
}

// Source and target of each synapse, as one number; ids of nodes are below 2^32 as long as nodes fit into memory.
void
digest_run( Part& part, const Run& run, XXH3_state_t& state )
{
  std::array< uint64_t, nest_block > pairs;
  for ( uint64_t done = 0, n; done < run.count; done += n )
  {
    const uint64_t lcid = run.first + done;
    n = std::min( run.count - done, nest_block - lcid % nest_block );
    part.table->target_ids( run.base + done * run.stride, n, part.tid, pairs.data() );
    const nest::Source* source = part.sources ? &( *part.sources )[ lcid ] : nullptr;
    for ( uint64_t i = 0; source and i < n; ++i ) { pairs[ i ] ^= source[ i ].get_node_id() << 32; }
    if ( source and part.has_labels ) { note_sources( source, n, part.source_ids ); }
    XXH3_64bits_update( &state, pairs.data(), n * sizeof pairs[ 0 ] );
  }
}

void
look_at_part( void* parts, uint64_t index )
{
  Part& part = static_cast< Part* >( parts )[ index ];
  XXH3_state_t state;
  XXH3_64bits_reset( &state );
  XXH3_64bits_update( &state, &part.count, sizeof part.count );
  for ( size_t i = 0; i < part.runs.size(); ++i )
  {
    digest_run( part, part.runs[ i ], state );
    if ( part.summary ) { part.summary->note( part.first_run + i, part.runs[ i ] ); }
  }
  *part.digest = XXH3_64bits_digest( &state );
}

// The synapses of all threads are one population, in the order of the threads.
void
add_summary( Part& part, Population* population, size_t& next_run )
{
  part.summary = nullptr;
  part.first_run = next_run;
  next_run += part.runs.size();
  if ( not population or population->runs().size() < next_run or part.runs.empty()
    or population->runs()[ part.first_run ].base != part.runs[ 0 ].base )
  {
    return;
  }
  if ( not population->summary )
  {
    population->summary = std::make_unique< Summary >( population->type(), population->runs().size() );
  }
  part.summary = population->summary.get();
}

// Connections to and from devices are in tables of their own: by thread, node (or device), and synapse model.
using DeviceTable = std::vector< std::vector< std::vector< nest::ConnectorBase* > > >;

struct DevicePart
{
  const std::vector< std::vector< nest::ConnectorBase* > >* connectors; // of one thread
  const std::vector< size_t >* sources; // ids of the devices that send; NULL: nodes in their order send
  size_t tid;
  std::vector< uint64_t > digests; // by synapse model; 0: there are none
};

// Source and targets of each connector.
void
look_at_device_part( void* parts, uint64_t index )
{
  DevicePart& part = static_cast< DevicePart* >( parts )[ index ];
  std::vector< uint64_t > ids;
  std::vector< Run > runs;
  for ( size_t place = 0; place < part.connectors->size(); ++place )
  {
    const auto& of_node = ( *part.connectors )[ place ];
    for ( size_t syn_id = 0; syn_id < of_node.size(); ++syn_id )
    {
      nest::ConnectorBase* connector = of_node[ syn_id ];
      if ( not connector or connector->size() == 0 ) { continue; }
      auto& model = nest::kernel().model_manager.get_connection_model( syn_id, part.tid );
      const Model* table = find_model( synapse_models, n_synapse_models, typeid( model ).name() );
      ids.assign( { part.sources ? ( *part.sources )[ place ] : place, connector->size() } );
      runs.clear();
      if ( table ) { table->append_runs( connector, part.tid, runs ); }
      for ( const Run& run : runs )
      {
        const size_t begin = ids.size();
        ids.resize( begin + run.count );
        table->target_ids( run.base, run.count, part.tid, ids.data() + begin );
      }
      part.digests.resize( std::max( part.digests.size(), syn_id + 1 ) );
      uint64_t& digest = part.digests[ syn_id ];
      digest = XXH3_64bits_withSeed( ids.data(), ids.size() * sizeof ids[ 0 ], digest );
    }
  }
}

void
add_devices( const char* prefix, const DeviceTable& table, const std::vector< std::vector< size_t > >* sources,
  Connectivity& digests )
{
  std::vector< DevicePart > parts;
  for ( size_t tid = 0; tid < table.size(); ++tid )
  {
    parts.push_back( { &table[ tid ], sources ? &( *sources )[ tid ] : nullptr, tid, {} } );
  }
  share_work( parts.size(), &look_at_device_part, parts.data() );
  for ( const DevicePart& part : parts )
  {
    for ( size_t syn_id = 0; syn_id < part.digests.size(); ++syn_id )
    {
      if ( part.digests[ syn_id ] == 0 ) { continue; }
      auto& model = nest::kernel().model_manager.get_connection_model( syn_id, part.tid );
      auto& of_model = digests[ prefix + model.get_name() ];
      of_model.resize( table.size() );
      of_model[ part.tid ] = part.digests[ syn_id ];
    }
  }
}

} // namespace

Connectivity
connectivity( Network* network )
{
  Connectivity digests;
  std::vector< Part > parts;
  std::vector< Population* > populations; // of the parts
  std::map< std::string, size_t > next_run;
  auto& manager = nest::kernel().connection_manager;
  const size_t n_threads = manager.connections_.size();
  const bool has_sources = manager.get_keep_source_table();
  for ( size_t tid = 0; tid < n_threads; ++tid )
  {
    for ( size_t syn_id = 0; syn_id < manager.connections_[ tid ].size(); ++syn_id )
    {
      nest::ConnectorBase* connector = manager.connections_[ tid ][ syn_id ];
      if ( not connector or connector->size() == 0 ) { continue; }
      nest::ConnectorModel& model = nest::kernel().model_manager.get_connection_model( syn_id, tid );
      auto& of_model = digests[ model.get_name() ];
      of_model.resize( n_threads );
      Part part {};
      part.table = find_model( synapse_models, n_synapse_models, typeid( model ).name() );
      part.count = connector->size();
      part.tid = tid;
      part.sources = has_sources ? &manager.source_table_.sources_[ tid ][ syn_id ] : nullptr;
      part.digest = &of_model[ tid ];
      if ( part.table ) { part.table->append_runs( connector, tid, part.runs ); }
      Population* population = network ? network->find( "synapses/" + model.get_name() ) : nullptr;
      part.has_labels = population and has_sources;
      add_summary( part, population, next_run[ model.get_name() ] );
      populations.push_back( population );
      parts.push_back( std::move( part ) );
    }
  }
  share_work( parts.size(), &look_at_part, parts.data() );
  for ( size_t i = 0; i < parts.size(); ++i )
  {
    if ( parts[ i ].has_labels ) { populations[ i ]->labels.runs[ "source" ].append( parts[ i ].source_ids ); }
  }
  const auto& devices = manager.target_table_devices_;
  add_devices( "to devices: ", devices.target_to_devices_, nullptr, digests );
  add_devices( "from devices: ", devices.target_from_devices_, &devices.sending_devices_node_ids_, digests );
  return digests;
}

} // namespace torpor_nest
