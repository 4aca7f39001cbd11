// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/type.h"

#include <algorithm>

#include "base/error.h"
#include "reflect/components.h"
#include "reflect/units.h"

namespace torpor_nest
{

Type::Type( std::string name, const Member* members, uint32_t n_members, const char* refusal )
  : name_( std::move( name ) )
  , refusal_( refusal ? refusal : "" )
{
  for ( const Member* member = members; member < members + n_members; ++member )
  {
    columns_.push_back( { member->path, true, member, {} } );
  }
}

const Column*
Type::find( const std::string& name ) const
{
  const auto found = std::find_if( columns_.begin(), columns_.end(), [ & ]( const Column& c ) { return c.name == name; } );
  return found == columns_.end() ? nullptr : &*found;
}

bool
Type::is_fixed_in_run( const Column& column ) const
{
  constexpr uint32_t fixed = MEMBER_CONSTANT | MEMBER_PARAMETER | MEMBER_CONNECTED;
  if ( column.member ) { return ( column.member->flags & fixed ) != 0; }
  if ( column.is_row ) { return true; }
  const auto is_in_fixed_member = [ & ]( const Place& place ) {
    return place.element < 0 and std::any_of( columns_.begin(), columns_.end(), [ & ]( const Column& other ) {
      return other.member and other.member->offset == place.offset and is_fixed_in_run( other );
    } );
  };
  return not column.sum_of.empty() and std::all_of( column.sum_of.begin(), column.sum_of.end(), is_in_fixed_member );
}

std::vector< uint64_t >
Type::revisions_in_run() const
{
  std::vector< uint64_t > revisions;
  for ( const Column& column : columns_ ) { revisions.push_back( is_fixed_in_run( column ) ? 1 : 0 ); }
  return revisions;
}

bool
Type::rename( const std::string& path, const std::string& name )
{
  Column* column = const_cast< Column* >( find( path ) );
  if ( not column or ( path != name and find( name ) ) ) { return false; }
  column->is_hidden = false;
  column->name = name;
  return true;
}

void
Type::add_derived( const std::string& name, std::vector< Place > places )
{
  columns_.push_back( { name, false, nullptr, std::move( places ) } );
}

void
Type::add_components( const Model& model )
{
  std::vector< Column > first;
  for ( const ComponentClass* components : component_classes( model.components, model.n_components ) )
  {
    std::string name = components->place;
    std::replace( name.begin(), name.end(), '/', '.' );
    first.push_back( { name, false, nullptr, {}, &model, components } );
  }
  columns_.insert( columns_.begin(), first.begin(), first.end() );
}

void
Type::add_recorded( const std::string& name, uint32_t dtype )
{
  if ( find( name ) ) { return; }
  Column column { name, false, nullptr, {} };
  column.recorded = dtype;
  columns_.push_back( column );
}

void
Type::add_row()
{
  Column column { ROW, true, nullptr, {} };
  column.is_row = true;
  columns_.push_back( column );
}

torpor_field
Type::field_of( const Column& column, const Accessors& accessors ) const
{
  auto field = make< torpor_field >();
  field.name = column.name.c_str();
  field.field_data = &column;
  field.flags = column.is_hidden ? TORPOR_FIELD_HIDDEN : 0;
  field.unit = column.is_hidden ? nullptr : unit_of( name_, column.name );
  if ( column.components )
  {
    field.dtype = TORPOR_DTYPE_INT64;
    field.kind = TORPOR_FIELD_RAGGED;
    field.rank = 1;
    field.shape[ 0 ] = 2; // number and owner
    field.ragged_accessor = &accessors.components;
  }
  else if ( column.recorded )
  {
    field.dtype = column.recorded;
    field.kind = TORPOR_FIELD_RAGGED;
    field.ragged_accessor = &accessors.recorded;
  }
  else if ( column.is_row )
  {
    field.dtype = TORPOR_DTYPE_UINT64;
    field.kind = TORPOR_FIELD_VALUE;
    field.accessor = &accessors.rows;
  }
  else if ( not column.member )
  {
    field.dtype = TORPOR_DTYPE_FLOAT64;
    field.kind = TORPOR_FIELD_VALUE;
    field.flags = TORPOR_FIELD_OPTIONAL;
    field.accessor = &accessors.derived;
  }
  else
  {
    const Codec& codec = *column.member->codec;
    field.dtype = codec.dtype;
    field.kind = codec.kind;
    field.rank = codec.rank;
    field.shape[ 0 ] = codec.shape;
    if ( codec.unit ) { field.unit = codec.unit; }
    if ( codec.dtype != TORPOR_DTYPE_FLOAT64 ) { field.unit = nullptr; }
    if ( column.member->flags & MEMBER_CONSTANT ) { field.flags |= TORPOR_FIELD_CONSTANT; }
    if ( column.member->flags & MEMBER_PARAMETER ) { field.flags |= TORPOR_FIELD_PARAMETER; }
    if ( column.member->flags & MEMBER_GIVEN ) { field.flags |= TORPOR_FIELD_GIVEN; }
    const bool is_checked = codec.fits != nullptr;
    if ( codec.kind == TORPOR_FIELD_VALUE ) { field.accessor = &accessors.values[ is_checked ]; }
    else { field.ragged_accessor = &accessors.ragged[ is_checked ]; }
  }
  return field;
}

void
Type::declare( torpor* session, const Accessors& accessors ) const
{
  std::vector< torpor_field > fields;
  for ( const Column& column : columns_ ) { fields.push_back( field_of( column, accessors ) ); }
  auto type = make< torpor_type >();
  type.version = version;
  type.name = name_.c_str();
  type.refusal = refusal_.empty() ? nullptr : refusal_.c_str();
  type.fields = fields.data();
  type.n_fields = static_cast< uint32_t >( fields.size() );
  run( torpor_declare_type, session, &type );
}

} // namespace torpor_nest
