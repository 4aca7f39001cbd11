// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/codec.h"

namespace torpor_nest
{

namespace
{

// Where these are inlined, `size` is a constant, so that memcpy becomes one move.
[[gnu::always_inline]] inline void
copy_out( const char* member, uint64_t stride, uint64_t n, char* out, uint64_t size )
{
  for ( uint64_t i = 0; i < n; ++i ) { std::memcpy( out + i * size, member + i * stride, size ); }
}

[[gnu::always_inline]] inline void
copy_out( char* const* objects, uint32_t offset, uint64_t n, char* out, uint64_t size )
{
  for ( uint64_t i = 0; i < n; ++i ) { std::memcpy( out + i * size, objects[ i ] + offset, size ); }
}

[[gnu::always_inline]] inline void
copy_in( char* member, uint64_t stride, uint64_t n, const char* in, uint64_t size )
{
  for ( uint64_t i = 0; i < n; ++i ) { std::memcpy( member + i * stride, in + i * size, size ); }
}

// A flag that NEST never initialized may hold any byte.
void
clean_flags( char* flags, uint64_t n )
{
  for ( uint64_t i = 0; i < n; ++i ) { flags[ i ] = flags[ i ] != 0; }
}

} // namespace

void
get_values( const Codec& codec, const char* member, uint64_t stride, uint64_t n, char* out )
{
  if ( codec.get ) { codec.get( member, stride, n, out ); }
  else if ( codec.size == 8 ) { copy_out( member, stride, n, out, 8 ); }
  else if ( codec.size == 4 ) { copy_out( member, stride, n, out, 4 ); }
  else if ( codec.size == 1 ) { copy_out( member, stride, n, out, 1 ); }
  else { copy_out( member, stride, n, out, codec.size ); }
  if ( codec.dtype == TORPOR_DTYPE_BOOL ) { clean_flags( out, n * codec.size ); }
}

void
get_values( const Codec& codec, char* const* objects, uint32_t offset, uint64_t n, char* out )
{
  if ( codec.get )
  {
    for ( uint64_t i = 0; i < n; ++i ) { codec.get( objects[ i ] + offset, 0, 1, out + i * codec.size ); }
  }
  else if ( codec.size == 8 ) { copy_out( objects, offset, n, out, 8 ); }
  else if ( codec.size == 4 ) { copy_out( objects, offset, n, out, 4 ); }
  else if ( codec.size == 1 ) { copy_out( objects, offset, n, out, 1 ); }
  else { copy_out( objects, offset, n, out, codec.size ); }
  if ( codec.dtype == TORPOR_DTYPE_BOOL ) { clean_flags( out, n * codec.size ); }
}

void
set_values( const Codec& codec, char* member, uint64_t stride, uint64_t n, const char* in )
{
  if ( codec.set ) { codec.set( member, stride, n, in ); }
  else if ( codec.size == 8 ) { copy_in( member, stride, n, in, 8 ); }
  else if ( codec.size == 4 ) { copy_in( member, stride, n, in, 4 ); }
  else { copy_in( member, stride, n, in, codec.size ); }
}

} // namespace torpor_nest
