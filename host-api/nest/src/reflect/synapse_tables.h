// SPDX-License-Identifier: GPL-2.0-or-later
// Functions of one synapse model, to which the generated tables point: where a connector's synapses are in memory, what their
// targets are, and how to create a connector.
#ifndef TORPOR_NEST_SYNAPSE_TABLES_H
#define TORPOR_NEST_SYNAPSE_TABLES_H

#include "connector_base.h"
#include "connector_model.h"

#include "reflect/models.h"

namespace torpor_nest
{

template < class ConnectionT >
void
append_spans( nest::ConnectorBase* connector, size_t tid, std::vector< Span >& spans )
{
  auto& synapses = static_cast< nest::Connector< ConnectionT >* >( connector )->C_;
  uint64_t left = connector->size();
  for ( auto& block : synapses.blockmap_ )
  {
    const uint64_t count = left < block.size() ? left : block.size();
    if ( count == 0 ) { break; }
    const uint64_t first = spans.empty() ? 0 : spans.back().first + spans.back().count;
    spans.push_back( { reinterpret_cast< char* >( block.data() ), first, count, sizeof( ConnectionT ), tid } );
    left -= count;
  }
}

// Some synapse models act without delay. Their delay is never used, and may lie outside the network's limits.
template < class ConnectionT >
constexpr uint32_t delay_flags = ( static_cast< unsigned >( ConnectionT::properties )
                                   & static_cast< unsigned >( nest::ConnectionModelProperties::HAS_DELAY ) )
  ? 0
  : MEMBER_CONSTANT;

template < class ConnectionT >
void
target_ids( const void* synapses, uint64_t n, size_t tid, const void* soon, uint32_t* out )
{
  const ConnectionT* synapse = static_cast< const ConnectionT* >( synapses );
  const char* next = static_cast< const char* >( soon );
  for ( uint64_t i = 0; i < n; ++i, next += sizeof( ConnectionT ) )
  {
    __builtin_prefetch( next );
    if constexpr ( sizeof( ConnectionT ) > 64 ) { __builtin_prefetch( next + 64 ); }
    out[ i ] = static_cast< uint32_t >( synapse[ i ].get_target( tid )->get_node_id() );
  }
}

template < class ConnectionT >
std::unique_ptr< nest::ConnectorBase >
make_connector( nest::ConnectorModel& model, nest::Node* const* targets, uint64_t n )
{
  const auto& generic = static_cast< nest::GenericConnectorModel< ConnectionT >& >( model );
  auto connector = std::make_unique< nest::Connector< ConnectionT > >( generic.get_syn_id() );
  for ( uint64_t i = 0; i < n; ++i )
  {
    ConnectionT synapse( generic.default_connection_ );
    synapse.target_.set_target( targets[ i ] );
    connector->C_.push_back( std::move( synapse ) );
  }
  return connector;
}

} // namespace torpor_nest

#endif
