// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/memory.h"

#include <algorithm>

#include "kernel_manager.h"
#include "multimeter.h"
#include "nest_names.h"
#include "spin_detector.h"
#include "weight_recorder.h"

namespace torpor_nest
{

namespace
{

// A multimeter may record a quantity twice.
std::string
distinct_name( const std::vector< std::string >& names, size_t index )
{
  const auto n_before = std::count( names.begin(), names.begin() + static_cast< ptrdiff_t >( index ), names[ index ] );
  return n_before == 0 ? names[ index ] : names[ index ] + "#" + std::to_string( n_before + 1 );
}

std::vector< std::string >
distinct( const std::vector< std::string >& names )
{
  std::vector< std::string > all;
  for ( size_t i = 0; i < names.size(); ++i ) { all.push_back( distinct_name( names, i ) ); }
  return all;
}

template < class Values >
Values*
values_of( std::vector< Values >& values, const std::vector< std::string >& names, const std::string& quantity )
{
  for ( size_t i = 0; i < values.size() and i < names.size(); ++i )
  {
    if ( distinct_name( names, i ) == quantity ) { return &values[ i ]; }
  }
  return nullptr;
}

} // namespace

std::vector< MemoryRecorder >
memory_recorders()
{
  std::vector< MemoryRecorder > list;
  const auto& backends = nest::kernel().io_manager.recording_backends_;
  const auto backend = backends.find( "memory" );
  if ( backend == backends.end() ) { return list; }
  auto& of_threads = dynamic_cast< nest::RecordingBackendMemory& >( *backend->second ).device_data_;
  for ( size_t tid = 0; tid < of_threads.size(); ++tid )
  {
    for ( auto& [ node_id, data ] : of_threads[ tid ] ) { list.push_back( { &data, node_id, tid } ); }
  }
  return list;
}

// As each of these classes does in its pre_run_hook().
Quantities
quantities_of( const MemoryRecorder& recorder )
{
  nest::Node* node = nest::kernel().node_manager.get_node_or_proxy( recorder.node_id, recorder.tid );
  if ( auto* multimeter = dynamic_cast< nest::multimeter* >( node ) )
  {
    return { distinct( multimeter->P_.record_from_ ), {} };
  }
  if ( dynamic_cast< nest::weight_recorder* >( node ) )
  {
    return { { nest::names::weights }, { nest::names::targets, nest::names::receptors, nest::names::ports } };
  }
  if ( dynamic_cast< nest::spin_detector* >( node ) ) { return { {}, { nest::names::state } }; }
  return {};
}

std::vector< double >*
doubles_of( MemoryData& data, const std::string& quantity )
{
  return values_of( data.double_values_, data.double_value_names_, quantity );
}

std::vector< long >*
longs_of( MemoryData& data, const std::string& quantity )
{
  return values_of( data.long_values_, data.long_value_names_, quantity );
}

} // namespace torpor_nest
