// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/names.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>

#include "dictionary.h"
#include "iaf_bw_2001_exact.h"
#include "model.h"
#include "node.h"
#include "recording_device.h"

#include "reflect/type.h"

namespace torpor_nest
{

namespace
{

const std::map< std::string, std::string > plain_names = {
  { "frozen_", "frozen" },
  { "node_id_", "global_id" },
  { "vp_", "vp" },
  { "S_.n_events_", "n_events" },
  { "senders_", "senders" },
  { "times_ms_", "times" },
  { "times_steps_", "times_steps" },
  { "times_offset_", "offsets" },
};

// Members of compartments and receptors, under the names by which NEST records them and takes them as parameters.
struct ComponentName
{
  const char* class_name;
  const char* path;
  const char* name;
};

#define RECEPTOR( class_name )                                                                          \
  { #class_name, "syn_idx", "receptor_idx" }, { #class_name, "g_r_" #class_name "_", "g_r_" #class_name },   \
    { #class_name, "g_d_" #class_name "_", "g_d_" #class_name }, { #class_name, "e_rev_", "e_" #class_name }, \
    { #class_name, "tau_r_", "tau_r_" #class_name }, { #class_name, "tau_d_", "tau_d_" #class_name }

const ComponentName component_names[] = {
  { "Compartment", "comp_index", "comp_idx" },
  { "Compartment", "p_index", "parent_idx" },
  { "Compartment", "v_comp", "v_comp" },
  { "Compartment", "ca", "C_m" },
  { "Compartment", "gc", "g_C" },
  { "Compartment", "gl", "g_L" },
  { "Compartment", "el", "e_L" },
  { "Compartment", "compartment_currents.Na_chan_.m_Na_", "m_Na" },
  { "Compartment", "compartment_currents.Na_chan_.h_Na_", "h_Na" },
  { "Compartment", "compartment_currents.Na_chan_.gbar_Na_", "gbar_Na" },
  { "Compartment", "compartment_currents.Na_chan_.e_Na_", "e_Na" },
  { "Compartment", "compartment_currents.K_chan_.n_K_", "n_K" },
  { "Compartment", "compartment_currents.K_chan_.gbar_K_", "gbar_K" },
  { "Compartment", "compartment_currents.K_chan_.e_K_", "e_K" },
  RECEPTOR( AMPA ),
  RECEPTOR( GABA ),
  RECEPTOR( NMDA ),
  { "AMPA_NMDA", "syn_idx", "receptor_idx" },
  { "AMPA_NMDA", "g_r_AN_AMPA_", "g_r_AN_AMPA" },
  { "AMPA_NMDA", "g_d_AN_AMPA_", "g_d_AN_AMPA" },
  { "AMPA_NMDA", "g_r_AN_NMDA_", "g_r_AN_NMDA" },
  { "AMPA_NMDA", "g_d_AN_NMDA_", "g_d_AN_NMDA" },
  { "AMPA_NMDA", "e_rev_", "e_AMPA_NMDA" },
  { "AMPA_NMDA", "tau_r_AMPA_", "tau_r_AMPA" },
  { "AMPA_NMDA", "tau_d_AMPA_", "tau_d_AMPA" },
  { "AMPA_NMDA", "tau_r_NMDA_", "tau_r_NMDA" },
  { "AMPA_NMDA", "tau_d_NMDA_", "tau_d_NMDA" },
  { "AMPA_NMDA", "NMDA_ratio_", "NMDA_ratio" },
};
#undef RECEPTOR

// A double of a node, and the number that it was set to.
struct Mark
{
  Place place;
  double value;
  const Member* member; // NULL: one number of an array
};

// A number between 1 and 2 that differs from all others and from all sums of two others.
double
unlikely( uint64_t index )
{
  uint64_t bits = ( index + 1 ) * 0x9E3779B97F4A7C15u; // splitmix64
  bits = ( bits ^ ( bits >> 30 ) ) * 0xBF58476D1CE4E5B9u;
  bits = ( bits ^ ( bits >> 27 ) ) * 0x94D049BB133111EBu;
  return 1.0 + std::ldexp( static_cast< double >( bits >> 12 ), -52 );
}

// State vectors of models whose number of receptors varies: V_m and the like come first, then those of the receptors.
constexpr uint64_t FIXED_ELEMENTS = 2;

void
add_mark( std::vector< Mark >& marks, char* object, Place place, const Member* member )
{
  const double value = unlikely( marks.size() );
  std::memcpy( place.in( object ), &value, sizeof value );
  marks.push_back( { place, value, member } );
}

void
mark_vector( std::vector< Mark >& marks, char* object, uint32_t offset, uint64_t length )
{
  for ( uint64_t i = 0; i < std::min( length, FIXED_ELEMENTS ); ++i )
  {
    add_mark( marks, object, { offset, static_cast< int32_t >( i ) }, nullptr );
  }
}

std::vector< Mark >
mark_doubles( const Type& type, char* object )
{
  std::vector< Mark > marks;
  for ( const Column& column : type.columns() )
  {
    const Codec& codec = *column.member->codec;
    const uint32_t offset = column.member->offset;
    if ( std::strcmp( column.member->path, "S_.y_" ) == 0 and codec.kind == TORPOR_FIELD_RAGGED )
    {
      mark_vector( marks, object, offset, codec.length( object + offset ) );
    }
    else if ( type.name() == "iaf_bw_2001_exact" and std::strcmp( column.member->path, "S_" ) == 0 )
    {
      mark_vector( marks, object, offset + offsetof( nest::iaf_bw_2001_exact::State_, ode_state_ ), FIXED_ELEMENTS );
    }
    if ( codec.kind != TORPOR_FIELD_VALUE or codec.dtype != TORPOR_DTYPE_FLOAT64 ) { continue; }
    const uint64_t n = codec.rank ? codec.shape : 1;
    for ( uint64_t i = 0; i < n; ++i )
    {
      add_mark( marks, object, { static_cast< uint32_t >( offset + 8 * i ), -1 }, codec.rank ? nullptr : column.member );
    }
  }
  return marks;
}

void
name_one( Type& type, const std::vector< Mark >& marks, const std::string& key, double shown )
{
  for ( const Mark& mark : marks )
  {
    if ( mark.value == shown )
    {
      if ( mark.member ) { type.rename( mark.member->path, key ); }
      else if ( not type.find( key ) ) { type.add_derived( key, { mark.place } ); }
      return;
    }
  }
  for ( const Mark& a : marks )
  {
    for ( const Mark& b : marks )
    {
      if ( &a < &b and a.value + b.value == shown and not type.find( key ) )
      {
        type.add_derived( key, { a.place, b.place } );
        return;
      }
    }
  }
}

} // namespace

void
name_plain_columns( Type& type )
{
  for ( const auto& [ path, name ] : plain_names ) { type.rename( path, name ); }
}

void
name_node_columns( Type& type, const nest::Model& model )
{
  name_plain_columns( type );
  // Recorders ask their backend for part of their status, and the backend does not know the temporary node.
  if ( dynamic_cast< const nest::RecordingDevice* >( &model.get_prototype() ) ) { return; }
  std::unique_ptr< nest::Node > node( const_cast< nest::Model& >( model ).create_() );
  const std::vector< Mark > marks = mark_doubles( type, static_cast< char* >( dynamic_cast< void* >( node.get() ) ) );
  Dictionary status;
  try
  {
    node->get_status( status );
  }
  catch ( const std::exception& )
  {
    return; // the columns keep their names in C++
  }
  for ( const auto& entry : status )
  {
    if ( const double* shown = std::get_if< double >( &entry.second.item ) )
    {
      name_one( type, marks, entry.first, *shown );
    }
  }
}

void
name_component_columns( Type& type )
{
  for ( const ComponentName& component : component_names )
  {
    if ( type.name() == component.class_name ) { type.rename( component.path, component.name ); }
  }
}

void
name_synapse_columns( Type& type, const Dictionary& status )
{
  for ( const Column& column : std::vector< Column >( type.columns() ) )
  {
    std::string name = column.member->path;
    if ( not name.empty() and name.back() == '_' ) { name.pop_back(); }
    if ( status.known( name ) or name == "delay" ) { type.rename( column.member->path, name ); }
  }
}

} // namespace torpor_nest
