// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/earlier_runs.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "kernel_manager.h"

#include "base/error.h"
#include "base/tree.h"
#include "kernel/generators.h"

namespace torpor_nest
{

namespace
{

const char* const NAME = "earlier_runs";

// Generators of one kind. They are neighbours in the list of all generators.
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

// Describe an array [n_runs, ...state] for one kind of generators; its memory is set later.
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

double
in_ms( int64_t step )
{
  return nest::Time( nest::Time::step( step ) ).get_ms();
}

int64_t
now_in_steps()
{
  return nest::kernel().simulation_manager.get_time().get_steps();
}

torpor_view
view_of_times( size_t n )
{
  torpor_view view = view_of< double >( n );
  view.unit = "ms";
  return view;
}

void
put_times( const torpor_tree_writer& w, const char* name, std::vector< double > times )
{
  torpor_view view = view_of_times( times.size() );
  view.data = times.data();
  w.put_view( w.data, name, &view );
}

// Read the bytes of an array of exactly this shape. Throws Error if its shape differs.
std::string
read_array( const torpor_tree_reader& r, const char* name, torpor_view view )
{
  torpor_error e {};
  e.struct_size = sizeof e;
  torpor_view saved {};
  check( r.describe( r.data, name, &saved, &e ), e );
  if ( saved.dtype != view.dtype or saved.rank != view.rank
    or not std::equal( view.shape, view.shape + view.rank, saved.shape ) )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( name ) + ": expected one value for each run and generator of this network, found another shape" );
  }
  size_t n_bytes = view.dtype == TORPOR_DTYPE_UINT32 ? 4 : 8;
  for ( uint32_t i = 0; i < view.rank; ++i ) { n_bytes *= view.shape[ i ]; }
  std::string bytes( n_bytes, '\0' );
  view.data = bytes.data();
  if ( n_bytes > 0 ) { check( r.read_view( r.data, name, &view, &e ), e ); }
  return bytes;
}

// In steps.
std::vector< int64_t >
read_times( const torpor_tree_reader& r, const char* name, size_t n )
{
  const std::string bytes = read_array( r, name, view_of_times( n ) );
  std::vector< int64_t > steps;
  for ( size_t i = 0; i < n; ++i )
  {
    double time_ms = 0;
    std::memcpy( &time_ms, bytes.data() + 8 * i, 8 );
    steps.push_back( nest::Time( nest::Time::ms( time_ms ) ).get_steps() );
  }
  return steps;
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
  type_.doc = "completed runs of the script after which it drew random numbers";
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
EarlierRuns::begin_restore( Purpose purpose )
{
  purpose_ = purpose;
  was_found_ = false;
  lies_ahead_ = purpose == Purpose::RECORD_ONLY;
}

void
EarlierRuns::begin()
{
  first_step_ = now_in_steps();
  if ( runs_.empty() or runs_.back().index + 1 != n_runs_ ) { return; }
  FinishedRun& last = runs_.back();
  last.next_step = first_step_;
  if ( last.next_step == last.end_step and last.generators == live_states() ) { runs_.pop_back(); }
}

void
EarlierRuns::end()
{
  const std::string& algorithm = nest::kernel().random_manager.current_rng_type_;
  runs_.push_back( { n_runs_, now_in_steps(), now_in_steps(), algorithm, live_states() } );
  ++n_runs_;
}

const EarlierRuns::FinishedRun*
EarlierRuns::find_saved( uint64_t index ) const
{
  const auto run = std::find_if( saved_.begin(), saved_.end(), [ = ]( const FinishedRun& r ) { return r.index == index; } );
  return run == saved_.end() ? nullptr : &*run;
}

void
EarlierRuns::set_live_states( const FinishedRun& run )
{
  const Generators live = live_generators();
  if ( run.algorithm != live.list.at( 0 ).algorithm or run.generators.size() != live_states().size() ) { return; }
  const char* next = run.generators.data();
  for ( const torpor_generator& generator : live.list )
  {
    std::memcpy( generator.state.data, next, size_of( generator ) );
    next += size_of( generator );
  }
}

void
EarlierRuns::pass_over( int64_t end_step )
{
  const FinishedRun* run = find_saved( n_runs_ );
  if ( run and run->end_step == end_step ) { set_live_states( *run ); }
  set_time( end_step );
  end();
}

void
EarlierRuns::pass_over_restore()
{
  const FinishedRun* run = n_runs_ > 0 ? find_saved( n_runs_ - 1 ) : nullptr;
  if ( run ) { set_time( run->next_step ); }
}

void
EarlierRuns::write( const torpor_tree_writer& w ) const
{
  const Generators live = live_generators();
  const std::string algorithm = live.list.at( 0 ).algorithm;
  std::vector< FinishedRun > runs; // runs with another algorithm are left out: resuming there is refused
  std::copy_if(
    runs_.begin(), runs_.end(), std::back_inserter( runs ),
    [ & ]( const FinishedRun& r ) { return r.algorithm == algorithm; } );
  std::vector< uint64_t > indices;
  std::vector< double > ends;
  std::vector< double > next;
  for ( const FinishedRun& run : runs )
  {
    indices.push_back( run.index );
    ends.push_back( in_ms( run.end_step ) );
    next.push_back( in_ms( run.next_step ) );
  }
  w.put_uint( w.data, "n_runs", n_runs_ );
  put_times( w, "start", { in_ms( first_step_ ) } );
  w.put_text( w.data, "algorithm", algorithm.c_str() );
  put_array( w, "run", indices );
  put_times( w, "end", ends );
  put_times( w, "next_start", next );
  size_t offset = 0;
  for ( const Kind& kind : kinds() )
  {
    const torpor_generator& generator = live.list.at( kind.first );
    const size_t size = kind.count * size_of( generator );
    std::string states;
    for ( const FinishedRun& run : runs ) { states.append( run.generators, offset, size ); }
    torpor_view view = view_of_kind( kind, generator, runs.size() );
    view.data = states.data();
    w.put_view( w.data, kind.name, &view );
    offset += size;
  }
}

void
EarlierRuns::read( const torpor_tree_reader& r )
{
  was_found_ = true;
  if ( purpose_ == Purpose::STATE_BY_HAND ) { return; }
  torpor_error e {};
  e.struct_size = sizeof e;
  const char* text = nullptr;
  check( r.get_text( r.data, "algorithm", &text, &e ), e );
  const std::string algorithm = text;
  uint64_t n_runs = 0;
  check( r.get_uint( r.data, "n_runs", &n_runs, &e ), e );
  const int64_t first_step = read_times( r, "start", 1 ).at( 0 );
  torpor_view indices {};
  check( r.describe( r.data, "run", &indices, &e ), e );
  const size_t n = indices.rank == 1 ? indices.shape[ 0 ] : 0;
  const std::string index_bytes = read_array( r, "run", view_of< uint64_t >( n ) );
  const auto ends = read_times( r, "end", n );
  const auto next = read_times( r, "next_start", n );
  std::vector< FinishedRun > saved( n );
  bool was_set_back = false;
  for ( size_t i = 0; i < n; ++i )
  {
    std::memcpy( &saved[ i ].index, index_bytes.data() + 8 * i, 8 );
    saved[ i ].end_step = ends[ i ];
    saved[ i ].next_step = next[ i ];
    saved[ i ].algorithm = algorithm;
    was_set_back = was_set_back or next[ i ] < ends[ i ];
  }
  for ( const Kind& kind : kinds() )
  {
    torpor_view view {}; // its algorithm may differ from that of this network
    check( r.describe( r.data, kind.name, &view, &e ), e );
    view.dtype = view.dtype == TORPOR_DTYPE_UINT32 ? TORPOR_DTYPE_UINT32 : TORPOR_DTYPE_UINT64;
    view.rank = 3;
    view.shape[ 0 ] = n;
    view.shape[ 1 ] = kind.count;
    const std::string bytes = read_array( r, kind.name, view );
    const size_t size = n > 0 ? bytes.size() / n : 0;
    for ( size_t i = 0; i < n; ++i ) { saved[ i ].generators.append( bytes, i * size, size ); }
  }
  saved_.swap( saved );
  // The same time may occur twice; then the number of runs decides which one is meant.
  lies_ahead_ = lies_ahead_ or ( was_set_back and n_runs > n_runs_ );
  if ( lies_ahead_ ) { throw Error( TORPOR_STATUS_ORDER, LIES_AHEAD ); }
  if ( was_set_back and ( n_runs != n_runs_ or first_step != first_step_ ) )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      "expected run " + std::to_string( n_runs_ ) + " of the script, which begins at " + std::to_string( in_ms( first_step_ ) )
        + " ms, found run " + std::to_string( n_runs ) + ", at " + std::to_string( in_ms( first_step ) )
        + " ms; make the same runs and restores as the saved script did" );
  }
}

} // namespace torpor_nest
