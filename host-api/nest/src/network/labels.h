// SPDX-License-Identifier: GPL-2.0-or-later
// Labels by which users know the objects of a population: ids of nodes, sources and targets of synapses.
#ifndef TORPOR_NEST_LABELS_H
#define TORPOR_NEST_LABELS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace torpor_nest
{

// One id for each object, where neighbours often have the same: values[ i ] stands for counts[ i ] objects.
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
  std::map< std::string, std::vector< uint32_t > > ids; // one for each object
  std::map< std::string, std::string > columns;         // name -> column that has the label
};

} // namespace torpor_nest

#endif
