// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/parts.h"

#include <algorithm>
#include <cstring>

namespace torpor_nest
{

namespace
{

void
add_classes( const Parts* parts, uint32_t n_parts, std::vector< const PartClass* >& classes )
{
  for ( const Parts* p = parts; p < parts + n_parts; ++p )
  {
    if ( std::find( classes.begin(), classes.end(), p->of ) != classes.end() ) { continue; }
    classes.push_back( p->of );
    add_classes( p->of->parts, p->of->n_parts, classes );
  }
}

void
add_parts( const Parts* parts, uint32_t n_parts, char* object, int64_t owner, std::vector< Part >& found )
{
  for ( const Parts* p = parts; p < parts + n_parts; ++p )
  {
    std::vector< char* > listed;
    p->list( object + p->offset, listed );
    for ( char* part : listed )
    {
      long index;
      std::memcpy( &index, part + p->of->index_offset, sizeof index );
      if ( index < 0 ) { continue; }
      found.push_back( { p->of, part, index, owner } );
      add_parts( p->of->parts, p->of->n_parts, part, index, found );
    }
  }
}

} // namespace

std::vector< const PartClass* >
part_classes( const Parts* parts, uint32_t n_parts )
{
  std::vector< const PartClass* > classes;
  add_classes( parts, n_parts, classes );
  return classes;
}

std::vector< Part >
parts_of( const Model& model, char* object )
{
  std::vector< Part > found;
  add_parts( model.parts, model.n_parts, object, NO_OWNER, found );
  std::sort( found.begin(), found.end(), []( const Part& a, const Part& b ) {
    const int order = std::strcmp( a.of->place, b.of->place );
    return order ? order < 0 : a.index < b.index;
  } );
  return found;
}

} // namespace torpor_nest
