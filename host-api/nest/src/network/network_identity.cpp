// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/network_identity.h"

#include <cstring>
#include <sstream>
#include <vector>

#include "kernel_manager.h"

#include "base/error.h"
#include "base/tree.h"
#include "kernel/ranks.h"
#include "kernel/structural_plasticity.h"
#include "network/connectivity.h"

namespace torpor_nest
{

namespace
{

struct Identity
{
  std::vector< std::pair< std::string, int64_t > > numbers;
  std::vector< std::pair< std::string, std::string > > texts;
};

bool inside_run = false;

const std::string EACH_OF = " on each of ";

Identity
live_identity()
{
  auto& kernel = nest::kernel();
  auto& connections = kernel.connection_manager;
  return {
    {
      { "local_num_threads", static_cast< int64_t >( kernel.vp_manager.get_num_threads() ) },
      { "tics_per_ms", static_cast< int64_t >( nest::Time::get_tics_per_ms() ) },
      { "tics_per_step", static_cast< int64_t >( nest::Time::get_tics_per_step() ) },
      { "min_delay_steps", connections.get_min_delay() },
      { "max_delay_steps", connections.get_max_delay() },
      { "num_connections", static_cast< int64_t >( connections.get_num_connections() ) },
      { "use_compressed_spikes", connections.use_compressed_spikes() },
      { "keep_source_table", connections.get_keep_source_table() },
    },
    {
      { "nest_version", NEST_VERSION },
      { "rng_type", kernel.random_manager.current_rng_type_ },
      { "structural_plasticity_synapses", structural_plasticity_synapses() },
    },
  };
}

// Digests of one model's synapses. This is called late, because their targets are read while their columns are gathered.
void
gather_digests( Links& links, void* values )
{
  const auto digests = links.digests();
  std::memcpy( values, digests.data(), digests.size() * sizeof digests[ 0 ] );
}

void
write( Connectivity& connectivity, const torpor_tree_writer& w )
{
  const Identity identity = live_identity();
  for ( const auto& [ name, value ] : identity.texts ) { w.put_text( w.data, name.c_str(), value.c_str() ); }
  for ( const auto& [ name, value ] : identity.numbers ) { w.put_int( w.data, name.c_str(), value ); }
  w.put_bool( w.data, "inside_run", nest::kernel().simulation_manager.simulating_ );
  w.begin_map( w.data, "connectivity" );
  for ( auto& [ model, links ] : connectivity.links )
  {
    torpor_array array {};
    array.dtype = TORPOR_DTYPE_UINT64;
    array.rank = 1;
    array.shape[ 0 ] = nest::kernel().connection_manager.connections_.size();
    w.put_late( w.data, model.c_str(), &array, slot< gather_digests >, &links );
  }
  const bool is_known = not connectivity.devices.empty();
  for ( const auto& [ model, digests ] : is_known ? connectivity.devices : device_digests() ) { torpor_cpp::put( w, model.c_str(), digests ); }
  w.end_map( w.data );
}

void
throw_mismatch( const std::string& what, const std::string& here, const std::string& there )
{
  throw Error( TORPOR_STATUS_MISMATCH,
    what + ": this network has " + here + ", the checkpoint " + there
      + "; build the network as the saved run did" );
}

void
read( Connectivity&, const torpor_tree_reader& r )
{
  const Identity identity = live_identity();
  for ( const auto& [ name, value ] : identity.texts )
  {
    const std::string saved = get< const char* >( r, r.get_text, name );
    if ( value != saved ) { throw_mismatch( name, value, saved ); }
  }
  for ( const auto& [ name, value ] : identity.numbers )
  {
    const auto saved = get< int64_t >( r, r.get_int, name );
    const bool may_differ = name == std::string( "num_connections" ) and synapses_come_and_go();
    if ( value != saved and not may_differ ) { throw_mismatch( name, std::to_string( value ), std::to_string( saved ) ); }
  }
  inside_run = get< int32_t >( r, r.get_bool, "inside_run" );
  Connectivity now = connectivity();
  Digests& live = now.devices;
  for ( auto& [ model, links ] : now.links ) { live[ model ] = links.digests(); }
  const auto n_keys = get< uint64_t >( r, r.n_keys, "connectivity" );
  if ( n_keys != live.size() )
  {
    throw_mismatch( "connectivity", std::to_string( live.size() ) + " synapse models", std::to_string( n_keys ) );
  }
  for ( const auto& [ model, digests ] : live )
  {
    const std::string path = "connectivity/" + escaped( model );
    const auto saved = torpor_cpp::get< uint64_t >( r, path.c_str() );
    if ( saved.size() != digests.size() )
    {
      throw_mismatch( path, std::to_string( digests.size() ) + " threads", std::to_string( saved.size() ) );
    }
    if ( saved == digests ) { continue; }
    throw Error( TORPOR_STATUS_MISMATCH,
      path + ": this network has other sources or targets than the checkpoint, or another order of them; build it as the "
        "saved run did, and if it grows between runs, use simulate() or every()" );
  }
}

} // namespace

std::string
fingerprint()
{
  const auto& connections = nest::kernel().connection_manager;
  std::ostringstream text;
  text << "NEST " << NEST_VERSION << ", " << nest::Time::get_resolution().get_ms() << " ms, delays of "
       << connections.get_min_delay() << " to " << connections.get_max_delay() << " steps, "
       << nest::kernel().vp_manager.get_num_threads() << " threads"; // each thread has its own part of the state
  if ( n_ranks() > 1 ) { text << EACH_OF << n_ranks() << " ranks"; }
  return text.str();
}

void
check_ranks( const std::string& fingerprint )
{
  const size_t place = fingerprint.rfind( EACH_OF );
  const std::string saved = place == std::string::npos ? "1 rank" : fingerprint.substr( place + EACH_OF.size() );
  const std::string live = n_ranks() == 1 ? "1 rank" : std::to_string( n_ranks() ) + " ranks";
  if ( saved == live ) { return; }
  throw Error( TORPOR_STATUS_MISMATCH,
    "it was saved on " + saved + ", and this run is on " + live
      + ": synapses and spikes that are under way belong to a rank, so it can be resumed on " + saved
      + " only; start as many, use another dir, or resume=never to start afresh" );
}

torpor_tree
identity_tree( Connectivity& of_save )
{
  return tree_of< write, read, nullptr >( "network", of_save );
}

bool
saved_inside_run()
{
  return inside_run;
}

} // namespace torpor_nest
