// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/row_numbers.h"

#include <sstream>

#include "kernel_manager.h"
#include "node.h"
#include "vp_manager_impl.h"

#include "base/error.h"

namespace torpor_nest
{

void
RowNumbers::add( const std::string& said_by_rank )
{
  std::istringstream text( said_by_rank );
  uint64_t n_connections = 0;
  text >> n_connections;
  n_connections_ += n_connections;
  uint64_t piece = 0;
  uint64_t count = 0;
  std::string path;
  while ( text >> piece >> count and std::getline( text >> std::ws, path ) ) { pieces_[ path ][ piece ].count += count; }
}

void
RowNumbers::number()
{
  for ( auto& [ path, of_population ] : pieces_ )
  {
    uint64_t next = 0;
    for ( auto& [ number, piece ] : of_population )
    {
      piece.first = next;
      next += piece.count;
    }
  }
}

RowNumbers::RowNumbers( const std::vector< std::string >& said )
{
  for ( const std::string& of_rank : said ) { add( of_rank ); }
  number();
}

uint64_t
RowNumbers::first( const std::string& path, uint64_t piece, uint64_t count ) const
{
  const auto of_population = pieces_.find( path );
  if ( of_population != pieces_.end() )
  {
    const auto found = of_population->second.find( piece );
    if ( found != of_population->second.end() and found->second.count == count ) { return found->second.first; }
  }
  throw Error( TORPOR_STATUS_ORDER,
    "populations/" + path + ": the network was changed during a run; that cannot be saved on several ranks" );
}

// A device is on each virtual process; other nodes are on one.
uint64_t
NodeRows::of( const nest::Node& node )
{
  const auto& ranges = nest::kernel().modelrange_manager.modelranges_;
  const uint64_t node_id = node.get_node_id();
  for ( ; ranges.at( range_ ).get_last_node_id() < node_id; ++range_ )
  {
    const nest::modelrange& passed = ranges[ range_ ];
    n_before_[ passed.get_model_id() ] += passed.get_last_node_id() + 1 - passed.get_first_node_id();
  }
  const nest::modelrange& range = ranges[ range_ ];
  const uint64_t row = n_before_[ range.get_model_id() ] + node_id - range.get_first_node_id();
  if ( node.has_proxies() ) { return row; }
  const auto& processes = nest::kernel().vp_manager;
  return row * processes.get_num_virtual_processes() + processes.thread_to_vp( node.get_thread() );
}

} // namespace torpor_nest
