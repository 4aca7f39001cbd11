// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to whom: not saved, since Connect builds it, but compared before a restore.
#ifndef TORPOR_NEST_CONNECTIVITY_H
#define TORPOR_NEST_CONNECTIVITY_H

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reflect/models.h"
#include "network/labels.h"

namespace torpor_nest
{

// Sources and targets of the synapses of one model, in order, as one number per thread. Sources are in a table of
// NEST's, and looked at at once. Targets are in the synapses, more than a cache holds: some of these at a time are
// looked at when they are visited for their columns, the rest at the end.
class Links
{
public:
  // Add the synapses that one thread has; those of lower threads first.
  void add( const Model* table, size_t tid, size_t syn_id );
  // To be called once all are added.
  void look_at_sources();
  // Note the targets of [first, first + n) of a span's synapses, unless that is done. From any thread.
  void look_at( size_t span, uint64_t first, uint64_t n );

  const std::vector< Span >& spans() const { return spans_; }
  // Sources of all synapses in order. NULL: NEST was told not to keep them.
  const RepeatedIds* sources() const { return has_sources_ ? &sources_ : nullptr; }
  // After look_at_sources(); of each of NEST's threads. By the master.
  std::vector< uint64_t > digests();

private:
  struct SynapsesOfThread
  {
    size_t tid;
    size_t syn_id;
    uint64_t count;
    size_t first_span;
    size_t n_spans;
    RepeatedIds sources;
  };

  static void look_at_sources_of_thread( void* by_thread, uint64_t index );
  static void look_at_rest( void* links, uint64_t index );
  void look_at_piece( size_t span, uint64_t piece );

  std::vector< SynapsesOfThread > by_thread_;
  std::vector< Span > spans_; // of all threads; the first object is counted within its thread
  const Model* table_ = nullptr; // NULL: another module's, of whose synapses only the number is known
  std::vector< size_t > first_pieces_ { 0 }; // of each span, whose synapses are looked at in pieces; and how many there are
  std::vector< uint64_t > digests_; // of each piece's targets
  std::unique_ptr< std::atomic< bool >[] > is_taken_;
  bool has_sources_ = false;
  RepeatedIds sources_;
};

// By name of synapse model.
using Connectivity = std::map< std::string, Links >;

// All synapses between nodes as they lie in memory now; sources are looked at. By the master.
Connectivity connectivity();

// One number per thread, by what is connected.
using Digests = std::map< std::string, std::vector< uint64_t > >;

// Sources and targets of all synapses to and from devices, in order. By the master.
Digests device_digests();

} // namespace torpor_nest

#endif
