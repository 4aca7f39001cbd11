// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/components_column.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "reflect/components.h"
#include "network/population.h"

namespace torpor_nest
{

namespace
{

struct Numbers
{
  int64_t index;
  int64_t owner;
};
static_assert( sizeof( Numbers ) == 2 * sizeof( int64_t ) );

std::string
place_of( const Numbers& component )
{
  return component.owner == NO_OWNER ? "the root" : "at compartment " + std::to_string( component.owner );
}

// The first difference between the components in the checkpoint and the live ones, as text; "": none. Both are sorted.
std::string
difference( const ComponentClass& of, const std::vector< Numbers >& live, const std::vector< Numbers >& saved )
{
  const auto name = [ & ]( const Numbers& component ) { return of.noun + ( " " + std::to_string( component.index ) ); };
  for ( size_t i = 0; i < live.size() or i < saved.size(); ++i )
  {
    if ( i == saved.size() or ( i < live.size() and live[ i ].index < saved[ i ].index ) )
    {
      return name( live[ i ] ) + ", " + place_of( live[ i ] ) + ", is not in the checkpoint";
    }
    if ( i == live.size() or saved[ i ].index < live[ i ].index )
    {
      return name( saved[ i ] ) + ", " + place_of( saved[ i ] ) + ", is missing";
    }
    if ( live[ i ].owner != saved[ i ].owner )
    {
      return name( live[ i ] ) + " is " + place_of( live[ i ] ) + ", in the checkpoint " + place_of( saved[ i ] );
    }
  }
  return "";
}

std::vector< Numbers >
numbers_of( const torpor_field* field, char* object )
{
  const Column& column = column_of( field );
  std::vector< Numbers > numbers;
  for ( const Component& component : components_of( *column.model, object ) )
  {
    if ( component.of == column.components ) { numbers.push_back( { component.index, component.owner } ); }
  }
  return numbers;
}

class Host; // the session, which these functions do not use

void
lengths( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, uint64_t* out )
{
  population_of( p ).each( first, count, [ & ]( char* object ) { *out++ = numbers_of( field, object ).size(); } );
}

void
gather( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, const uint64_t* n,
  void* values )
{
  char* out = static_cast< char* >( values );
  population_of( p ).each( first, count, [ & ]( char* object ) {
    const auto numbers = numbers_of( field, object );
    if ( *n > 0 ) { std::memcpy( out, numbers.data(), *n * sizeof numbers[ 0 ] ); }
    out += *n++ * sizeof numbers[ 0 ];
  } );
}

void
set_lengths( Host&, const torpor_population*, const torpor_field*, uint64_t, uint64_t, const uint64_t* )
{
}

void
check_same( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, const void* values )
{
  const char* in = static_cast< const char* >( values );
  const Population& population = population_of( p );
  uint64_t index = first;
  population.each( first, count, [ & ]( char* object ) {
    std::vector< Numbers > saved( *n++ );
    if ( not saved.empty() ) { std::memcpy( saved.data(), in, saved.size() * sizeof saved[ 0 ] ); }
    in += saved.size() * sizeof saved[ 0 ];
    const std::string text = difference( *column_of( field ).components, numbers_of( field, object ), saved );
    if ( not text.empty() ) { throw population.refusal( index, text ); }
    ++index;
  } );
}

// Nothing to write: the script has made the components.
void
scatter( Host&, const torpor_population*, const torpor_field*, uint64_t, uint64_t, const uint64_t*, const void* )
{
}

} // namespace

torpor_ragged_accessor
components_accessor()
{
  return torpor_cpp::ragged_accessor< lengths, gather, set_lengths, scatter, check_same >();
}

} // namespace torpor_nest
