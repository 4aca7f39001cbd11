// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/accessors.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/left_out.h"
#include "network/components_column.h"
#include "network/population.h"
#include "network/recorded_column.h"

namespace torpor_nest
{

namespace
{

bool
is_left_out( const torpor_population* p, const torpor_field* field )
{
  return torpor_nest::is_left_out( p->path + std::string( "/" ) + field->name );
}

class Host; // the session, which these functions do not use

void
gather( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, void* column )
{
  const Population& population = population_of( p );
  const Member& member = *column_of( field ).member;
  char* out = static_cast< char* >( column );
  if ( population.objects() )
  {
    get_values( *member.codec, population.objects() + first, member.offset, count, out );
    return;
  }
  population.each_span( first, count, [ & ]( const Span& span, uint64_t skip, uint64_t n ) {
    if ( population.links ) { population.links->look_at( &span - population.spans().data(), skip, n ); }
    get_values( *member.codec, span.base + skip * span.stride + member.offset, span.stride, n, out );
    out += n * member.codec->size;
  } );
}

void
check( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, const void* column )
{
  const Codec& codec = *column_of( field ).member->codec;
  if ( codec.fits( nullptr, column, count ) ) { return; }
  const char* in = static_cast< const char* >( column );
  uint64_t index = 0;
  while ( codec.fits( nullptr, in + index * codec.size, 1 ) ) { ++index; }
  throw population_of( p ).refusal( first + index, "found a value that this network cannot have" );
}

void
scatter( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, const void* column )
{
  if ( is_left_out( p, field ) ) { return; }
  const Member& member = *column_of( field ).member;
  const char* in = static_cast< const char* >( column );
  population_of( p ).each_span( first, count, [ & ]( const Span& span, uint64_t skip, uint64_t n ) {
    set_values( *member.codec, span.base + skip * span.stride + member.offset, span.stride, n, in );
    in += n * member.codec->size;
  } );
}

void
gather_derived( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, void* column )
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
}

// A derived column is for readers only; the members that it is derived from have columns of their own.
void
scatter_derived( Host&, const torpor_population*, const torpor_field*, uint64_t, uint64_t, const void* )
{
}

void
gather_rows( Host&, const torpor_population* p, const torpor_field*, uint64_t first, uint64_t count, void* column )
{
  population_of( p ).rows( first, count, static_cast< uint64_t* >( column ) );
}

// The core has found the objects by it.
void
scatter_rows( Host&, const torpor_population*, const torpor_field*, uint64_t, uint64_t, const void* )
{
}

void
lengths( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, uint64_t* out )
{
  const Population& population = population_of( p );
  const Member& member = *column_of( field ).member;
  if ( const auto length = population.length_in_run( column_of( field ) ) )
  {
    std::fill_n( out, count, *length );
    return;
  }
  population.each( first, count, [ & ]( char* object ) { *out++ = member.codec->length( object + member.offset ); } );
}

void
gather_ragged( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, void* values )
{
  const Member& member = *column_of( field ).member;
  char* out = static_cast< char* >( values );
  population_of( p ).each( first, count, [ & ]( char* object ) {
    member.codec->write( object + member.offset, out );
    out += *n++ * member.codec->size;
  } );
}

// Only checks the lengths; containers are resized in scatter_ragged.
void
set_lengths( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n )
{
  const Member& member = *column_of( field ).member;
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
}

// Call take( codec, member, values, length ) for each object. Throws Error for the first one that it returns false for.
template < class Take >
void
each_ragged( const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, const uint64_t* n,
  const void* values, Take&& take )
{
  const Member& member = *column_of( field ).member;
  const char* in = static_cast< const char* >( values );
  uint64_t index = first;
  population_of( p ).each( first, count, [ & ]( char* object ) {
    if ( not take( *member.codec, object + member.offset, in, *n ) )
    {
      throw population_of( p ).refusal( index, "found a value whose structure does not fit this network" );
    }
    in += *n++ * member.codec->size;
    ++index;
  } );
}

void
check_ragged( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, const void* values )
{
  each_ragged( p, field, first, count, n, values,
    []( const Codec& codec, const char* member, const char* in, uint64_t length ) { return codec.fits( member, in, length ); } );
}

void
scatter_ragged( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, const void* values )
{
  if ( is_left_out( p, field ) ) { return; }
  each_ragged( p, field, first, count, n, values,
    []( const Codec& codec, char* member, const char* in, uint64_t length ) { return codec.read( member, in, length ); } );
}

} // namespace

const Accessors accessors = {
  { torpor_cpp::accessor< gather, scatter >(), torpor_cpp::accessor< gather, scatter, check >() },
  { torpor_cpp::ragged_accessor< lengths, gather_ragged, set_lengths, scatter_ragged >(),
    torpor_cpp::ragged_accessor< lengths, gather_ragged, set_lengths, scatter_ragged, check_ragged >() },
  torpor_cpp::accessor< gather_derived, scatter_derived >(),
  components_accessor(),
  recorded_accessor(),
  torpor_cpp::accessor< gather_rows, scatter_rows >(),
};

} // namespace torpor_nest
