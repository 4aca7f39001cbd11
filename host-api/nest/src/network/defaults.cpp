// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/defaults.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <typeinfo>
#include <utility>
#include <vector>

#include "connector_model.h"
#include "kernel_manager.h"
#include "model.h"
#include "node_collection.h"

#include "base/error.h"
#include "base/left_out.h"
#include "base/tree.h"
#include "network/network.h"
#include "network/population.h"

namespace torpor_nest
{

namespace
{

using Models = std::map< std::string, Dictionary >;

// Entries of a model's status that are not parameters.
const std::set< std::string > entries_that_are_no_parameters = { "model", "element_type", "type_id", "model_id",
  "elementsize", "sizeof", "instantiations", "capacity", "available", "num_connections", "synapse_model",
  "synapse_modelid", "synapse_id", "recordables", "events", "n_events", "has_delay", "requires_symmetric", "node_uses_wfr",
  "supports_precise_spikes", "histogram", "histogram_correction", "count_histogram", "covariance", "count_covariance",
  "n_synapses",
  "local", "thread", "thread_local_id", "vp", // where a node is
  // Counted by the synapses of stdp_facetshw_synapse_hom, which have columns for them.
  "no_synapses", "readout_cycle_duration" };

Models pristine;                                    // by class
std::map< std::string, std::string > class_of_model; // of the models that exist now

Models
live_node_models()
{
  Models models;
  for ( nest::Model* model : nest::kernel().model_manager.node_models_ )
  {
    if ( model->get_name() == HOOK_MODEL ) { continue; }
    models[ model->get_name() ] = model->get_status();
    class_of_model[ model->get_name() ] = typeid( *model ).name();
  }
  return models;
}

Models
live_synapse_models()
{
  Models models;
  for ( nest::ConnectorModel* model : nest::kernel().model_manager.connection_models_.at( 0 ) )
  {
    if ( not model ) { continue; }
    Dictionary status;
    model->get_status( status );
    models[ model->get_name() ] = status;
    class_of_model[ model->get_name() ] = typeid( *model ).name();
  }
  return models;
}

Models
live_models()
{
  class_of_model.clear();
  Models models = live_node_models();
  models.merge( live_synapse_models() );
  return models;
}

// ---- values ----

void encode( const any_type& value, std::string& out );

template < class T >
void
encode_one( const T& value, std::string& out )
{
  if constexpr ( std::is_arithmetic_v< T > or std::is_enum_v< T > )
  {
    out += typeid( T ).name();
    out.append( reinterpret_cast< const char* >( &value ), sizeof value );
  }
  else if constexpr ( std::is_same_v< T, std::string > ) { out += "s" + std::to_string( value.size() ) + ":" + value; }
  else if constexpr ( std::is_same_v< T, Dictionary > )
  {
    out += "d" + std::to_string( value.size() );
    for ( const auto& entry : value )
    {
      encode_one( entry.first, out );
      encode( entry.second.item, out );
    }
  }
  else if constexpr ( std::is_same_v< T, std::shared_ptr< nest::NodeCollection > > )
  {
    out += "n";
    if ( value )
    {
      for ( auto node = value->begin(); node < value->end(); ++node ) { out += std::to_string( ( *node ).node_id ) + ","; }
    }
  }
  else if constexpr ( std::is_same_v< T, EmptyList > ) { out += "v0"; }
  else if constexpr ( std::is_same_v< T, any_type > ) { encode( value, out ); }
  else if constexpr ( requires { value.begin(); value.size(); } )
  {
    out += "v" + std::to_string( value.size() );
    for ( const auto& element : value ) { encode_one( static_cast< typename T::value_type >( element ), out ); }
  }
  else { out += "?"; } // objects of Python's that no model keeps
}

void
encode( const any_type& value, std::string& out )
{
  std::visit( [ & ]( const auto& v ) { encode_one( v, out ); }, value );
}

bool
are_same( const any_type& a, const any_type& b )
{
  std::string one;
  std::string other;
  encode( a, one );
  encode( b, other );
  return one == other;
}

// The parameters that differ from the class as it was before the script.
Dictionary
changed( const std::string& model, const Dictionary& status )
{
  Dictionary differences;
  const auto was = pristine.find( class_of_model[ model ] );
  if ( was == pristine.end() ) { return differences; } // of another module: refused where it is used
  for ( const auto& entry : status )
  {
    if ( entries_that_are_no_parameters.count( entry.first ) ) { continue; }
    const auto before = was->second.find( entry.first );
    if ( before == was->second.end() or not are_same( before->second.item, entry.second.item ) )
    {
      differences[ entry.first ] = entry.second.item;
    }
  }
  return differences;
}

// Those of each model that has any.
Models
changed( const Models& live )
{
  Models all;
  for ( const auto& [ name, status ] : live )
  {
    Dictionary differences = changed( name, status );
    if ( not differences.empty() ) { all[ name ] = std::move( differences ); }
  }
  return all;
}

// ---- to and from the tree ----

using Matrix = std::vector< std::vector< double > >;
template < class T > using Cube = std::vector< std::vector< std::vector< T > > >;

// Sequences that are no array of the tree: maps from index to element, with their kind under this key.
const char* const KIND = "(kind)";
template < class Sequence > constexpr const char* kind_of = nullptr;
template <> constexpr const char* kind_of< EmptyList > = "empty list";
template <> constexpr const char* kind_of< AnyVector > = "list";
template <> constexpr const char* kind_of< std::vector< bool > > = "booleans";
template <> constexpr const char* kind_of< std::vector< std::string > > = "texts";
template <> constexpr const char* kind_of< std::vector< Dictionary > > = "maps";
template <> constexpr const char* kind_of< Matrix > = "floats, 2-d";
template <> constexpr const char* kind_of< Cube< double > > = "floats, 3-d";
template <> constexpr const char* kind_of< std::vector< std::vector< long > > > = "integers, 2-d";
template <> constexpr const char* kind_of< Cube< long > > = "integers, 3-d";

template < class T, class Variant > constexpr bool is_in = false;
template < class T, class... Kinds > constexpr bool is_in< T, std::variant< Kinds... > > = ( std::is_same_v< T, Kinds > or ... );
template < class T > constexpr bool is_value = is_in< T, any_type >;

void put( const torpor_tree_writer& w, const std::string& path, const std::string& key, const any_type& value );
any_type get_value( const torpor_tree_reader& r, const std::string& path, const any_type* live );

template < class Sequence >
void
put_sequence( const torpor_tree_writer& w, const std::string& path, const std::string& key, const Sequence& values )
{
  w.begin_map( w.data, key.c_str() );
  w.put_text( w.data, KIND, kind_of< Sequence > );
  if constexpr ( not std::is_same_v< Sequence, EmptyList > )
  {
    using Element = typename Sequence::value_type;
    size_t i = 0;
    for ( const auto& element : values )
    {
      const std::string index = std::to_string( i++ );
      if constexpr ( std::is_same_v< Element, any_type > ) { put( w, path + "/" + key, index, element ); }
      else if constexpr ( is_value< Element > )
      {
        put( w, path + "/" + key, index, any_type( static_cast< Element >( element ) ) );
      }
      else { put_sequence( w, path + "/" + key, index, element ); }
    }
  }
  w.end_map( w.data );
}

template < class Sequence >
Sequence
get_sequence( const torpor_tree_reader& r, const std::string& path )
{
  Sequence values {};
  if constexpr ( not std::is_same_v< Sequence, EmptyList > )
  {
    using Element = typename Sequence::value_type;
    const size_t n = get< uint64_t >( r, r.n_keys, path ) - 1;
    for ( size_t i = 0; i < n; ++i )
    {
      const std::string at = path + "/" + std::to_string( i );
      if constexpr ( std::is_same_v< Element, any_type > ) { values.push_back( get_value( r, at, nullptr ) ); }
      else if constexpr ( is_value< Element > ) { values.push_back( std::get< Element >( get_value( r, at, nullptr ) ) ); }
      else { values.push_back( get_sequence< Element >( r, at ) ); }
    }
  }
  return values;
}

// Call visit< Sequence >() for each kind until one returns true.
template < class Visitor >
bool
visit_sequences( Visitor visit )
{
  return visit.template operator()< EmptyList >() or visit.template operator()< AnyVector >()
    or visit.template operator()< std::vector< bool > >() or visit.template operator()< std::vector< std::string > >()
    or visit.template operator()< std::vector< Dictionary > >() or visit.template operator()< Matrix >()
    or visit.template operator()< Cube< double > >() or visit.template operator()< Cube< long > >();
}

bool
put_as_sequence( const torpor_tree_writer& w, const std::string& path, const std::string& key, const any_type& value )
{
  return visit_sequences( [ & ]< class Sequence >() {
    const auto* values = std::get_if< Sequence >( &value );
    if ( values ) { put_sequence( w, path, key, *values ); }
    return values != nullptr;
  } );
}

any_type
get_as_sequence( const torpor_tree_reader& r, const std::string& path )
{
  const std::string kind = get< const char* >( r, r.get_text, path + "/" + KIND );
  any_type value;
  const bool is_known = visit_sequences( [ & ]< class Sequence >() {
    if ( kind != kind_of< Sequence > ) { return false; }
    value = get_sequence< Sequence >( r, path );
    return true;
  } );
  if ( not is_known )
  {
    throw Error( TORPOR_STATUS_MISMATCH, "trees/defaults/" + path + ": no default of a model has this type: " + kind );
  }
  return value;
}

void
put( const torpor_tree_writer& w, const std::string& path, const std::string& key, const any_type& value )
{
  const char* k = key.c_str();
  if ( const auto* v = std::get_if< double >( &value ) ) { w.put_float( w.data, k, *v ); }
  else if ( const auto* v = std::get_if< long >( &value ) ) { w.put_int( w.data, k, *v ); }
  else if ( const auto* v = std::get_if< bool >( &value ) ) { w.put_bool( w.data, k, *v ); }
  else if ( std::holds_alternative< std::monostate >( value ) ) { w.put_nil( w.data, k ); }
  else if ( const auto* v = std::get_if< std::string >( &value ) ) { w.put_text( w.data, k, v->c_str() ); }
  else if ( const auto* v = std::get_if< std::vector< double > >( &value ) ) { torpor_cpp::put( w, k, *v ); }
  else if ( const auto* v = std::get_if< std::vector< long > >( &value ) ) { torpor_cpp::put( w, k, *v ); }
  else if ( const auto* v = std::get_if< std::shared_ptr< nest::NodeCollection > >( &value ) )
  {
    std::vector< long > ids;
    if ( *v ) { for ( auto node = ( *v )->begin(); node < ( *v )->end(); ++node ) { ids.push_back( ( *node ).node_id ); } }
    torpor_cpp::put( w, k, ids );
  }
  else if ( const auto* v = std::get_if< Dictionary >( &value ) )
  {
    w.begin_map( w.data, k );
    for ( const auto& entry : *v ) { put( w, path + "/" + key, entry.first, entry.second.item ); }
    w.end_map( w.data );
  }
  else if ( not put_as_sequence( w, path, key, value ) )
  {
    throw Error( TORPOR_STATUS_REFUSED,
      "trees/defaults" + path + "/" + key + ": a default of this type cannot be saved; set it in the nodes instead" );
  }
}

any_type
get_value( const torpor_tree_reader& r, const std::string& path, const any_type* live )
{
  const auto kind = get< uint32_t >( r, r.kind, path );
  if ( kind == TORPOR_KIND_FLOAT ) { return get< double >( r, r.get_float, path ); }
  if ( kind == TORPOR_KIND_INT ) { return static_cast< long >( get< int64_t >( r, r.get_int, path ) ); }
  if ( kind == TORPOR_KIND_BOOL ) { return get< int32_t >( r, r.get_bool, path ) != 0; }
  if ( kind == TORPOR_KIND_NIL ) { return std::monostate {}; }
  if ( kind == TORPOR_KIND_TEXT ) { return std::string( get< const char* >( r, r.get_text, path ) ); }
  if ( kind == TORPOR_KIND_MAP )
  {
    const std::vector< std::string > names = keys( r, path );
    if ( std::find( names.begin(), names.end(), KIND ) != names.end() ) { return get_as_sequence( r, path ); }
    Dictionary values;
    for ( const std::string& key : names ) { values[ key ] = get_value( r, path + "/" + escaped( key ), nullptr ); }
    return values;
  }
  const auto array = get< torpor_array >( r, r.describe, path );
  if ( array.rank == 1 and array.dtype == TORPOR_DTYPE_FLOAT64 ) { return torpor_cpp::get< double >( r, path.c_str() ); }
  if ( array.rank != 1 or array.dtype != TORPOR_DTYPE_INT64 )
  {
    throw Error( TORPOR_STATUS_MISMATCH, "trees/defaults/" + path + ": no default of a model has this type" );
  }
  const auto integers = torpor_cpp::get< long >( r, path.c_str() );
  if ( live and std::holds_alternative< std::shared_ptr< nest::NodeCollection > >( *live ) )
  {
    return nest::NodeCollection::create( std::vector< size_t >( integers.begin(), integers.end() ) );
  }
  return integers;
}

// A restore has prepared NEST for a run, in which recorders refuse parameters.
struct AsIfUnprepared
{
  bool was_prepared = std::exchange( nest::kernel().simulation_manager.prepared_, false );
  ~AsIfUnprepared() { nest::kernel().simulation_manager.prepared_ = was_prepared; }
};

// Check on a copy that the model accepts these.
void
try_on_a_copy( const std::string& name, const Dictionary& changes )
{
  const AsIfUnprepared as_if_unprepared;
  auto& manager = nest::kernel().model_manager;
  changes.init_access_flags();
  try
  {
    if ( manager.modeldict_.known( name ) )
    {
      nest::Model* model = manager.get_node_model( manager.modeldict_.get< long >( name ) );
      std::unique_ptr< nest::Model >( model->clone( "torpor_trial" ) )->set_status( changes );
    }
    else
    {
      const auto id = static_cast< nest::synindex >( manager.synapsedict_.get< long >( name ) );
      std::unique_ptr< nest::ConnectorModel >( manager.get_connection_model( id, 0 ).clone( "torpor_trial", id ) )
        ->set_status( changes );
    }
  }
  catch ( const std::exception& e )
  {
    throw Error( TORPOR_STATUS_MISMATCH, "trees/defaults/" + name + ": NEST does not accept these defaults: " + e.what() );
  }
}

} // namespace

void
remember_defaults()
{
  pristine.clear();
  for ( const auto& [ name, status ] : live_models() ) { pristine.try_emplace( class_of_model[ name ], status ); }
}

torpor_tree
Defaults::tree( bool is_inside_run )
{
  is_inside_run_ = is_inside_run;
  return tree_of< &Defaults::write, &Defaults::read, &Defaults::commit >( "defaults", *this );
}

void
Defaults::write( const torpor_tree_writer& w )
{
  if ( not is_inside_run_ or not differences_ ) { differences_ = changed( live_models() ); }
  for ( const auto& [ name, differences ] : *differences_ )
  {
    w.begin_map( w.data, name.c_str() );
    for ( const auto& entry : differences ) { put( w, "/" + name, entry.first, entry.second.item ); }
    w.end_map( w.data );
  }
  if ( not is_inside_run_ ) { differences_.reset(); }
}

void
Defaults::read( const torpor_tree_reader& r )
{
  is_due_ = false;
  changes_.clear();
  const Models live = live_models();
  Models saved;
  for ( const std::string& name : keys( r, "" ) )
  {
    const auto model = live.find( name );
    if ( model == live.end() )
    {
      throw Error( TORPOR_STATUS_MISMATCH,
        "trees/defaults/" + name + ": this network has no such model; create it with CopyModel as the saved run did" );
    }
    for ( const std::string& parameter : keys( r, escaped( name ) ) )
    {
      const auto now = model->second.find( parameter );
      saved[ name ][ parameter ] = get_value( r, escaped( name ) + "/" + escaped( parameter ),
        now == model->second.end() ? nullptr : &now->second.item );
    }
  }
  for ( const auto& [ name, status ] : live )
  {
    Dictionary wanted = saved[ name ];
    for ( const auto& entry : changed( name, status ) )
    {
      const Dictionary& before = pristine[ class_of_model[ name ] ];
      if ( not wanted.known( entry.first ) and before.known( entry.first ) )
      {
        wanted[ entry.first ] = before.at( entry.first );
      }
    }
    for ( const auto& entry : wanted )
    {
      const auto now = status.find( entry.first );
      if ( now == status.end() or not are_same( now->second.item, entry.second.item ) )
      {
        changes_[ name ][ entry.first ] = entry.second.item;
      }
    }
    if ( changes_.count( name ) ) { try_on_a_copy( name, changes_[ name ] ); }
  }
}

void
Defaults::commit()
{
  is_due_ = true;
}

void
Defaults::apply( const Network& network )
{
  if ( not std::exchange( is_due_, false ) or is_left_out( "trees/defaults" ) ) { return; }
  const AsIfUnprepared as_if_unprepared;
  for ( const auto& [ name, changes ] : changes_ )
  {
    // What the synapses of one thread share, such as counters, may differ between threads. It has columns of its own, which
    // are restored by now, and is put back here because NEST copies the first thread's values to all threads.
    const Population* shared = network.find( "synapse_models/" + name );
    const auto contents = shared ? shared->contents() : std::vector< std::string >();
    nest::kernel().model_manager.set_model_defaults( name, changes );
    if ( shared ) { shared->set_contents( contents ); }
  }
}

} // namespace torpor_nest
