// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/connections_trees.h"

#include <cstring>
#include <map>

#include "kernel_manager.h"
#include "vp_manager_impl.h"

#include "base/tree.h"

namespace torpor_nest
{

namespace
{

const char* const MAP = "connectivity";

} // namespace

void
ConnectionsTrees::gather_digest( Late& late, void* value )
{
  std::memcpy( value, &late.links->digests().at( late.tid ), sizeof( uint64_t ) );
}

void
ConnectionsTrees::write( OfProcess& of, const torpor_tree_writer& w )
{
  Connectivity& connectivity = *of.all->of_save_;
  of.late.clear();
  of.late.reserve( connectivity.links.size() ); // so that none moves
  w.begin_map( w.data, MAP );
  for ( auto& [ model, links ] : connectivity.links )
  {
    if ( not links.has_any( of.tid ) ) { continue; }
    torpor_array number {};
    number.dtype = TORPOR_DTYPE_UINT64;
    number.rank = 1;
    number.shape[ 0 ] = 1;
    of.late.push_back( { &links, of.tid } );
    w.put_late( w.data, model.c_str(), &number, slot< gather_digest >, &of.late.back() );
  }
  const bool is_known = not connectivity.devices.empty();
  for ( const auto& [ model, digests ] : is_known ? connectivity.devices : device_digests() )
  {
    if ( digests.at( of.tid ) == 0 ) { continue; }
    torpor_cpp::put( w, model.c_str(), std::vector< uint64_t > { digests[ of.tid ] } );
  }
  w.end_map( w.data );
}

void
ConnectionsTrees::read( OfProcess& of, const torpor_tree_reader& r )
{
  std::optional< Connectivity >& now = of.all->live_;
  if ( not now ) { now = connectivity(); }
  std::map< std::string, std::vector< uint64_t > > live;
  for ( auto& [ model, links ] : now->links )
  {
    if ( links.has_any( of.tid ) ) { live[ model ] = { links.digests().at( of.tid ) }; }
  }
  for ( const auto& [ model, digests ] : now->devices )
  {
    if ( digests.at( of.tid ) > 0 ) { live[ model ] = { digests[ of.tid ] }; }
  }
  if ( &of == &of.all->processes_.back() ) { now.reset(); }
  const auto n_keys = get< uint64_t >( r, r.n_keys, MAP );
  if ( n_keys != live.size() )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( MAP ) + ": this network has " + std::to_string( live.size() ) + " synapse models, the checkpoint "
        + std::to_string( n_keys ) + "; build the network as the saved run did" );
  }
  for ( const auto& [ model, digest ] : live )
  {
    const std::string path = MAP + ( "/" + escaped( model ) );
    if ( digest == torpor_cpp::get< uint64_t >( r, path.c_str() ) ) { continue; }
    throw Error( TORPOR_STATUS_MISMATCH,
      path + ": this network has other sources or targets than the checkpoint, or another order of them; build it as the "
        "saved run did, and if it grows between runs, use simulate() or every()" );
  }
}

std::vector< torpor_tree >
ConnectionsTrees::list( Connectivity& of_save )
{
  const auto& processes = nest::kernel().vp_manager;
  of_save_ = &of_save;
  live_.reset();
  processes_.clear();
  for ( size_t tid = 0; tid < processes.get_num_threads(); ++tid )
  {
    processes_.push_back( { this, tid, "virtual_process/" + std::to_string( processes.thread_to_vp( tid ) ) } );
  }
  std::vector< torpor_tree > trees;
  for ( OfProcess& of : processes_ ) { trees.push_back( tree_of< write, read, nullptr >( of.path.c_str(), of ) ); }
  return trees;
}

} // namespace torpor_nest
