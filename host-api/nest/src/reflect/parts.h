// SPDX-License-Identifier: GPL-2.0-or-later
// What a node has any number of: compartments and receptors. The script makes them; their state is ours.
#ifndef TORPOR_NEST_PARTS_H
#define TORPOR_NEST_PARTS_H

#include <cstdint>
#include <vector>

#include "reflect/models.h"

namespace torpor_nest
{

template < class T >
void
list_parts( char* member, std::vector< char* >& parts )
{
  if constexpr ( is_sequence< T >::value )
  {
    for ( auto& part : *reinterpret_cast< T* >( member ) ) { parts.push_back( reinterpret_cast< char* >( &part ) ); }
  }
  else { parts.push_back( member ); }
}

constexpr int64_t NO_OWNER = -1;

struct Part
{
  const PartClass* of;
  char* object;
  int64_t index;
  int64_t owner; // number of the part that it is a part of, NO_OWNER: the node itself
};

// The classes of all parts that nodes of a model may have.
std::vector< const PartClass* > part_classes( const Parts* parts, uint32_t n_parts );

// The parts of one object, by class and number, as they lie in memory now.
std::vector< Part > parts_of( const Model& model, char* object );

} // namespace torpor_nest

#endif
