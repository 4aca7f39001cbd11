// SPDX-License-Identifier: GPL-2.0-or-later
// Spikes that NEST has not exchanged or delivered yet, by who has emitted them. NEST has them in buffers by the rank that they go
// to, which a restart on as many ranks restores as they are. On another number of ranks they are filled again from here.
#ifndef TORPOR_NEST_SPIKES_H
#define TORPOR_NEST_SPIKES_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torpor/host.hpp>

namespace torpor_nest
{

class Spikes
{
public:
  // A tree for each virtual process of this rank; none if there is one such process in all. They must be used up before the
  // next call.
  std::vector< torpor_tree > trees();
  // Nodes or connections have come or gone since the last call.
  void forget_sources() { all_sources_.clear(); }
  // After a restore on another number of ranks: fill NEST's buffers with what was read. Returns whether this was done. Every rank
  // calls it.
  bool settle();

  // Of a thread: a neuron's place in NEST's table of targets, by the address of each of its targets; sorted.
  using Sources = std::vector< std::pair< uint64_t, size_t > >;

private:
  // What a virtual process has emitted in this slice, in order.
  struct OfProcess
  {
    size_t tid;
    Sources* all_sources; // empty: not listed yet
    std::string path;
    std::vector< uint64_t > sources {};
    std::vector< int64_t > lags {};    // steps since the slice began
    std::vector< uint64_t > counts {}; // spikes at once
    std::vector< double > offsets {};  // ms
    std::vector< uint8_t > kinds {};
    bool is_read = false;
  };

  template < class Entry > static bool collect( OfProcess& of, const std::vector< Entry >& emitted );
  template < class Entry > static void emit( const OfProcess& of, uint8_t kind, std::vector< Entry >& emitted );
  static void write( OfProcess& of, const torpor_tree_writer& w );
  static void read( OfProcess& of, const torpor_tree_reader& r );
  static void check( const OfProcess& of );

  std::vector< OfProcess > processes_;
  std::vector< Sources > all_sources_; // by thread
};

} // namespace torpor_nest

#endif
