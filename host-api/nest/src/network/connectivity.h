// SPDX-License-Identifier: GPL-2.0-or-later
// Which nodes are connected. This is not saved, since the script's Connect builds it, but it is compared before a restore.
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

// Digests of the sources and targets of one model's synapses, in order: one number per thread.
//
// The sources are in a compact table of NEST's, which look_at_sources() reads as a whole. The targets are spread over the
// synapses, which do not fit into a cache. So they are read in pieces while the synapses are visited for their columns; the
// rest is read by digests().
class Links
{
public:
  // Add the synapses of one thread. Call it for the threads in ascending order.
  void add( const Model* table, size_t tid, size_t syn_id );
  // Call it once, when all threads are added.
  void look_at_sources();
  // Read the targets of the synapses [first, first + n) of a span, unless this has been done. Callable from any thread.
  void look_at( size_t span, uint64_t first, uint64_t n );

  bool has_any( size_t tid ) const;

  const std::vector< Span >& spans() const { return spans_; }
  // The sources of all synapses, in order. NULL: the script has set keep_source_table to false.
  const RepeatedIds* sources() const { return has_sources_ ? &sources_ : nullptr; }
  // One digest for each of NEST's threads. The master thread calls this, after look_at_sources(). From then on they are known.
  const std::vector< uint64_t >& digests();

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
  void look_at_all();

  std::vector< SynapsesOfThread > by_thread_;
  std::vector< Span > spans_; // of all threads; `first` counts from the thread's first synapse
  const Model* table_ = nullptr; // NULL: the model is another module's, and only the number of synapses is known
  std::vector< size_t > first_pieces_ { 0 }; // index of each span's first piece; last, the number of pieces
  std::vector< uint64_t > piece_digests_; // of each piece's targets
  std::unique_ptr< std::atomic< bool >[] > is_taken_;
  std::vector< uint64_t > digests_; // of each thread; empty: not known yet
  bool has_sources_ = false;
  RepeatedIds sources_;
};

// Key: what is connected. Value: one digest per thread.
using Digests = std::map< std::string, std::vector< uint64_t > >;

struct Connectivity
{
  std::map< std::string, Links > links; // by synapse model: synapses between nodes
  Digests devices; // of the sources and targets of all synapses to and from devices, in order
};

Digests device_digests();

// All synapses as they lie in memory now, after look_at_sources(). The master thread calls this.
Connectivity connectivity();

} // namespace torpor_nest

#endif
