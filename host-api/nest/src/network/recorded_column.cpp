// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/recorded_column.h"

#include <cstring>
#include <string>

#include "base/error.h"
#include "base/left_out.h"
#include "kernel/memory.h"
#include "network/population.h"

namespace torpor_nest
{

namespace
{

class Host; // the session, which these functions do not use

// Call take( values ) with the recorder's values of this quantity: a vector, or NULL if it does not record it.
template < class Take >
void
with_recorded( const torpor_field* field, char* object, Take&& take )
{
  auto& data = *reinterpret_cast< MemoryData* >( object );
  const Column& column = column_of( field );
  if ( column.recorded == TORPOR_DTYPE_FLOAT64 ) { take( doubles_of( data, column.name ) ); }
  else { take( longs_of( data, column.name ) ); }
}

uint64_t
recorded_length_of( const torpor_field* field, char* object )
{
  uint64_t length = 0;
  with_recorded( field, object, [ & ]( const auto* values ) { length = values ? values->size() : 0; } );
  return length;
}

void
recorded_lengths( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count, uint64_t* out )
{
  population_of( p ).each( first, count, [ & ]( char* object ) { *out++ = recorded_length_of( field, object ); } );
}

void
gather_recorded( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, void* column )
{
  char* out = static_cast< char* >( column );
  population_of( p ).each( first, count, [ & ]( char* object ) {
    with_recorded( field, object, [ & ]( const auto* values ) {
      if ( *n > 0 ) { std::memcpy( out, values->data(), *n * sizeof values->front() ); }
    } );
    out += *n++ * sizeof( double );
  } );
}

// Only checks; scatter_recorded() makes room.
void
set_recorded_lengths( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n )
{
  uint64_t index = first;
  population_of( p ).each( first, count, [ & ]( char* object ) {
    with_recorded( field, object, [ & ]( const auto* values ) {
      if ( *n == 0 or values ) { return; }
      throw population_of( p ).refusal( index, "it does not record " + column_of( field ).name );
    } );
    ++n;
    ++index;
  } );
}

void
scatter_recorded( Host&, const torpor_population* p, const torpor_field* field, uint64_t first, uint64_t count,
  const uint64_t* n, const void* column )
{
  if ( torpor_nest::is_left_out( p->path + std::string( "/" ) + field->name ) ) { return; }
  const char* in = static_cast< const char* >( column );
  population_of( p ).each( first, count, [ & ]( char* object ) {
    with_recorded( field, object, [ & ]( auto* values ) {
      if ( not values ) { return; }
      values->resize( *n );
      if ( *n > 0 ) { std::memcpy( values->data(), in, *n * sizeof values->front() ); }
    } );
    in += *n++ * sizeof( double );
  } );
}

static_assert( sizeof( long ) == sizeof( double ) );

} // namespace

torpor_ragged_accessor
recorded_accessor()
{
  return torpor_cpp::ragged_accessor< recorded_lengths, gather_recorded, set_recorded_lengths, scatter_recorded >();
}

} // namespace torpor_nest
