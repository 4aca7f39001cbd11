// SPDX-License-Identifier: GPL-2.0-or-later
// The names that NEST itself uses for members, found by asking NEST.
#ifndef TORPOR_NEST_NAMES_H
#define TORPOR_NEST_NAMES_H

#include <string>

class Dictionary;
namespace nest
{
class Model;
}

namespace torpor_nest
{

class Type;

// Name columns that do not hold doubles by the words of NEST's status ("frozen", "senders").
void name_plain_columns( Type& type );

// Name the columns of a node class. Each double of a temporary node is set to a different number; the key under which the
// node's status shows a number is the name of that member. A key that shows the sum of two members (a potential stored
// relative to E_L), or one number of an array, becomes a derived column.
void name_node_columns( Type& type, const nest::Model& model );

// Name the columns of a synapse class. Its members have the names of NEST's status, with an underscore at the end.
void name_synapse_columns( Type& type, const Dictionary& status );

// Name the columns of compartments and receptors as the documentation of cm_default does.
void name_component_columns( Type& type );

} // namespace torpor_nest

#endif
