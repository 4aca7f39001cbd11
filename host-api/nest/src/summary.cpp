// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary.h"

#include <algorithm>
#include <cstring>

#include "population.h"

namespace torpor_nest
{

namespace
{

// Most columns differ within so many objects.
constexpr uint64_t FIRST_LOOK = 16;

bool
all_equal( const char* values, uint64_t n, uint32_t size )
{
  return n < 2 or std::memcmp( values, values + size, ( n - 1 ) * size ) == 0;
}

template < uint32_t size >
void
repeat( const void* value, uint64_t n, char* out )
{
  for ( uint64_t i = 0; i < n; ++i, out += size ) { std::memcpy( out, value, size ); }
}

void
pack( const char* flags, uint64_t n, uint8_t* bits )
{
  std::memset( bits, 0, ( n + 7 ) / 8 );
  for ( uint64_t i = 0; i < n; ++i ) { bits[ i / 8 ] |= static_cast< uint8_t >( flags[ i ] << i % 8 ); }
}

void
unpack( const uint8_t* bits, uint64_t skip, uint64_t n, char* out )
{
  for ( uint64_t i = skip; i < skip + n; ++i ) { *out++ = bits[ i / 8 ] >> i % 8 & 1; }
}

} // namespace

Summary::Summary( const Type& type, size_t n_runs )
{
  for ( const Column& column : type.columns() )
  {
    Known known { column.member, {}, nullptr, nullptr };
    const Codec* codec = column.member ? column.member->codec : nullptr;
    if ( codec and codec->kind == TORPOR_FIELD_VALUE and ( codec->size == 1 or codec->size == 4 or codec->size == 8 ) )
    {
      known.states.resize( n_runs );
      known.values.reset( new uint64_t[ n_runs ] );
      if ( codec->dtype == TORPOR_DTYPE_BOOL and codec->size == 1 )
      {
        known.flags.reset( new std::array< uint8_t, MAX_RUN / 8 >[ n_runs ] ); // touched where it is needed
      }
    }
    columns_.push_back( std::move( known ) );
  }
}

Summary::State
Summary::look( Known& known, size_t index, const Run& run )
{
  const Codec& codec = *known.member->codec;
  const char* member = run.base + known.member->offset;
  std::array< char, MAX_RUN * 8 > values;
  const uint64_t first = std::min( run.count, FIRST_LOOK );
  get_values( codec, member, run.stride, first, values.data() );
  if ( not known.flags and not all_equal( values.data(), first, codec.size ) ) { return UNKNOWN; }
  get_values( codec, member, run.stride, run.count, values.data() );
  if ( all_equal( values.data(), run.count, codec.size ) )
  {
    std::memcpy( &known.values[ index ], values.data(), codec.size );
    return EQUAL;
  }
  if ( not known.flags ) { return UNKNOWN; }
  pack( values.data(), run.count, known.flags[ index ].data() );
  return FLAGS;
}

void
Summary::note( size_t index, const Run& run )
{
  if ( run.count == 0 or run.count > MAX_RUN ) { return; }
  for ( Known& known : columns_ )
  {
    if ( not known.states.empty() ) { known.states[ index ] = look( known, index, run ); }
  }
}

bool
Summary::recall( size_t column, size_t index, uint64_t skip, uint64_t n, char* out ) const
{
  const Known& known = columns_[ column ];
  const State state = known.states.empty() ? UNKNOWN : known.states[ index ];
  if ( state == FLAGS ) { unpack( known.flags[ index ].data(), skip, n, out ); }
  else if ( state == EQUAL )
  {
    const uint64_t* value = &known.values[ index ];
    switch ( known.member->codec->size )
    {
    case 8:
      repeat< 8 >( value, n, out );
      break;
    case 4:
      repeat< 4 >( value, n, out );
      break;
    default:
      repeat< 1 >( value, n, out );
    }
  }
  return state != UNKNOWN;
}

} // namespace torpor_nest
