// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include "dictionary.h"
#include "model.h"
#include "node.h"
#include "recording_device.h"

#include "population.h"

namespace torpor_nest
{

namespace
{

struct Unit
{
  const char* classes;
  const char* name;
  const char* unit;
};

#define UNIT( classes, name, unit ) { classes, #name, unit },
const Unit units[] = {
#include "units.def"
};
#undef UNIT

const std::map< std::string, std::string > plain_names = {
  { "frozen_", "frozen" },
  { "node_id_", "global_id" },
  { "thread_", "thread" },
  { "vp_", "vp" },
  { "S_.n_events_", "n_events" },
  { "senders_", "senders" },
  { "times_ms_", "times" },
  { "times_steps_", "times_steps" },
  { "times_offset_", "offsets" },
};

// A double of a node, and the number it was given.
struct Mark
{
  uint32_t offset;
  double value;
  const Member* member; // NULL: one number of an array
};

// A number between 1 and 2 that no other, and no sum of two others, is equal to.
double
unlikely( uint64_t index )
{
  uint64_t bits = ( index + 1 ) * 0x9E3779B97F4A7C15u; // splitmix64
  bits = ( bits ^ ( bits >> 30 ) ) * 0xBF58476D1CE4E5B9u;
  bits = ( bits ^ ( bits >> 27 ) ) * 0x94D049BB133111EBu;
  return 1.0 + std::ldexp( static_cast< double >( bits >> 12 ), -52 );
}

std::vector< Mark >
mark_doubles( const Type& type, char* object )
{
  std::vector< Mark > marks;
  for ( const Column& column : type.columns() )
  {
    const Codec& codec = *column.member->codec;
    if ( codec.kind != TORPOR_FIELD_VALUE or codec.dtype != TORPOR_DTYPE_FLOAT64 ) { continue; }
    const uint64_t n = codec.rank ? codec.shape : 1;
    for ( uint64_t i = 0; i < n; ++i )
    {
      const uint32_t offset = column.member->offset + 8 * i;
      const double value = unlikely( marks.size() );
      std::memcpy( object + offset, &value, sizeof value );
      marks.push_back( { offset, value, codec.rank ? nullptr : column.member } );
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
      else if ( not type.has( key ) ) { type.add_derived( key, { mark.offset } ); }
      return;
    }
  }
  for ( const Mark& a : marks )
  {
    for ( const Mark& b : marks )
    {
      if ( a.offset < b.offset and a.value + b.value == shown and not type.has( key ) )
      {
        type.add_derived( key, { a.offset, b.offset } );
        return;
      }
    }
  }
}

} // namespace

const char*
unit_of( const std::string& class_name, const std::string& name )
{
  for ( const Unit& u : units )
  {
    if ( name == u.name and class_name.compare( 0, std::strlen( u.classes ), u.classes ) == 0 ) { return u.unit; }
  }
  return nullptr;
}

void
name_plain_columns( Type& type )
{
  for ( const auto& [ path, name ] : plain_names ) { type.rename( path, name ); }
}

void
name_node_columns( Type& type, const nest::Model& model )
{
  name_plain_columns( type );
  // Recorders ask their backend for the rest of their status, which knows no throw-away node.
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
    return; // the names in C++ stay
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
