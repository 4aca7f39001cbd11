// SPDX-License-Identifier: GPL-2.0-or-later
// Components of a node: compartments and receptors, of which it may have any number. The script creates them; a checkpoint
// has their state.
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
    for ( auto& component : *reinterpret_cast< T* >( member ) )
    {
      components.push_back( reinterpret_cast< char* >( &component ) );
    }
  }
  else { components.push_back( member ); }
}

constexpr int64_t NO_OWNER = -1;

struct Component
{
  const ComponentClass* of;
  char* object;
  int64_t index;
  int64_t owner; // number of the component that it belongs to; NO_OWNER: it belongs to the node itself
};

// All classes of components that nodes of a model can have.
std::vector< const ComponentClass* > component_classes( const Components* components, uint32_t n_components );

// The components of one object as they are in memory now, sorted by class and number.
std::vector< Component > components_of( const Model& model, char* object );

} // namespace torpor_nest

#endif
