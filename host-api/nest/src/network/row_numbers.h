// SPDX-License-Identifier: GPL-2.0-or-later
// On several ranks: the number that an object would have in its population if one process had all objects. It is the key by which
// a restart on another number of ranks finds the object. NEST gives nodes and synapses to virtual processes, whose number stays.
#ifndef TORPOR_NEST_ROW_NUMBERS_H
#define TORPOR_NEST_ROW_NUMBERS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nest
{
class Node;
}

namespace torpor_nest
{

class RowNumbers
{
public:
  // Of a network that is distributed over all ranks, from what Network::pieces() says on each of them.
  explicit RowNumbers( const std::vector< std::string >& said );

  // The number of the first object of a piece: of those that lie together whatever the number of ranks, such as the synapses of
  // a virtual process. On one process, pieces lie in ascending order. Throws Error if the piece was of another length.
  uint64_t first( const std::string& path, uint64_t piece, uint64_t count ) const;
  // Does any rank have such a population?
  bool has( const std::string& path ) const { return pieces_.contains( path ); }
  // Connections on all ranks, as NEST counts them.
  uint64_t n_connections() const { return n_connections_; }

private:
  struct Piece
  {
    uint64_t count;
    uint64_t first;
  };

  void add( const std::string& said_by_rank );
  void number();

  std::map< std::string, std::map< uint64_t, Piece > > pieces_; // by the path of the population
  uint64_t n_connections_ = 0;
};

// The same of nodes, which need no exchange: all ranks know which there are. Ask in ascending order of node ids.
class NodeRows
{
public:
  uint64_t of( const nest::Node& node );

private:
  size_t range_ = 0;                       // of NEST's ranges of nodes of one model
  std::map< size_t, uint64_t > n_before_; // by model: nodes in the ranges before
};

} // namespace torpor_nest

#endif
