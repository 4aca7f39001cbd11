// SPDX-License-Identifier: GPL-2.0-or-later
// The number types of C++ as the core names them.
#ifndef TORPOR_NEST_DTYPE_H
#define TORPOR_NEST_DTYPE_H

#include <cstdint>
#include <type_traits>

#include <torpor/host.h>

namespace torpor_nest
{

template < class T >
constexpr uint32_t
dtype_of()
{
  if constexpr ( std::is_same_v< T, bool > ) { return TORPOR_DTYPE_BOOL; }
  else if constexpr ( std::is_enum_v< T > ) { return dtype_of< std::underlying_type_t< T > >(); }
  else if constexpr ( std::is_floating_point_v< T > )
  {
    static_assert( sizeof( T ) == 4 or sizeof( T ) == 8 );
    return sizeof( T ) == 4 ? TORPOR_DTYPE_FLOAT32 : TORPOR_DTYPE_FLOAT64;
  }
  else
  {
    constexpr uint32_t log2 = sizeof( T ) == 1 ? 0 : sizeof( T ) == 2 ? 1 : sizeof( T ) == 4 ? 2 : 3;
    return ( std::is_signed_v< T > ? TORPOR_DTYPE_INT8 : TORPOR_DTYPE_UINT8 ) + log2;
  }
}

} // namespace torpor_nest

#endif
