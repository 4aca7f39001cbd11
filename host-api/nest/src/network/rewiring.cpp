// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/rewiring.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <memory>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "base/tree.h"
#include "reflect/codec.h"
#include "reflect/models.h"
#include "kernel/structural_plasticity.h"

namespace torpor_nest
{

namespace
{

constexpr uint64_t AT_ONCE = 1024;

[[noreturn]] void
throw_mismatch( const std::string& path, const std::string& why )
{
  throw Error( TORPOR_STATUS_MISMATCH, path + ": " + why + "; build the network as the saved run did" );
}

std::vector< uint32_t >
read_ids( const torpor_tree_reader& r, const std::string& path )
{
  return torpor_cpp::get< uint32_t >( r, path.c_str() );
}

bool
has( const torpor_tree_reader& r, const std::string& path )
{
  uint32_t kind = 0;
  return r.kind( r.data, path.c_str(), &kind, nullptr ) == TORPOR_STATUS_OK;
}

// Find the node that a synapse leads to or comes from. Throws Error if this network has no such neuron.
nest::Node*
neuron( const std::string& path, uint32_t id )
{
  auto& nodes = nest::kernel().node_manager;
  if ( id == 0 or id > nodes.size() )
  {
    throw_mismatch( path,
      "node " + std::to_string( id ) + " is not in this network, which has " + std::to_string( nodes.size() ) );
  }
  nest::Node* node = nodes.get_node_or_proxy( id, 0 );
  if ( not node->has_proxies() and node->local_receiver() )
  {
    throw_mismatch( path, "node " + std::to_string( id ) + " is a device in this network" );
  }
  return node;
}

// A digest of all pairs of source and target that does not depend on their order.
uint64_t
digest_of_pairs( const Connectors& connectors, const Sources& sources, size_t syn_id )
{
  nest::ConnectorBase* connector = connectors[ 0 ][ syn_id ];
  const Model* table = connector ? find_model( nest::kernel().model_manager.get_connection_model( syn_id, 0 ) ) : nullptr;
  std::vector< Span > spans;
  if ( table ) { table->append_spans( connector, 0, spans ); }
  uint64_t digest = 0;
  std::vector< uint32_t > targets;
  for ( const Span& span : spans )
  {
    targets.resize( span.count );
    table->target_ids( span.base, span.count, 0, span.base, targets.data() );
    for ( uint64_t i = 0; i < span.count; ++i )
    {
      const uint64_t pair[] = { sources[ 0 ][ syn_id ][ span.first + i ].get_node_id(), targets[ i ] };
      digest += XXH3_64bits( pair, sizeof pair );
    }
  }
  return digest;
}

const Member*
disabled_member( const Model& table )
{
  const Member* end = table.members + table.n_members;
  const Member* found =
    std::find_if( table.members, end, []( const Member& m ) { return std::strcmp( m.path, "disabled" ) == 0; } );
  return found == end ? nullptr : found;
}

// Does what SimulationManager::update_connection_infrastructure() does, except the sorting, which would change the order of
// synapses with the same source.
void
update_presynaptic_tables( size_t tid )
{
  auto& kernel = nest::kernel();
  auto& manager = kernel.connection_manager;
  auto& events = kernel.event_delivery_manager;
#pragma omp barrier
  manager.restructure_connection_tables( tid );
  manager.collect_compressed_spike_data( tid );
#pragma omp barrier
#pragma omp single
  {
    manager.compute_target_data_buffer_size();
    events.resize_send_recv_buffers_target_data();
  }
  if ( manager.secondary_connections_exist() )
  {
#pragma omp barrier
    manager.compute_compressed_secondary_recv_buffer_positions( tid );
#pragma omp barrier
#pragma omp single
    {
      kernel.mpi_manager.communicate_recv_counts_secondary_events();
      events.configure_secondary_buffers();
    }
  }
#pragma omp barrier
#pragma omp single
  {
    manager.initialize_iteration_state();
  }
  events.gather_target_data_compressed( tid );
  if ( manager.secondary_connections_exist() ) { manager.compress_secondary_send_buffer_pos( tid ); }
#pragma omp barrier
#pragma omp single
  {
    manager.clear_compressed_spike_data_map();
    kernel.node_manager.set_have_nodes_changed( false );
    manager.unset_connections_have_changed();
  }
}

} // namespace

Rewiring::Rewiring()
{
  const auto& manager = nest::kernel().connection_manager;
  for ( const auto& of_thread : manager.connections_ )
  {
    connectors_.emplace_back( of_thread.size() );
    sources_.emplace_back( of_thread.size() );
  }
  show_connectors( &connectors_, &sources_ );
}

Rewiring::~Rewiring()
{
  show_connectors( nullptr, nullptr );
  for ( const auto& of_thread : connectors_ ) { for ( auto* connector : of_thread ) { delete connector; } }
}

void
Rewiring::make( const torpor_tree_reader& r, size_t syn_id, const std::string& path )
{
  auto& model = nest::kernel().model_manager.get_connection_model( syn_id, 0 );
  const Model* table = find_model( model );
  if ( not table ) { return; } // its type is refused by name
  if ( not has( r, path + "/source" ) ) { return; } // there were no synapses
  const std::vector< uint32_t > ids = read_ids( r, path + "/source/values" );
  const std::vector< uint32_t > counts = read_ids( r, path + "/source/counts" );
  if ( not has( r, path + "/target" ) ) { throw_mismatch( path, "expected the targets of the synapses, found none" ); }
  const std::vector< uint32_t > targets = read_ids( r, path + "/target" );
  uint64_t n = 0;
  for ( const uint32_t count : counts ) { n += count; }
  if ( ids.size() != counts.size() or n != targets.size() or n >= nest::MAX_LCID - 1
    or not std::is_sorted( ids.begin(), ids.end() ) )
  {
    throw_mismatch( path, "expected sorted sources, as many as targets" );
  }
  std::vector< nest::Node* > nodes;
  nodes.reserve( n );
  for ( const uint32_t id : targets ) { nodes.push_back( neuron( path + "/target", id ) ); }
  const bool is_primary = model.has_property( nest::ConnectionModelProperties::IS_PRIMARY );
  auto& sources = sources_[ 0 ][ syn_id ];
  for ( size_t i = 0; i < ids.size(); ++i )
  {
    neuron( path + "/source", ids[ i ] );
    for ( uint32_t j = 0; j < counts[ i ]; ++j ) { sources.push_back( nest::Source( ids[ i ], is_primary ) ); }
  }
  connectors_[ 0 ][ syn_id ] = table->make_connector( model, nodes.data(), n ).release();
}

void
Rewiring::read( const torpor_tree_reader& r )
{
  const auto& manager = nest::kernel().connection_manager;
  const std::vector< size_t > growing = growing_synapse_models();
  for ( size_t syn_id = 0; syn_id < connectors_.at( 0 ).size(); ++syn_id )
  {
    const auto* model = nest::kernel().model_manager.connection_models_[ 0 ][ syn_id ];
    if ( not model ) { continue; }
    const std::string path = "trees/labels/" + escaped( "synapses/" + model->get_name() );
    if ( has( r, path ) ) { make( r, syn_id, path ); }
    if ( std::find( growing.begin(), growing.end(), syn_id ) == growing.end()
      and digest_of_pairs( connectors_, sources_, syn_id )
        != digest_of_pairs( manager.connections_, manager.source_table_.sources_, syn_id ) )
    {
      throw_mismatch( path, "this network has other synapses than the checkpoint" );
    }
  }
}

void
Rewiring::install()
{
  auto& kernel = nest::kernel();
  auto& manager = kernel.connection_manager;
  auto& numbers = manager.num_connections_.at( 0 );
  for ( size_t syn_id = 0; syn_id < connectors_[ 0 ].size(); ++syn_id )
  {
    const auto& before = manager.source_table_.sources_[ 0 ][ syn_id ];
    const size_t n = sources_[ 0 ][ syn_id ].size();
    if ( before.size() == 0 and n == 0 ) { continue; }
    numbers.resize( std::max( numbers.size(), syn_id + 1 ) );
    numbers[ syn_id ] += n;
    numbers[ syn_id ] -= static_cast< size_t >(
      std::count_if( before.begin(), before.end(), []( const nest::Source& s ) { return not s.is_disabled(); } ) );
  }
  show_connectors( nullptr, nullptr );
  std::swap( manager.connections_, connectors_ );
  std::swap( manager.source_table_.sources_, sources_ );
  // These are restored already, but NEST resets them below, to the same size.
  auto to_send = std::move( kernel.event_delivery_manager.send_buffer_secondary_events_ );
  auto received = std::move( kernel.event_delivery_manager.recv_buffer_secondary_events_ );
  std::exception_ptr failure;
#pragma omp parallel
  {
    try
    {
      update_presynaptic_tables( kernel.vp_manager.get_thread_id() );
    }
    catch ( ... )
    {
      failure = std::current_exception();
    }
  }
  kernel.event_delivery_manager.send_buffer_secondary_events_ = std::move( to_send );
  kernel.event_delivery_manager.recv_buffer_secondary_events_ = std::move( received );
  if ( failure ) { std::rethrow_exception( failure ); }
}

void
note_disconnected()
{
  auto& manager = nest::kernel().connection_manager;
  if ( not manager.get_keep_source_table() ) { return; } // nothing can be disconnected
  std::array< bool, AT_ONCE > flags;
  std::vector< Span > spans;
  for ( size_t tid = 0; tid < manager.connections_.size(); ++tid )
  {
    for ( size_t syn_id = 0; syn_id < manager.connections_[ tid ].size(); ++syn_id )
    {
      nest::ConnectorBase* connector = manager.connections_[ tid ][ syn_id ];
      const Model* table =
        connector ? find_model( nest::kernel().model_manager.get_connection_model( syn_id, tid ) ) : nullptr;
      const Member* member = table ? disabled_member( *table ) : nullptr;
      if ( not member ) { continue; }
      auto& sources = manager.source_table_.sources_[ tid ][ syn_id ];
      spans.clear();
      table->append_spans( connector, tid, spans );
      for ( const Span& span : spans )
      {
        for ( uint64_t done = 0, n; done < span.count; done += n )
        {
          n = std::min( span.count - done, AT_ONCE );
          get_values( *member->codec, span.base + done * span.stride + member->offset, span.stride, n,
            reinterpret_cast< char* >( flags.data() ) );
          for ( uint64_t i = 0; i < n; ++i )
          {
            nest::Source& source = sources[ span.first + done + i ];
            manager.num_connections_[ tid ][ syn_id ] += static_cast< size_t >( source.is_disabled() );
            manager.num_connections_[ tid ][ syn_id ] -= static_cast< size_t >( flags[ i ] );
            source.disabled_ = flags[ i ];
          }
        }
      }
    }
  }
}

} // namespace torpor_nest
