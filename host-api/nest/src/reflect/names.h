// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's own names of members, found by asking NEST.
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

// Members that are no doubles, under the words of NEST's status ("frozen", "senders").
void name_plain_columns( Type& type );

// Name the columns of a node class. A throw-away node gets a different number in each of its doubles; the key
// under which its status shows a number is that member's name. A key that shows the sum of two members
// (a potential stored relative to E_L), or one number of an array, becomes a derived column.
void name_node_columns( Type& type, const nest::Model& model );

// Name the columns of a synapse class: NEST names their members as its status does, with a trailing underscore.
void name_synapse_columns( Type& type, const Dictionary& status );

// Name the columns of compartments and receptors as the documentation of cm_default does.
void name_component_columns( Type& type );

} // namespace torpor_nest

#endif
