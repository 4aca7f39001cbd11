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

// The synapses of one model on one thread, and what becomes of them.
struct Part
{
  const Model* table; // NULL: another module's, of which only the number is known
  uint64_t count;
  size_t tid;
  std::vector< Run > runs;
  const BlockVector< nest::Source >* sources; // NULL: NEST was told not to keep them
  uint64_t* digest;
};

// Source and target of each synapse, as one number; ids of nodes are below 2^32 as long as nodes fit into memory.
void
digest_part( void* parts, uint64_t index )
{
  const Part& part = static_cast< Part* >( parts )[ index ];
  std::array< uint64_t, 1024 > pairs;
  XXH3_state_t state;
  XXH3_64bits_reset( &state );
  XXH3_64bits_update( &state, &part.count, sizeof part.count );
  for ( const Run& run : part.runs )
  {
    for ( uint64_t done = 0; done < run.count; )
    {
      const uint64_t n = std::min< uint64_t >( run.count - done, pairs.size() );
      part.table->target_ids( run.base + done * run.stride, n, part.tid, pairs.data() );
      for ( uint64_t i = 0; part.sources and i < n; ++i )
      {
        pairs[ i ] ^= ( *part.sources )[ run.first + done + i ].get_node_id() << 32;
      }
      XXH3_64bits_update( &state, pairs.data(), n * sizeof pairs[ 0 ] );
      done += n;
    }
  }
  *part.digest = XXH3_64bits_digest( &state );
}

} // namespace

std::map< std::string, std::vector< uint64_t > >
connectivity()
{
  std::map< std::string, std::vector< uint64_t > > digests;
  std::vector< Part > parts;
  auto& manager = nest::kernel().connection_manager;
  const size_t n_threads = manager.connections_.size();
  for ( size_t tid = 0; tid < n_threads; ++tid )
  {
    for ( size_t syn_id = 0; syn_id < manager.connections_[ tid ].size(); ++syn_id )
    {
      nest::ConnectorBase* connector = manager.connections_[ tid ][ syn_id ];
      if ( not connector or connector->size() == 0 ) { continue; }
      nest::ConnectorModel& model = nest::kernel().model_manager.get_connection_model( syn_id, tid );
      auto& of_model = digests[ model.get_name() ];
      of_model.resize( n_threads );
      const bool has_sources = manager.get_keep_source_table();
      parts.push_back( { find_model( synapse_models, n_synapse_models, typeid( model ).name() ), connector->size(), tid,
        {}, has_sources ? &manager.source_table_.sources_[ tid ][ syn_id ] : nullptr, &of_model[ tid ] } );
      Part& part = parts.back();
      if ( part.table ) { part.table->append_runs( connector, part.runs ); }
    }
  }
  share_work( parts.size(), &digest_part, parts.data() );
  return digests;
}

} // namespace torpor_nest
