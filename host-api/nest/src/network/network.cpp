// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/network.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <typeinfo>

#include "kernel_manager.h"
#include "model_manager_impl.h"
#include "vp_manager_impl.h"

#include "base/error.h"
#include "reflect/names.h"
#include "reflect/components.h"
#include "kernel/ascii.h"
#include "kernel/memory.h"
#include "kernel/ranks.h"
#include "kernel/structural_plasticity.h"
#include "network/connectors.h"

namespace torpor_nest
{

namespace
{

std::string
short_name( const std::string& name )
{
  return name.compare( 0, 6, "nest::" ) == 0 ? name.substr( 6 ) : name;
}

void
add_quantities( Type& type, const Quantities& quantities )
{
  for ( const std::string& name : quantities.doubles ) { type.add_recorded( name, TORPOR_DTYPE_FLOAT64 ); }
  for ( const std::string& name : quantities.longs ) { type.add_recorded( name, TORPOR_DTYPE_INT64 ); }
}

const std::string not_ours = "this build of the module does not know its class: "
                             "models of other extension modules cannot be saved yet";

} // namespace

Type&
Network::type( const std::string& key, bool has_rows, const std::function< std::unique_ptr< Type >() >& make )
{
  Type*& known = types_by_key_[ key ];
  if ( not known )
  {
    types_.push_back( make() );
    known = types_.back().get();
    if ( has_rows and n_ranks() > 1 ) { known->add_row(); }
  }
  return *known;
}

Population&
Network::population( const std::string& path, Type& type )
{
  Population*& known = populations_by_path_[ path ];
  if ( not known )
  {
    populations_.push_back( std::make_unique< Population >( path, type ) );
    known = populations_.back().get();
  }
  return *known;
}

Population*
Network::find( const std::string& path ) const
{
  const auto found = populations_by_path_.find( path );
  return found == populations_by_path_.end() ? nullptr : found->second;
}

void
Network::attach( Connectivity& connectivity )
{
  for ( auto& [ model, links ] : connectivity.links )
  {
    Population* population = find( "synapses/" + model );
    if ( not population ) { continue; }
    population->links = &links;
    if ( links.sources() ) { population->labels.repeated[ "source" ] = *links.sources(); }
  }
}

void
Network::detach()
{
  for ( const auto& p : populations_ ) { p->links = nullptr; }
}

void
Network::refresh()
{
  populations_.clear();
  populations_by_path_.clear();
  list_nodes();
  list_synapses();
  list_kernel();
  if ( not rows_ ) { return; }
  for ( const auto& p : populations_ ) { p->number_pieces( *rows_ ); }
}

// A line for each piece of this rank, with the path of its population last; first, the number of connections.
std::string
Network::pieces() const
{
  std::ostringstream text;
  text << nest::kernel().connection_manager.get_num_connections() << '\n';
  for ( const auto& population : populations_ )
  {
    const std::vector< Population::Piece >& pieces = population->pieces();
    for ( size_t i = 0; i < pieces.size(); ++i )
    {
      if ( pieces[ i ].is_row ) { continue; }
      const uint64_t end = i + 1 < pieces.size() ? pieces[ i + 1 ].first : population->count();
      text << pieces[ i ].number << ' ' << end - pieces[ i ].first << ' ' << population->path() << '\n';
    }
  }
  return text.str();
}

void
Network::list_nodes()
{
  auto& nodes = nest::kernel().node_manager;
  struct Place
  {
    size_t node_id;
    size_t tid;
    nest::Node* node;
  };
  const auto is_before = []( const Place& a, const Place& b ) {
    return a.node_id != b.node_id ? a.node_id < b.node_id : a.tid < b.tid;
  };
  std::vector< Place > places;
  for ( size_t tid = 0; tid < nodes.local_nodes_.size(); ++tid )
  {
    const auto& local = nodes.local_nodes_[ tid ];
    const auto n_before = static_cast< ptrdiff_t >( places.size() );
    for ( auto entry = local.begin(); entry != local.end(); ++entry )
    {
      places.push_back( { entry->get_node_id(), tid, entry->get_node() } );
    }
    std::inplace_merge( places.begin(), places.begin() + n_before, places.end(), is_before );
  }
  NodeRows rows;
  int last_id = -1;
  size_t last_node_id = 0;
  Population* last = nullptr;
  const Model* table = nullptr;
  std::string model_name;
  for ( const Place& place : places )
  {
    const int id = place.node->get_model_id();
    if ( id != last_id )
    {
      nest::Model& model = *nest::kernel().model_manager.get_node_model( id );
      last_id = id;
      if ( model.get_name() == HOOK_MODEL )
      {
        last = nullptr;
        continue;
      }
      const char* mangled = typeid( model ).name();
      table = find_model( node_models, n_node_models, mangled );
      model_name = model.get_name();
      Type& t = type( mangled, true, [ & ] {
        if ( not table )
        {
          return std::make_unique< Type >( model.get_name(), nullptr, 0, not_ours.c_str() );
        }
        auto made = std::make_unique< Type >( short_name( table->name ), table->members, table->n_members, table->refusal );
        if ( not table->refusal )
        {
          name_node_columns( *made, model );
          made->add_components( *table );
        }
        return made;
      } );
      last = &population( "nodes/" + model.get_name(), t );
      last->labels.columns[ "node" ] = "global_id";
    }
    else if ( not last ) { continue; }
    char* object = static_cast< char* >( dynamic_cast< void* >( place.node ) );
    if ( n_ranks() > 1 ) { last->number_next( rows.of( *place.node ) ); }
    last->add( object );
    if ( table and table->n_components > 0 ) { list_components( *table, model_name, *place.node, object ); }
    if ( place.node_id == last_node_id ) { last->labels.columns[ "thread" ] = "vp"; } // one on each thread
    last_node_id = place.node_id;
  }
}

// Components have columns of their own, after those of the nodes, so that a restore first compares which ones there are.
void
Network::list_components( const Model& table, const std::string& model, const nest::Node& node, char* object )
{
  for ( const Component& component : components_of( table, object ) )
  {
    Type& t = type( component.of->name, true, [ & ] {
      const ComponentClass& of = *component.of;
      auto made = std::make_unique< Type >( short_name( of.name ), of.members, of.n_members, nullptr );
      name_component_columns( *made );
      return made;
    } );
    Population& p = population( component.of->place + ( "/" + model ), t );
    if ( n_ranks() > 1 ) { p.begin_piece( node.get_node_id() ); }
    p.add( component.object );
    p.labels.repeated[ "node" ].add( node.get_node_id(), 1 );
    for ( const Column& column : t.columns() )
    {
      if ( column.member->offset == component.of->index_offset ) { p.labels.columns[ component.of->noun ] = column.name; }
    }
  }
}

Population&
Network::list_connector( const std::string& path, size_t tid, size_t syn_id, void* connector )
{
  nest::ConnectorModel& model = nest::kernel().model_manager.get_connection_model( syn_id, tid );
  const Model* table = find_model( model );
  Type& t = type( typeid( model ).name(), true, [ & ] {
    if ( not table )
    {
      return std::make_unique< Type >( model.get_name(), nullptr, 0, not_ours.c_str() );
    }
    auto made = std::make_unique< Type >( short_name( table->name ), table->members, table->n_members, table->refusal );
    Dictionary status;
    model.get_status( status );
    name_synapse_columns( *made, status );
    return made;
  } );
  Population& p = population( path + model.get_name(), t );
  if ( n_ranks() > 1 ) { p.begin_piece( nest::kernel().vp_manager.thread_to_vp( tid ) ); }
  if ( table )
  {
    if ( connector ) { table->append_spans( static_cast< nest::ConnectorBase* >( connector ), tid, p.spans() ); }
    p.synapse_model = table;
    return p;
  }
  if ( connector ) { p.add( connector ); }
  return p;
}

void
Network::list_synapses()
{
  auto& manager = nest::kernel().connection_manager;
  const auto& models = nest::kernel().model_manager.connection_models_;
  std::vector< bool > in_use( models.at( 0 ).size() );
  const auto list = [ & ]( const char* path, size_t tid, size_t syn_id, nest::ConnectorBase* connector,
                      size_t source_id = 0 ) {
    if ( not connector or connector->size() == 0 ) { return; }
    Population& p = list_connector( path, tid, syn_id, connector );
    if ( source_id > 0 ) { p.labels.repeated[ "source" ].add( source_id, connector->size() ); }
    in_use[ syn_id ] = true;
  };
  const Connectors& all = connectors();
  for ( size_t tid = 0; tid < all.size(); ++tid )
  {
    for ( size_t syn_id = 0; syn_id < all[ tid ].size(); ++syn_id ) { list( "synapses/", tid, syn_id, all[ tid ][ syn_id ] ); }
  }
  for ( const size_t syn_id : growing_synapse_models() ) // their first synapse may come during a run
  {
    list_connector( "synapses/", 0, syn_id, nullptr );
    in_use[ syn_id ] = true;
  }
  auto& devices = manager.target_table_devices_;
  const auto list_devices = [ & ]( const char* path, const auto& table, const auto& source_id ) {
    for ( size_t tid = 0; tid < table.size(); ++tid )
    {
      for ( size_t of = 0; of < table[ tid ].size(); ++of )
      {
        for ( size_t syn_id = 0; syn_id < table[ tid ][ of ].size(); ++syn_id )
        {
          list( path, tid, syn_id, table[ tid ][ of ][ syn_id ], source_id( tid, of ) );
        }
      }
    }
  };
  // The formula of VPManager::lid_to_node_id(), which works for the calling thread only.
  const auto& processes = nest::kernel().vp_manager;
  list_devices( "synapses_to_devices/", devices.target_to_devices_, [ & ]( size_t tid, size_t lid ) {
    const size_t vp = processes.thread_to_vp( tid );
    return ( lid + ( vp == 0 ) ) * processes.get_num_virtual_processes() + vp;
  } );
  list_devices( "synapses_from_devices/", devices.target_from_devices_,
    [ & ]( size_t tid, size_t ldid ) { return devices.sending_devices_node_ids_[ tid ][ ldid ]; } );
  for ( size_t tid = 0; tid < models.size(); ++tid )
  {
    for ( size_t syn_id = 0; syn_id < in_use.size(); ++syn_id )
    {
      nest::ConnectorModel& model = *models[ tid ][ syn_id ];
      const std::string path = "synapse_models/" + model.get_name();
      if ( not in_use[ syn_id ] and not( rows_ and rows_->has( path ) ) ) { continue; } // on any rank
      const Model* table = find_model( model );
      if ( not table or table->n_common == 0 ) { continue; }
      Type& t = type( std::string( "common " ) + table->mangled, true, [ & ] {
        auto made =
          std::make_unique< Type >( short_name( table->name ) + ".common", table->common, table->n_common, nullptr );
        return made;
      } );
      Population& p = population( path, t );
      if ( n_ranks() > 1 ) { p.begin_piece( processes.thread_to_vp( tid ) ); }
      p.add( dynamic_cast< void* >( &model ) );
    }
  }
}

void
Network::list_kernel()
{
  auto& kernel = nest::kernel();
  const auto list = [ this ]( const char* name, const std::string& path, bool has_rows = false,
                      const std::function< void( Type& ) >& finish = []( Type& ) {} ) -> Population& {
    const Model* table = find_model( kernel_classes, n_kernel_classes, name );
    Type& t = type( name, has_rows, [ & ] {
      auto made = std::make_unique< Type >( name, table->members, table->n_members, nullptr );
      name_plain_columns( *made );
      finish( *made );
      return made;
    } );
    return population( path, t );
  };
  list( "simulation_manager", "kernel/simulation_manager" ).add( &kernel.simulation_manager );
  // What is under way in these is also saved without ranks: see kernel/spikes.h.
  Population& exchange = list( "event_delivery_manager", "kernel/event_delivery_manager" );
  exchange.flags = TORPOR_POPULATION_OF_RANK;
  exchange.add( &kernel.event_delivery_manager );
  Population& mpi = list( "mpi_manager", "kernel/mpi_manager" );
  mpi.flags = TORPOR_POPULATION_OF_RANK;
  mpi.add( &kernel.mpi_manager );
  list( "connection_manager", "kernel/connection_manager" ).add( &kernel.connection_manager );
  list( "sp_manager", "kernel/sp_manager" ).add( &kernel.sp_manager );
  list( "random_manager", "kernel/random_manager" ).add( &kernel.random_manager );
  const std::vector< MemoryRecorder > recorders = memory_recorders();
  for ( const MemoryRecorder& recorder : recorders )
  {
    Population& p = list( "recording_backend_memory", "recorders/memory", true, [ & ]( Type& type ) {
      type.version = 2; // 1 had all quantities in one blob
      for ( const MemoryRecorder& each : recorders ) { add_quantities( type, quantities_of( each ) ); }
    } );
    const size_t vp = kernel.vp_manager.thread_to_vp( recorder.tid );
    if ( n_ranks() > 1 ) { p.begin_piece( vp ); }
    p.add( recorder.data );
    p.labels.repeated[ "node" ].add( recorder.node_id, 1 );
    p.labels.repeated[ "thread" ].add( vp, 1 );
  }
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    list( "recording_backend_ascii", "recorders/ascii" ).add( recording.device );
  }
}

} // namespace torpor_nest
