// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/units.h"

#include <cstring>

namespace torpor_nest
{

namespace
{

struct Unit
{
  const char* classes;
  const char* name;
  const char* unit;
};

#define UNIT( classes, name, unit ) { classes, #name, unit },
const Unit units[] = {
#include "reflect/units.def"
};
#undef UNIT

} // namespace

const char*
unit_of( const std::string& class_name, const std::string& name )
{
  for ( const Unit& u : units )
  {
    if ( name == u.name and class_name.compare( 0, std::strlen( u.classes ), u.classes ) == 0 ) { return u.unit; }
  }
  return nullptr;
}

} // namespace torpor_nest
