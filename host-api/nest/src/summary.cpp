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

// `n` times the `size` bytes of a value.
void
repeat( const void* value, uint64_t size, uint64_t n, char* out )
{
  const uint64_t total = n * size;
  std::memcpy( out, value, size );
  for ( uint64_t done = size; done < total; )
  {
    const uint64_t piece = std::min( done, total - done );
    std::memcpy( out + done, out, piece );
    done += piece;
  }
}

// Eight bytes that are 0 or 1 into the bits of one, and back.
uint8_t
bits_of( const char* flags )
{
  uint64_t eight;
  std::memcpy( &eight, flags, 8 );
  return static_cast< uint8_t >( eight * 0x0102040810204080u >> 56 );
}

void
flags_of( uint8_t bits, char* flags )
{
  // Bit i of byte i, moved to the byte's highest and from there to its lowest place.
  const uint64_t one_each = bits * 0x0101010101010101u & 0x8040201008040201u;
  const uint64_t eight = ( one_each + 0x00406070787C7E7Fu ) >> 7 & 0x0101010101010101u;
  std::memcpy( flags, &eight, 8 );
}

// `flags` has room for a multiple of eight.
void
pack( char* flags, uint64_t n, uint8_t* bits )
{
  std::memset( flags + n, 0, ( n + 7 ) / 8 * 8 - n );
  for ( uint64_t i = 0; i < n; i += 8 ) { bits[ i / 8 ] = bits_of( flags + i ); }
}

void
unpack( const uint8_t* bits, uint64_t skip, uint64_t n, char* out )
{
  const uint64_t end = skip + n;
  for ( ; skip < end and skip % 8; ++skip ) { *out++ = bits[ skip / 8 ] >> skip % 8 & 1; }
  for ( ; skip + 8 <= end; skip += 8, out += 8 ) { flags_of( bits[ skip / 8 ], out ); }
  for ( ; skip < end; ++skip ) { *out++ = bits[ skip / 8 ] >> skip % 8 & 1; }
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
  else if ( state == EQUAL ) { repeat( &known.values[ index ], known.member->codec->size, n, out ); }
  return state != UNKNOWN;
}

} // namespace torpor_nest
