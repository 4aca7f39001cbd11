// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/models.h"

#include <algorithm>
#include <cstring>
#include <typeinfo>

#include "connector_model.h"

namespace torpor_nest
{

const Model*
find_model( const Model* list, size_t n, const char* mangled )
{
  const Model* found =
    std::find_if( list, list + n, [ = ]( const Model& m ) { return std::strcmp( m.mangled, mangled ) == 0; } );
  return found == list + n ? nullptr : found;
}

const Model*
find_model( const nest::ConnectorModel& model )
{
  return find_model( synapse_models, n_synapse_models, typeid( model ).name() );
}

} // namespace torpor_nest
