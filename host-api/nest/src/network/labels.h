// SPDX-License-Identifier: GPL-2.0-or-later
// What people call the objects of a population: ids of nodes, sources and targets of synapses.
#ifndef TORPOR_NEST_LABELS_H
#define TORPOR_NEST_LABELS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace torpor_nest
{

// Objects one after the other that have the same id.
struct RepeatedIds
{
  std::vector< uint32_t > values;
  std::vector< uint32_t > counts;

  void add( uint64_t value, uint64_t count );
  void append( const RepeatedIds& more );
};

struct Labels
{
  std::map< std::string, RepeatedIds > repeated;
  std::map< std::string, std::vector< uint32_t > > ids; // of each object
  std::map< std::string, std::string > columns;         // name -> column that has it
};

} // namespace torpor_nest

#endif
