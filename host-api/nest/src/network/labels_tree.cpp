// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/labels_tree.h"

#include <atomic>

#include "base/borrowed_threads.h"
#include "base/error.h"
#include "base/tree.h"
#include "kernel/structural_plasticity.h"
#include "network/network.h"

namespace torpor_nest
{

namespace
{

std::atomic< uint64_t > most_targets { 1 << 20 };

struct Targets
{
  const Population* population;
  std::vector< uint32_t > ids;
};

void
find_targets_of_span( void* data, uint64_t index )
{
  Targets& targets = *static_cast< Targets* >( data );
  const Span& span = targets.population->spans()[ index ];
  const char* end = span.base + span.count * span.stride;
  targets.population->synapse_model->target_ids( span.base, span.count, span.tid, end, &targets.ids[ span.first ] );
}

void
find_targets( Population& population )
{
  if ( not population.synapse_model or population.labels.ids.contains( "target" ) ) { return; }
  const bool is_needed = population.links and synapses_come_and_go();
  if ( population.count() > most_targets and not is_needed ) { return; }
  Targets targets { &population, std::vector< uint32_t >( population.count() ) };
  share_work( population.spans().size(), &find_targets_of_span, &targets );
  population.labels.ids[ "target" ] = std::move( targets.ids );
}

void
write( const Network& network, const torpor_tree_writer& w )
{
  for ( const auto& population : network.populations() )
  {
    find_targets( *population );
    const Labels& labels = population->labels;
    if ( labels.columns.empty() and labels.repeated.empty() and labels.ids.empty() ) { continue; }
    w.begin_map( w.data, population->path().c_str() );
    for ( const auto& [ name, ids ] : labels.repeated )
    {
      w.begin_map( w.data, name.c_str() );
      torpor_cpp::put( w, "values", ids.values );
      torpor_cpp::put( w, "counts", ids.counts );
      w.end_map( w.data );
    }
    for ( const auto& [ name, ids ] : labels.ids ) { torpor_cpp::put( w, name.c_str(), ids ); }
    for ( const auto& [ name, column ] : labels.columns ) { w.put_text( w.data, name.c_str(), column.c_str() ); }
    w.end_map( w.data );
  }
}

} // namespace

void
set_most_targets( uint64_t n )
{
  most_targets = n;
}

torpor_tree
labels_tree( Network& network )
{
  torpor_tree tree = tree_of< write, nullptr, nullptr >( "labels", network );
  tree.flags = TORPOR_ORIGIN_NONE | TORPOR_TREE_OF_RANK;
  return tree;
}

} // namespace torpor_nest
