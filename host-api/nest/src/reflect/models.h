// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that generate/members.py writes: what each class of the installed wheel consists of.
#ifndef TORPOR_NEST_MODELS_H
#define TORPOR_NEST_MODELS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "reflect/codec.h"

namespace nest
{
class ConnectorBase;
class ConnectorModel;
class Node;
}

namespace torpor_nest
{

// Objects that lie one after the other in memory.
struct Span
{
  char* base;
  uint64_t first; // index of its first object in the population
  uint64_t count;
  uint64_t stride;
  size_t tid = 0; // synapses: NEST's thread that has them
};

constexpr uint32_t MEMBER_CONSTANT = 1; // rebuilt by NEST; compared on restore instead of written

struct Member
{
  const char* path; // C++: "S_.y3_"
  uint32_t offset;  // bytes from the start of the object
  uint32_t flags;
  const Codec* codec;
};

// What a node has any number of, as a compartmental neuron its compartments, and these their receptors.
struct Components;

struct ComponentClass
{
  const char* name;      // C++: "nest::AMPA"
  const char* noun;      // "AMPA receptor"
  const char* place;     // of their columns: "receptors/AMPA"
  uint32_t index_offset; // of their number, a long; there is none at a place whose number is negative
  const Member* members;
  uint32_t n_members;
  const Components* components; // of their own
  uint32_t n_components;
};

struct Components
{
  const ComponentClass* of;
  uint32_t offset; // bytes from the start of the object that has them
  void ( *list )( char* member, std::vector< char* >& components );
};

struct Model
{
  const char* mangled; // typeid( model ).name()
  const char* name;    // C++: "nest::iaf_psc_alpha"
  uint32_t size;       // of one object, as the headers say
  const Member* members;
  uint32_t n_members;
  const char* refusal; // not NULL: cannot be saved exactly, and why
  const Components* components;
  uint32_t n_components;
  // Synapses only: members of the GenericConnectorModel that all synapses of a thread share.
  const Member* common;
  uint32_t n_common;
  void ( *append_spans )( nest::ConnectorBase* connector, size_t tid, std::vector< Span >& spans );
  // Ids of the nodes that `n` synapses lead to, one after the other in memory. As many at `soon` are looked at next (any
  // address will do).
  void ( *target_ids )( const void* synapses, uint64_t n, size_t tid, const void* soon, uint32_t* out );
  // A connector with a synapse to each of these nodes, of the model's defaults; the nodes are not told. Throws what
  // NEST throws.
  std::unique_ptr< nest::ConnectorBase > ( *make_connector )( nest::ConnectorModel& model, nest::Node* const* targets,
    uint64_t n );
};

extern const Model node_models[];
extern const size_t n_node_models;
extern const Model synapse_models[];
extern const size_t n_synapse_models;
// Managers, recorders: `mangled` is the plain name here.
extern const Model kernel_classes[];
extern const size_t n_kernel_classes;

// The table of a class by typeid().name(); NULL: it is not of the wheel that this module was built for.
const Model* find_model( const Model* list, size_t n, const char* mangled );
const Model* find_model( const nest::ConnectorModel& model );

} // namespace torpor_nest

#endif
