// SPDX-License-Identifier: GPL-2.0-or-later
#include "earlier_runs.h"

#include <algorithm>
#include <cstring>

#include "kernel_manager.h"

#include "error.h"
#include "generators.h"
#include "tree.h"

namespace torpor_nest
{

namespace
{

const char* const NAME = "earlier_runs";

// Generators of one kind, which lie one after the other in the list of all.
struct Kind
{
  const char* name;
  size_t first;
  size_t count;
};

std::vector< Kind >
kinds()
{
  const size_t n_threads = nest::kernel().vp_manager.get_num_threads();
  return { { "rank_synced", 0, 1 }, { "thread_synced", 1, n_threads }, { "thread", 1 + n_threads, n_threads } };
}

Generators
live_generators()
{
  Generators generators;
  generators.refresh();
  return generators;
}

size_t
size_of( const torpor_generator& generator )
{
  return generator.state.shape[ 0 ] * ( generator.state.dtype == TORPOR_DTYPE_UINT64 ? 8 : 4 );
}

std::string
live_states()
{
  std::string states;
  for ( const torpor_generator& generator : live_generators().list )
  {
    states.append( static_cast< const char* >( generator.state.data ), size_of( generator ) );
  }
  return states;
}

void
set_live_states( const std::string& states )
{
  const char* next = states.data();
  for ( const torpor_generator& generator : live_generators().list )
  {
    std::memcpy( generator.state.data, next, size_of( generator ) );
    next += size_of( generator );
  }
}

void
set_time( int64_t step )
{
  auto& s = nest::kernel().simulation_manager;
  const long min_delay = nest::kernel().connection_manager.get_min_delay();
  s.slice_ = step / min_delay;
  s.clock_ = nest::Time::step( s.slice_ * min_delay );
  s.from_step_ = step % min_delay;
  s.to_step_ = min_delay;
  s.simulated_ = step > 0;
}

// What [n_runs, ...state] of one kind looks like; without memory.
torpor_view
view_of_kind( const Kind& kind, const torpor_generator& generator, size_t n_runs )
{
  torpor_view view = generator.state;
  view.data = nullptr;
  view.rank = 3;
  view.shape[ 2 ] = view.shape[ 0 ];
  view.shape[ 1 ] = kind.count;
  view.shape[ 0 ] = n_runs;
  return view;
}

// An array of exactly this form is read into memory; another one is a difference. Throws Error.
void
read_array( const torpor_tree_reader& r, const char* name, torpor_view view, std::string& bytes )
{
  torpor_error e {};
  e.struct_size = sizeof e;
  torpor_view saved {};
  check( r.describe( r.data, name, &saved, &e ), e );
  if ( saved.dtype != view.dtype or saved.rank != view.rank
    or not std::equal( view.shape, view.shape + view.rank, saved.shape ) )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( name ) + ": expected one state of as many numbers as this network's generators have, for each run, "
                            "found another shape" );
  }
  size_t n = view.dtype == TORPOR_DTYPE_UINT32 ? 4 : 8;
  for ( uint32_t i = 0; i < view.rank; ++i ) { n *= view.shape[ i ]; }
  bytes.resize( n );
  view.data = bytes.data();
  if ( n > 0 ) { check( r.read_view( r.data, name, &view, &e ), e ); }
}

} // namespace

EarlierRuns&
EarlierRuns::instance()
{
  static EarlierRuns earlier_runs;
  return earlier_runs;
}

EarlierRuns::EarlierRuns()
{
  type_.struct_size = sizeof type_;
  type_.version = 1;
  type_.name = NAME;
  type_.doc = "runs that the script has behind it, after which it drew random numbers";
  type_.field_size = sizeof( torpor_field );
  codec_.struct_size = sizeof codec_;
  codec_.type = NAME;
  codec_.codec_data = this;
  codec_.to_state = []( void* self, void*, const torpor_population*, const torpor_tree_writer* w, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->write( *w ); } ); };
  codec_.from_state =
    []( void* self, void*, const torpor_population*, const torpor_tree_reader* r, int32_t, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->read( *r ); } ); };
  codec_.commit = []( void*, void*, const torpor_population* ) {};
}

void
EarlierRuns::forget()
{
  n_runs_ = 0;
  runs_.clear();
  saved_.clear();
}

torpor_population
EarlierRuns::population() const
{
  torpor_population p {};
  p.path = "kernel/earlier_runs";
  p.type = NAME;
  p.count = 1;
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  return p;
}

void
EarlierRuns::begin_restore( bool and_no_more )
{
  was_found_ = false;
  is_last_ = and_no_more;
}

void
EarlierRuns::begin()
{
  if ( not runs_.empty() and runs_.back().index + 1 == n_runs_ and runs_.back().generators == live_states() )
  {
    runs_.pop_back();
  }
}

void
EarlierRuns::end()
{
  const int64_t now = nest::kernel().simulation_manager.get_time().get_steps();
  runs_.push_back( { n_runs_, now, live_states() } );
  ++n_runs_;
}

void
EarlierRuns::pass_over( int64_t end_step )
{
  const auto run = std::find_if( saved_.begin(), saved_.end(), [ & ]( const Run& r ) { return r.index == n_runs_; } );
  if ( run != saved_.end() and run->end_step == end_step ) { set_live_states( run->generators ); }
  set_time( end_step );
  end();
}

void
EarlierRuns::write( const torpor_tree_writer& w ) const
{
  const Generators live = live_generators();
  std::vector< uint64_t > indices;
  std::vector< double > ends;
  for ( const Run& run : runs_ )
  {
    indices.push_back( run.index );
    ends.push_back( nest::Time( nest::Time::step( run.end_step ) ).get_ms() );
  }
  w.put_uint( w.data, "n_runs", n_runs_ );
  w.put_text( w.data, "algorithm", live.list.at( 0 ).algorithm );
  put_array( w, "run", indices );
  torpor_view end = view_of< double >( ends.size() );
  end.unit = "ms";
  end.data = ends.data();
  w.put_view( w.data, "end", &end );
  size_t offset = 0;
  for ( const Kind& kind : kinds() )
  {
    const torpor_generator& generator = live.list.at( kind.first );
    const size_t size = kind.count * size_of( generator );
    std::string states;
    for ( const Run& run : runs_ ) { states += run.generators.substr( offset, size ); }
    torpor_view view = view_of_kind( kind, generator, runs_.size() );
    view.data = states.data();
    w.put_view( w.data, kind.name, &view );
    offset += size;
  }
}

void
EarlierRuns::read( const torpor_tree_reader& r )
{
  was_found_ = true;
  torpor_error e {};
  e.struct_size = sizeof e;
  const Generators live = live_generators();
  const char* algorithm = nullptr;
  check( r.get_text( r.data, "algorithm", &algorithm, &e ), e );
  if ( std::strcmp( algorithm, live.list.at( 0 ).algorithm ) != 0 )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( "rng_type: this network has " ) + live.list.at( 0 ).algorithm + ", the checkpoint " + algorithm
        + "; build the network as the run that was saved did" );
  }
  torpor_view indices {};
  check( r.describe( r.data, "run", &indices, &e ), e );
  const size_t n = indices.rank == 1 ? indices.shape[ 0 ] : 0;
  std::string bytes;
  std::vector< Run > saved( n );
  read_array( r, "run", view_of< uint64_t >( n ), bytes );
  for ( size_t i = 0; i < n; ++i ) { std::memcpy( &saved[ i ].index, bytes.data() + 8 * i, 8 ); }
  torpor_view end = view_of< double >( n );
  end.unit = "ms";
  read_array( r, "end", end, bytes );
  for ( size_t i = 0; i < n; ++i )
  {
    double end_ms = 0;
    std::memcpy( &end_ms, bytes.data() + 8 * i, 8 );
    saved[ i ].end_step = nest::Time( nest::Time::ms( end_ms ) ).get_steps();
  }
  for ( const Kind& kind : kinds() )
  {
    const torpor_generator& generator = live.list.at( kind.first );
    const size_t size = kind.count * size_of( generator );
    read_array( r, kind.name, view_of_kind( kind, generator, n ), bytes );
    for ( size_t i = 0; i < n; ++i ) { saved[ i ].generators += bytes.substr( i * size, size ); }
  }
  saved_.swap( saved );
  if ( is_last_ ) { throw Error( TORPOR_STATUS_ORDER, LIES_AHEAD ); }
}

} // namespace torpor_nest
