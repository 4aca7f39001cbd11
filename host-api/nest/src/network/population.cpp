// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/population.h"

#include <algorithm>
#include <atomic>

#include "reflect/names.h"
#include "reflect/parts.h"

namespace torpor_nest
{

namespace
{

// The first column whose values did not fit; a name lives as long as its type.
std::atomic< const torpor_field* > misfit { nullptr };

void
note_misfit( const torpor_field* field )
{
  const torpor_field* none = nullptr;
  misfit.compare_exchange_strong( none, field );
}

std::string left_out;

bool
is_left_out( const torpor_population* p, const torpor_field* field )
{
  return not left_out.empty() and torpor_nest::is_left_out( p->path + std::string( "/" ) + field->name );
}

// `size` is a constant where these are inlined, so that memcpy becomes one move.
[[gnu::always_inline]] inline void
copy_out( const char* member, uint64_t stride, uint64_t n, char* out, uint64_t size )
{
  for ( uint64_t i = 0; i < n; ++i ) { std::memcpy( out + i * size, member + i * stride, size ); }
}

[[gnu::always_inline]] inline void
copy_in( char* member, uint64_t stride, uint64_t n, const char* in, uint64_t size )
{
  for ( uint64_t i = 0; i < n; ++i ) { std::memcpy( member + i * stride, in + i * size, size ); }
}

// A flag that NEST never set may hold any byte.
void
get_flags( const char* member, uint64_t stride, uint64_t n, char* out, uint64_t size )
{
  copy_out( member, stride, n, out, size );
  for ( uint64_t i = 0; i < n * size; ++i ) { out[ i ] = out[ i ] != 0; }
}

int32_t
gather( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, void* column,
  torpor_error* )
{
  const Population& population = population_of( p );
  const Member& member = *column_of( field ).member;
  char* out = static_cast< char* >( column );
  population.each_run( first, count, [ & ]( const Run& run, uint64_t skip, uint64_t n ) {
    if ( population.links ) { population.links->look_at( &run - population.runs().data(), skip, n ); }
    get_values( *member.codec, run.base + skip * run.stride + member.offset, run.stride, n, out );
    out += n * member.codec->size;
  } );
  return TORPOR_STATUS_OK;
}

void
scatter( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const void* column )
{
  if ( is_left_out( p, field ) ) { return; }
  const Member& member = *column_of( field ).member;
  const char* in = static_cast< const char* >( column );
  population_of( p ).each_run( first, count, [ & ]( const Run& run, uint64_t skip, uint64_t n ) {
    set_values( *member.codec, run.base + skip * run.stride + member.offset, run.stride, n, in );
    in += n * member.codec->size;
  } );
}

int32_t
gather_derived( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  void* column, torpor_error* )
{
  double* out = static_cast< double* >( column );
  population_of( p ).each( first, count, [ & ]( char* object ) {
    double sum = 0.0;
    for ( const Place& place : column_of( field ).sum_of )
    {
      double term;
      std::memcpy( &term, place.in( object ), sizeof term );
      sum += term;
    }
    *out++ = sum;
  } );
  return TORPOR_STATUS_OK;
}

// A derived column is there to be read; its members are restored by their own columns.
void
scatter_derived( void*, const torpor_population*, const torpor_field*, uint64_t, uint64_t, const void* )
{
}

int32_t
lengths( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  uint64_t* out, torpor_error* error )
{
  const Member& member = *column_of( field ).member;
  return guarded( error, [ & ] {
    population_of( p ).each( first, count, [ & ]( char* object ) { *out++ = member.codec->length( object + member.offset ); } );
  } );
}

int32_t
gather_ragged( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, void* values, torpor_error* error )
{
  const Member& member = *column_of( field ).member;
  char* out = static_cast< char* >( values );
  return guarded( error, [ & ] {
    population_of( p ).each( first, count, [ & ]( char* object ) {
      member.codec->write( object + member.offset, out );
      out += *n++ * member.codec->size;
    } );
  } );
}

int32_t
check_values( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const void* column, torpor_error* error )
{
  const Codec& codec = *column_of( field ).member->codec;
  if ( codec.fits( nullptr, column, count ) ) { return TORPOR_STATUS_OK; }
  const char* in = static_cast< const char* >( column );
  return guarded( error, [ & ] {
    uint64_t index = 0;
    while ( codec.fits( nullptr, in + index * codec.size, 1 ) ) { ++index; }
    throw population_of( p ).refusal( first + index, "a value that this network cannot take" );
  } );
}

// Of the objects that set_lengths was called for last.
uint64_t first_with_length = 0;
std::vector< uint64_t > last_lengths;

// Containers take their new length in scatter_ragged; here it is only looked at.
int32_t
set_lengths( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, torpor_error* error )
{
  const Member& member = *column_of( field ).member;
  return guarded( error, [ & ] {
    first_with_length = first;
    last_lengths.assign( n, n + count );
    if ( not member.codec->is_fixed or member.codec->kind != TORPOR_FIELD_RAGGED ) { return; }
    uint64_t index = first;
    population_of( p ).each( first, count, [ & ]( char* object ) {
      const uint64_t live = member.codec->length( object + member.offset );
      if ( *n != live )
      {
        throw population_of( p ).refusal( index,
          "expected the " + std::to_string( live ) + " elements of this network's buffer, found " + std::to_string( *n ) );
      }
      ++n;
      ++index;
    } );
  } );
}

int32_t
check_ragged( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const void* values, torpor_error* error )
{
  const Member& member = *column_of( field ).member;
  const char* in = static_cast< const char* >( values );
  const uint64_t* n = last_lengths.data() + ( first - first_with_length );
  return guarded( error, [ & ] {
    uint64_t index = first;
    population_of( p ).each( first, count, [ & ]( char* object ) {
      if ( not member.codec->fits( object + member.offset, in, *n ) )
      {
        throw population_of( p ).refusal( index, "a value whose structure does not fit into this network" );
      }
      in += *n++ * member.codec->size;
      ++index;
    } );
  } );
}

void
scatter_ragged( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, const void* values )
{
  if ( is_left_out( p, field ) ) { return; }
  const Member& member = *column_of( field ).member;
  const char* in = static_cast< const char* >( values );
  const int32_t status = guarded( nullptr, [ & ] {
    population_of( p ).each( first, count, [ & ]( char* object ) {
      if ( not member.codec->read( object + member.offset, in, *n ) ) { note_misfit( field ); }
      in += *n++ * member.codec->size;
    } );
  } );
  if ( status != TORPOR_STATUS_OK ) { note_misfit( field ); }
}

torpor_accessor
value_accessor( bool is_checked )
{
  torpor_accessor a {};
  a.struct_size = sizeof a;
  a.gather = &gather;
  a.check = is_checked ? &check_values : nullptr;
  a.scatter = &scatter;
  return a;
}

torpor_accessor
ragged_accessor( bool is_checked )
{
  torpor_accessor a {};
  a.struct_size = sizeof a;
  a.check = is_checked ? &check_ragged : nullptr;
  a.lengths = &lengths;
  a.gather_ragged = &gather_ragged;
  a.set_lengths = &set_lengths;
  a.scatter_ragged = &scatter_ragged;
  return a;
}

torpor_accessor
derived_accessor()
{
  torpor_accessor a {};
  a.struct_size = sizeof a;
  a.gather = &gather_derived;
  a.scatter = &scatter_derived;
  return a;
}

const torpor_accessor values[] = { value_accessor( false ), value_accessor( true ) };
const torpor_accessor ragged[] = { ragged_accessor( false ), ragged_accessor( true ) };
const torpor_accessor derived = derived_accessor();

} // namespace

void
get_values( const Codec& codec, const char* member, uint64_t stride, uint64_t n, char* out )
{
  if ( codec.get ) { codec.get( member, stride, n, out ); }
  else if ( codec.dtype == TORPOR_DTYPE_BOOL ) { get_flags( member, stride, n, out, codec.size ); }
  else if ( codec.size == 8 ) { copy_out( member, stride, n, out, 8 ); }
  else if ( codec.size == 4 ) { copy_out( member, stride, n, out, 4 ); }
  else { copy_out( member, stride, n, out, codec.size ); }
}

void
set_values( const Codec& codec, char* member, uint64_t stride, uint64_t n, const char* in )
{
  if ( codec.set ) { codec.set( member, stride, n, in ); }
  else if ( codec.size == 8 ) { copy_in( member, stride, n, in, 8 ); }
  else if ( codec.size == 4 ) { copy_in( member, stride, n, in, 4 ); }
  else { copy_in( member, stride, n, in, codec.size ); }
}

void
leave_out( const std::string& text )
{
  left_out = text;
}

bool
is_left_out( const std::string& path )
{
  return not left_out.empty() and path.find( left_out ) != std::string::npos;
}

std::string
take_misfit()
{
  const torpor_field* field = misfit.exchange( nullptr );
  return field ? field->name : "";
}

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
Type::add_parts( const Model& model )
{
  std::vector< Column > first;
  for ( const PartClass* parts : part_classes( model.parts, model.n_parts ) )
  {
    std::string name = parts->place;
    std::replace( name.begin(), name.end(), '/', '.' );
    first.push_back( { name, false, nullptr, {}, &model, parts } );
  }
  columns_.insert( columns_.begin(), first.begin(), first.end() );
}

const torpor_type*
Type::declaration()
{
  if ( type_.struct_size ) { return &type_; }
  for ( const Column& column : columns_ )
  {
    torpor_field field {};
    field.name = column.name.c_str();
    field.field_data = &column;
    field.flags = column.is_hidden ? TORPOR_FIELD_HIDDEN : 0;
    field.unit = column.is_hidden ? nullptr : unit_of( name_, column.name );
    if ( column.parts )
    {
      field.dtype = TORPOR_DTYPE_INT64;
      field.kind = TORPOR_FIELD_RAGGED;
      field.rank = 1;
      field.shape[ 0 ] = 2; // number and owner
      field.accessor = &parts_accessor;
    }
    else if ( not column.member )
    {
      field.dtype = TORPOR_DTYPE_FLOAT64;
      field.kind = TORPOR_FIELD_VALUE;
      field.flags = TORPOR_FIELD_OPTIONAL;
      field.accessor = &derived;
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
      field.accessor = &( codec.kind == TORPOR_FIELD_VALUE ? values : ragged )[ codec.fits != nullptr ];
    }
    fields_.push_back( field );
  }
  type_.struct_size = sizeof type_;
  type_.version = 1;
  type_.name = name_.c_str();
  type_.refusal = refusal_.empty() ? nullptr : refusal_.c_str();
  type_.fields = fields_.data();
  type_.n_fields = static_cast< uint32_t >( fields_.size() );
  type_.field_size = sizeof( torpor_field );
  return &type_;
}

std::vector< Run >::const_iterator
Population::find( uint64_t index ) const
{
  // Most runs are as long as the first one.
  const auto guess = runs_.begin() + std::min( index / runs_[ 0 ].count, runs_.size() - 1 );
  if ( guess->first <= index and index - guess->first < guess->count ) { return guess; }
  return std::upper_bound( runs_.begin(), runs_.end(), index,
           []( uint64_t i, const Run& run ) { return i < run.first; } )
    - 1;
}

Error
Population::refusal( uint64_t index, const std::string& why ) const
{
  std::string name;
  for ( const auto& [ label, value ] : labels_of( index ) )
  {
    name += ( name.empty() ? " (" : ", " ) + label + " " + std::to_string( value );
  }
  return Error( TORPOR_STATUS_MISMATCH,
    "object " + std::to_string( index ) + name + ( name.empty() ? ": " : "): " ) + why
      + "; build the network as the saved run did" );
}

std::vector< std::pair< std::string, uint64_t > >
Population::labels_of( uint64_t index ) const
{
  std::vector< std::pair< std::string, uint64_t > > found;
  for ( const auto& [ label, ids ] : labels.runs )
  {
    uint64_t first = 0;
    for ( size_t i = 0; i < ids.values.size(); first += ids.counts[ i++ ] )
    {
      if ( index - first < ids.counts[ i ] ) { found.emplace_back( label, ids.values[ i ] ); }
    }
  }
  for ( const auto& [ label, ids ] : labels.ids ) { found.emplace_back( label, ids[ index ] ); }
  for ( const auto& [ label, name ] : labels.columns )
  {
    const Column* column = type_.find( name );
    uint64_t value = 0; // ids are integers
    if ( not column ) { continue; }
    each( index, 1, [ & ]( char* object ) { std::memcpy( &value, object + column->member->offset, column->member->codec->size ); } );
    found.emplace_back( label, value );
  }
  return found;
}

std::vector< std::string >
Population::contents() const
{
  std::vector< std::string > contents;
  for ( const Column& column : type_.columns() )
  {
    if ( not column.member ) { continue; }
    const Codec& codec = *column.member->codec;
    each( 0, count(), [ & ]( char* object ) {
      const char* member = object + column.member->offset;
      const bool is_value = codec.kind == TORPOR_FIELD_VALUE;
      std::string& bytes = contents.emplace_back( codec.size * ( is_value ? 1 : codec.length( member ) ), '\0' );
      if ( is_value ) { get_values( codec, member, 0, 1, bytes.data() ); }
      else { codec.write( member, bytes.data() ); }
    } );
  }
  return contents;
}

void
Population::set_contents( const std::vector< std::string >& contents ) const
{
  auto bytes = contents.begin();
  for ( const Column& column : type_.columns() )
  {
    if ( not column.member ) { continue; }
    const Codec& codec = *column.member->codec;
    each( 0, count(), [ & ]( char* object ) {
      char* member = object + column.member->offset;
      if ( codec.kind == TORPOR_FIELD_VALUE ) { set_values( codec, member, 0, 1, bytes->data() ); }
      else { codec.read( member, bytes->data(), bytes->size() / codec.size ); }
      ++bytes;
    } );
  }
}

torpor_population
Population::description() const
{
  torpor_population p {};
  p.path = path_.c_str();
  p.type = type_.name().c_str();
  p.count = count();
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  p.population_data = this;
  return p;
}

} // namespace torpor_nest
