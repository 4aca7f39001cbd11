// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/network_identity.h"

#include <sstream>
#include <vector>

#include "kernel_manager.h"
#include "vp_manager_impl.h"

#include "base/error.h"
#include "base/tree.h"
#include "kernel/structural_plasticity.h"

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

// Of all ranks.
int64_t
n_connections( const Network& network )
{
  const auto& rows = network.rows();
  return static_cast< int64_t >( rows ? rows->n_connections() : nest::kernel().connection_manager.get_num_connections() );
}

Identity
live_identity( const Network& network )
{
  auto& kernel = nest::kernel();
  auto& connections = kernel.connection_manager;
  return {
    {
      { "total_num_virtual_procs", static_cast< int64_t >( kernel.vp_manager.get_num_virtual_processes() ) },
      { "tics_per_ms", static_cast< int64_t >( nest::Time::get_tics_per_ms() ) },
      { "tics_per_step", static_cast< int64_t >( nest::Time::get_tics_per_step() ) },
      { "min_delay_steps", connections.get_min_delay() },
      { "max_delay_steps", connections.get_max_delay() },
      { "num_connections", n_connections( network ) },
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

void
write( const Network& network, const torpor_tree_writer& w )
{
  const Identity identity = live_identity( network );
  for ( const auto& [ name, value ] : identity.texts ) { w.put_text( w.data, name.c_str(), value.c_str() ); }
  for ( const auto& [ name, value ] : identity.numbers ) { w.put_int( w.data, name.c_str(), value ); }
  w.put_bool( w.data, "inside_run", nest::kernel().simulation_manager.simulating_ );
}

void
throw_mismatch( const std::string& what, const std::string& here, const std::string& there )
{
  throw Error( TORPOR_STATUS_MISMATCH,
    what + ": this network has " + here + ", the checkpoint " + there
      + "; build the network as the saved run did" );
}

void
read( const Network& network, const torpor_tree_reader& r )
{
  const Identity identity = live_identity( network );
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
}

} // namespace

std::string
fingerprint()
{
  const auto& connections = nest::kernel().connection_manager;
  std::ostringstream text;
  text << "NEST " << NEST_VERSION << ", " << nest::Time::get_resolution().get_ms() << " ms, delays of "
       << connections.get_min_delay() << " to " << connections.get_max_delay() << " steps, "
       << nest::kernel().vp_manager.get_num_virtual_processes() << " threads"; // of all ranks; each has its own part of the state
  return text.str();
}

torpor_tree
identity_tree( Network& network )
{
  return tree_of< write, read, nullptr >( "network", network );
}

bool
saved_inside_run()
{
  return inside_run;
}

} // namespace torpor_nest
