// SPDX-License-Identifier: GPL-2.0-or-later
// What a node has any number of: compartments and receptors. The script makes them; their state is ours.
#ifndef TORPOR_NEST_COMPONENTS_H
#define TORPOR_NEST_COMPONENTS_H

#include <cstdint>
#include <vector>

#include "reflect/models.h"

namespace torpor_nest
{

template < class T >
void
list_components( char* member, std::vector< char* >& components )
{
  if constexpr ( is_sequence< T >::value )
  {
    for ( auto& component : *reinterpret_cast< T* >( member ) ) { components.push_back( reinterpret_cast< char* >( &component ) ); }
  }
  else { components.push_back( member ); }
}

constexpr int64_t NO_OWNER = -1;

struct Component
{
  const ComponentClass* of;
  char* object;
  int64_t index;
  int64_t owner; // number of the component that it is a component of, NO_OWNER: the node itself
};

// The classes of all components that nodes of a model may have.
std::vector< const ComponentClass* > component_classes( const Components* components, uint32_t n_components );

// The components of one object, by class and number, as they lie in memory now.
std::vector< Component > components_of( const Model& model, char* object );

} // namespace torpor_nest

#endif
