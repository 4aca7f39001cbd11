// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/components.h"

#include <algorithm>
#include <cstring>

namespace torpor_nest
{

namespace
{

void
add_classes( const Components* components, uint32_t n_components, std::vector< const ComponentClass* >& classes )
{
  for ( const Components* p = components; p < components + n_components; ++p )
  {
    if ( std::find( classes.begin(), classes.end(), p->of ) != classes.end() ) { continue; }
    classes.push_back( p->of );
    add_classes( p->of->components, p->of->n_components, classes );
  }
}

void
add_components( const Components* components, uint32_t n_components, char* object, int64_t owner,
  std::vector< Component >& found )
{
  for ( const Components* p = components; p < components + n_components; ++p )
  {
    std::vector< char* > listed;
    p->list( object + p->offset, listed );
    for ( char* component : listed )
    {
      long index;
      std::memcpy( &index, component + p->of->index_offset, sizeof index );
      if ( index < 0 ) { continue; }
      found.push_back( { p->of, component, index, owner } );
      add_components( p->of->components, p->of->n_components, component, index, found );
    }
  }
}

} // namespace

std::vector< const ComponentClass* >
component_classes( const Components* components, uint32_t n_components )
{
  std::vector< const ComponentClass* > classes;
  add_classes( components, n_components, classes );
  return classes;
}

std::vector< Component >
components_of( const Model& model, char* object )
{
  std::vector< Component > found;
  add_components( model.components, model.n_components, object, NO_OWNER, found );
  std::sort( found.begin(), found.end(), []( const Component& a, const Component& b ) {
    const int order = std::strcmp( a.of->place, b.of->place );
    return order ? order < 0 : a.index < b.index;
  } );
  return found;
}

} // namespace torpor_nest
