// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/accessors.h"

#include <atomic>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/left_out.h"
#include "network/components_column.h"
#include "network/population.h"

namespace torpor_nest
{

namespace
{

bool
is_left_out( const torpor_population* p, const torpor_field* field )
{
  return torpor_nest::is_left_out( p->path + std::string( "/" ) + field->name );
}

// The first column whose values did not fit. The field lives as long as its type.
std::atomic< const torpor_field* > misfit { nullptr };

void
note_misfit( const torpor_field* field )
{
  const torpor_field* none = nullptr;
  misfit.compare_exchange_strong( none, field );
}

int32_t
gather( void*, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, void* column,
  torpor_error* )
{
  const Population& population = population_of( p );
  const Member& member = *column_of( field ).member;
  char* out = static_cast< char* >( column );
  population.each_span( first, count, [ & ]( const Span& span, uint64_t skip, uint64_t n ) {
    if ( population.links ) { population.links->look_at( &span - population.spans().data(), skip, n ); }
    get_values( *member.codec, span.base + skip * span.stride + member.offset, span.stride, n, out );
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
  population_of( p ).each_span( first, count, [ & ]( const Span& span, uint64_t skip, uint64_t n ) {
    set_values( *member.codec, span.base + skip * span.stride + member.offset, span.stride, n, in );
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

// A derived column is for readers only; the members that it is derived from have columns of their own.
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
    throw population_of( p ).refusal( first + index, "found a value that this network cannot have" );
  } );
}

// The lengths of the objects of the last call of set_lengths.
uint64_t first_with_length = 0;
std::vector< uint64_t > last_lengths;

// Only checks the lengths; containers are resized in scatter_ragged.
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
        throw population_of( p ).refusal( index, "found a value whose structure does not fit this network" );
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

} // namespace

const Accessors accessors = {
  { value_accessor( false ), value_accessor( true ) },
  { ragged_accessor( false ), ragged_accessor( true ) },
  derived_accessor(),
  components_accessor(),
};

std::string
take_misfit()
{
  const torpor_field* field = misfit.exchange( nullptr );
  return field ? field->name : "";
}

} // namespace torpor_nest
