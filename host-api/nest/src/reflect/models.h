// SPDX-License-Identifier: GPL-2.0-or-later
// The tables that generate/members.py writes: which members each class of the installed wheel has.
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

// Objects at regular distances in memory.
struct Span
{
  char* base;
  uint64_t first; // index of its first object in the population
  uint64_t count;
  uint64_t stride;
  size_t tid = 0; // of synapses: the thread that they belong to
};

constexpr uint32_t MEMBER_CONSTANT = 1;  // NEST rebuilds it: a restore compares it instead of writing it
constexpr uint32_t MEMBER_PARAMETER = 2; // a script sets it, and a run does not change it
constexpr uint32_t MEMBER_GIVEN = 4;     // a script gives its first value
constexpr uint32_t MEMBER_CONNECTED = 8; // follows from who is connected: changes only where synapses come and go

struct Member
{
  const char* path; // C++: "S_.y3_"
  uint32_t offset;  // bytes from the start of the object
  uint32_t flags;
  const Codec* codec;
};

// Components of which a node may have any number: a compartmental neuron has compartments, and these have receptors.
struct Components;

struct ComponentClass
{
  const char* name;      // C++: "nest::AMPA"
  const char* noun;      // "AMPA receptor"
  const char* place;     // where their columns are: "receptors/AMPA"
  uint32_t index_offset; // offset of their number, a long; a negative number means that there is no component
  const Member* members;
  uint32_t n_members;
  const Components* components; // components of these components
  uint32_t n_components;
};

struct Components
{
  const ComponentClass* of;
  uint32_t offset; // in bytes, from the start of the object that has them
  void ( *list )( char* member, std::vector< char* >& components ); // append the address of each
};

struct Model
{
  const char* mangled; // typeid( model ).name()
  const char* name;    // C++: "nest::iaf_psc_alpha"
  uint32_t size;       // of one object, as the headers say
  const Member* members;
  uint32_t n_members;
  const char* refusal; // not NULL: why it cannot be saved exactly
  const Components* components;
  uint32_t n_components;
  // Only of synapses: members of the GenericConnectorModel, which all synapses of a thread share.
  const Member* common;
  uint32_t n_common;
  void ( *append_spans )( nest::ConnectorBase* connector, size_t tid, std::vector< Span >& spans );
  // Write the ids of the targets of `n` consecutive synapses to `out`. `soon` is where the caller will read next; it is
  // prefetched, and may be any address.
  void ( *target_ids )( const void* synapses, uint64_t n, size_t tid, const void* soon, uint32_t* out );
  // Create a connector with one synapse to each of these nodes, with the model's defaults. The nodes are not notified. Throws
  // what NEST throws.
  std::unique_ptr< nest::ConnectorBase > ( *make_connector )( nest::ConnectorModel& model, nest::Node* const* targets,
    uint64_t n );
};

extern const Model node_models[];
extern const size_t n_node_models;
extern const Model synapse_models[];
extern const size_t n_synapse_models;
// Managers and recorders; `mangled` is the plain name for these.
extern const Model kernel_classes[];
extern const size_t n_kernel_classes;

// Find the table of a class by typeid().name(). NULL: the wheel that this module was built for does not have the class.
const Model* find_model( const Model* list, size_t n, const char* mangled );
const Model* find_model( const nest::ConnectorModel& model );

} // namespace torpor_nest

#endif
