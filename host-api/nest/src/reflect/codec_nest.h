// SPDX-License-Identifier: GPL-2.0-or-later
// Codecs of NEST's own types, where saving member by member is not enough.
#ifndef TORPOR_NEST_CODEC_NEST_H
#define TORPOR_NEST_CODEC_NEST_H

#include <random>

#include "reflect/codec.h"

#include "growth_curve.h"
#include "iaf_bw_2001_exact.h"
#include "kernel_manager.h"
#include "nest_time.h"
#include "node_collection.h"
#include "slice_ring_buffer.h"
#include "spike_data.h"
#include "syn_id_delay.h"
#include "weight_optimizer.h"

namespace torpor_nest
{

template <> struct is_raw< nest::SpikeData > : std::true_type
{
  // Copy the fields, leaving the padding zero.
  static void
  copy( const nest::SpikeData& from, void* to )
  {
    auto& clean = *static_cast< nest::SpikeData* >( to );
    clean.lcid_ = from.lcid_;
    clean.marker_ = from.marker_;
    clean.flush_event_ = from.flush_event_;
    clean.lag_ = from.lag_;
    clean.tid_ = from.tid_;
    clean.syn_id_ = from.syn_id_;
  }
};
template <> struct is_raw< nest::OffGridSpikeData > : std::true_type
{
  static void
  copy( const nest::OffGridSpikeData& from, void* to )
  {
    is_raw< nest::SpikeData >::copy( from, to );
    static_cast< nest::OffGridSpikeData* >( to )->offset_ = from.offset_;
  }
};
template < class Spike > struct raw_with_rank : std::true_type
{
  template < class WithRank > static void
  copy( const WithRank& from, void* to )
  {
    auto& clean = *static_cast< WithRank* >( to );
    std::memcpy( const_cast< size_t* >( &clean.rank ), &from.rank, sizeof from.rank );
    is_raw< Spike >::copy( from.spike_data, const_cast< Spike* >( &clean.spike_data ) );
  }
};
template <> struct is_raw< nest::SpikeDataWithRank > : raw_with_rank< nest::SpikeData > {};
template <> struct is_raw< nest::OffGridSpikeDataWithRank > : raw_with_rank< nest::OffGridSpikeData > {};
template <> struct is_raw< nest::SliceRingBuffer::SpikeInfo > : std::true_type
{
  static void
  copy( const nest::SliceRingBuffer::SpikeInfo& from, void* to )
  {
    std::memcpy( to, &from, sizeof from ); // three numbers without padding
  }
};

// Spikes with precise times, by slice. From the first step of a slice, `deliver_` points to the spikes of that slice.
template <> struct Fields< nest::SliceRingBuffer >
{
  template < class V > static void
  visit( V& visitor, nest::SliceRingBuffer& buffer )
  {
    visitor.fixed( buffer.queue_ );
    visitor( buffer.refract_ );
    int64_t deliver = buffer.deliver_ ? buffer.deliver_ - buffer.queue_.data() : -1;
    visitor.own( &deliver, 8 );
    if constexpr ( InputVisitor< V > )
    {
      if ( deliver >= static_cast< int64_t >( buffer.queue_.size() ) ) { visitor.good = false; }
    }
    if constexpr ( std::is_same_v< V, Reader > )
    {
      if ( visitor.good ) { buffer.deliver_ = deliver < 0 ? nullptr : &buffer.queue_[ deliver ]; }
    }
  }
};

// The ODE solver's state vector, whose length depends on the number of NMDA inputs of the neuron.
template <> struct Fields< nest::iaf_bw_2001_exact::State_ >
{
  template < class V > static void
  visit( V& visitor, nest::iaf_bw_2001_exact::State_& s )
  {
    uint64_t n = s.state_vec_size;
    visitor.own( &n, 8 );
    if constexpr ( InputVisitor< V > ) { if ( n != s.state_vec_size ) { visitor.good = false; return; } }
    visitor.bytes( s.ode_state_, n * sizeof( double ) );
    visitor( s.num_ports_ );
    visitor( s.r_ );
    visitor( s.s_NMDA_sum );
    visitor( s.I_NMDA_ );
    visitor( s.I_AMPA_ );
    visitor( s.I_GABA_ );
  }
};

// The optimizer of an e-prop synapse. Its synapse model determines its class.
template <> struct Fields< nest::WeightOptimizer* >
{
  template < class V > static void
  visit( V& visitor, nest::WeightOptimizer*& optimizer )
  {
    auto* adam = dynamic_cast< nest::WeightOptimizerAdam* >( optimizer );
    char kind = not optimizer ? 0 : not adam ? 1 : 2;
    const char live = kind;
    visitor.own( &kind, 1 );
    if constexpr ( InputVisitor< V > ) { if ( kind != live ) { visitor.good = false; return; } }
    if ( optimizer )
    {
      visitor( optimizer->cumulative_gradient_ );
      visitor( optimizer->optimization_step_ );
      visitor( optimizer->eta_current_ );
      visitor( optimizer->n_optimize_ );
    }
    if ( adam )
    {
      visitor( adam->m_ );
      visitor( adam->v_ );
      visitor( adam->beta_1_power_ );
      visitor( adam->beta_2_power_ );
    }
  }
};

// How a neuron's synaptic elements grow: a curve of one of NEST's kinds, and its parameters.
template <> struct Fields< nest::GrowthCurve* >
{
  enum Kind : char { LINEAR, GAUSSIAN, SIGMOID, UNKNOWN };

  static Kind
  kind_of( nest::GrowthCurve& curve )
  {
    return curve.is( "linear" ) ? LINEAR : curve.is( "gaussian" ) ? GAUSSIAN : curve.is( "sigmoid" ) ? SIGMOID : UNKNOWN;
  }

  static nest::GrowthCurve*
  make( Kind kind )
  {
    if ( kind == LINEAR ) { return new nest::GrowthCurveLinear; }
    if ( kind == GAUSSIAN ) { return new nest::GrowthCurveGaussian; }
    return new nest::GrowthCurveSigmoid;
  }

  template < class V > static void
  visit_parameters( V& visitor, nest::GrowthCurve& curve )
  {
    const Kind kind = kind_of( curve );
    if ( kind == LINEAR ) { visitor( static_cast< nest::GrowthCurveLinear& >( curve ).eps_ ); }
    else if ( kind == GAUSSIAN )
    {
      auto& gaussian = static_cast< nest::GrowthCurveGaussian& >( curve );
      visitor( gaussian.eta_ );
      visitor( gaussian.eps_ );
      visitor( gaussian.inv_zeta_ );
      visitor( gaussian.xi_ );
    }
    else if ( kind == SIGMOID )
    {
      visitor( static_cast< nest::GrowthCurveSigmoid& >( curve ).eps_ );
      visitor( static_cast< nest::GrowthCurveSigmoid& >( curve ).psi_ );
    }
  }

  template < class V > static void
  visit( V& visitor, nest::GrowthCurve*& curve )
  {
    Kind kind = kind_of( *curve );
    const Kind live = kind;
    visitor.own( &kind, 1 );
    if constexpr ( InputVisitor< V > )
    {
      if ( not visitor.good or kind < LINEAR or kind >= UNKNOWN ) { visitor.good = false; return; }
      if ( kind != live )
      {
        delete curve; // of an element that a Reader or Checker created in place of the live one
        curve = make( kind );
      }
    }
    visit_parameters( visitor, *curve );
  }
};

// A node collection that the script has set, as ids. Empty: all nodes.
template <> struct Fields< nest::NodeCollectionPTR >
{
  template < class V > static void
  visit( V& visitor, nest::NodeCollectionPTR& nodes )
  {
    std::vector< uint64_t > live;
    if ( nodes ) { for ( auto n = nodes->begin(); n < nodes->end(); ++n ) { live.push_back( ( *n ).node_id ); } }
    uint64_t count = live.size();
    visitor.own( &count, 8 );
    std::vector< uint64_t > ids( live );
    if constexpr ( InputVisitor< V > )
    {
      if ( not visitor.good or count > visitor.left() / 8 ) { visitor.good = false; return; }
      ids.resize( count );
    }
    visitor.own( ids.data(), count * 8 );
    if constexpr ( InputVisitor< V > )
    {
      for ( const uint64_t id : ids )
      {
        visitor.good = visitor.good and id > 0 and id <= nest::kernel().node_manager.size();
      }
    }
    if constexpr ( std::is_same_v< V, Reader > )
    {
      if ( not visitor.good or ids == live ) { return; }
      nodes = nest::NodeCollection::create( std::vector< size_t >( ids.begin(), ids.end() ) );
    }
  }
};

template < class Form >
constexpr auto
value_check()
{
  bool ( *check )( const void*, const void*, uint64_t ) = nullptr;
  if constexpr ( requires { &Form::fits; } )
  {
    check = []( const void*, const void* in, uint64_t n )
    {
      const auto* values = static_cast< const typename Form::number* >( in );
      for ( uint64_t i = 0; i < n; ++i ) { if ( not Form::fits( values[ i ] ) ) { return false; } }
      return true;
    };
  }
  return check;
}

// A number whose form in NEST differs from that in the file. `Form` has `load` and `store` for one object, and `fits` if not
// every value can be stored. One `Form` object lives for one call.
template < class Form >
inline constexpr Codec form_codec = { TORPOR_FIELD_VALUE, dtype_of< typename Form::number >(),
  sizeof( typename Form::number ), 0, 0, Form::unit,
  []( const char* member, uint64_t stride, uint64_t n, char* out )
  {
    Form form;
    for ( uint64_t i = 0; i < n; ++i, member += stride, out += sizeof( typename Form::number ) )
    {
      const typename Form::number value = form.load( *reinterpret_cast< const typename Form::type* >( member ) );
      std::memcpy( out, &value, sizeof value );
    }
  },
  []( char* member, uint64_t stride, uint64_t n, const char* in )
  {
    Form form;
    for ( uint64_t i = 0; i < n; ++i, member += stride, in += sizeof( typename Form::number ) )
    {
      typename Form::number value;
      std::memcpy( &value, in, sizeof value );
      form.store( *reinterpret_cast< typename Form::type* >( member ), value );
    }
  },
  nullptr, nullptr, nullptr, value_check< Form >() };

// Distributions of libstdc++. Values that they derive from their parameters are computed again, and a deviate that is not
// saved is written as 0, since both may be uninitialized.
using PoissonParameters = std::poisson_distribution< unsigned long >::param_type;
using BinomialParameters = std::binomial_distribution< unsigned long >::param_type;
using Normal = std::normal_distribution< double >;

struct PoissonForm
{
  using type = PoissonParameters;
  using number = double;
  static constexpr const char* unit = nullptr;
  static double load( const type& p ) { return p.mean(); }
  static void store( type& p, double mean ) { if ( mean != p.mean() ) { p = type( mean ); } }
};

struct BinomialTrialsForm
{
  using type = BinomialParameters;
  using number = unsigned long;
  static constexpr const char* unit = nullptr;
  static unsigned long load( const type& p ) { return p.t(); }
  static void store( type& p, unsigned long t ) { if ( t != p.t() ) { p = type( t, p.p() ); } }
};

struct BinomialChanceForm
{
  using type = BinomialParameters;
  using number = double;
  static constexpr const char* unit = nullptr;
  static double load( const type& p ) { return p.p(); }
  static void store( type& p, double chance ) { if ( chance != p.p() ) { p = type( p.t(), chance ); } }
  static bool fits( double chance ) { return chance >= 0.0 and chance <= 1.0; }
};

struct NormalMeanForm
{
  using type = Normal;
  using number = double;
  static constexpr const char* unit = nullptr;
  static double load( const type& d ) { return d._M_param._M_mean; }
  static void store( type& d, double value ) { d._M_param._M_mean = value; }
};

struct NormalDeviationForm
{
  using type = Normal;
  using number = double;
  static constexpr const char* unit = nullptr;
  static double load( const type& d ) { return d._M_param._M_stddev; }
  static void store( type& d, double value ) { d._M_param._M_stddev = value; }
};

struct NormalSavedForm
{
  using type = Normal;
  using number = double;
  static constexpr const char* unit = nullptr;
  static double load( const type& d ) { return d._M_saved_available ? d._M_saved : 0.0; }
  static void store( type& d, double value ) { d._M_saved = value; }
};

struct NormalSavedAvailableForm
{
  using type = Normal;
  using number = bool;
  static constexpr const char* unit = nullptr;
  static bool load( const type& d ) { return d._M_saved_available; }
  static void store( type& d, bool value ) { d._M_saved_available = value; }
};

// The same, inside blobs.
template < class V, class Form >
void
visit_form( V& visitor, typename Form::type& object )
{
  typename Form::number value = Form::load( object );
  visitor.own( &value, sizeof value );
  if constexpr ( requires { &Form::fits; } and InputVisitor< V > )
  {
    visitor.good = visitor.good and Form::fits( value );
  }
  if constexpr ( std::is_same_v< V, Reader > ) { if ( visitor.good ) { Form::store( object, value ); } }
}

template < class... Forms > struct FormFields
{
  template < class V, class T > static void
  visit( V& visitor, T& object )
  {
    ( visit_form< V, Forms >( visitor, object ), ... );
  }
};

template <> struct Fields< PoissonParameters > : FormFields< PoissonForm > {};
template <> struct Fields< BinomialParameters > : FormFields< BinomialTrialsForm, BinomialChanceForm > {};
template <> struct Fields< Normal >
  : FormFields< NormalMeanForm, NormalDeviationForm, NormalSavedForm, NormalSavedAvailableForm > {};

// NEST stores a synapse's delay in steps, next to three flags. The file has it in ms, as NEST shows it.
struct DelayForm
{
  using type = nest::SynIdDelay;
  using number = double;
  static constexpr const char* unit = "ms";
  // Most are equal to the one before.
  double
  load( const type& bits )
  {
    if ( bits.delay != last_steps )
    {
      last_steps = bits.delay;
      last_ms = nest::Time::delay_steps_to_ms( last_steps );
    }
    return last_ms;
  }
  void
  store( type& bits, double delay_ms )
  {
    if ( delay_ms != last_ms )
    {
      last_ms = delay_ms;
      last_steps = nest::Time::delay_ms_to_steps( delay_ms );
    }
    bits.delay = last_steps;
  }
  // The delays determine how long buffers are.
  static bool fits( double delay_ms )
  {
    const auto& connections = nest::kernel().connection_manager;
    return delay_ms >= nest::Time::delay_steps_to_ms( connections.get_min_delay() )
      and delay_ms <= nest::Time::delay_steps_to_ms( connections.get_max_delay() );
  }
  double last_ms = 0.0;
  long last_steps = 0;
};

struct MoreTargetsForm
{
  using type = nest::SynIdDelay;
  using number = bool;
  static constexpr const char* unit = nullptr;
  static bool load( const type& bits ) { return bits.more_targets; }
  void store( type& bits, bool value ) { bits.more_targets = value; }
};

struct DisabledForm
{
  using type = nest::SynIdDelay;
  using number = bool;
  static constexpr const char* unit = nullptr;
  static bool load( const type& bits ) { return bits.disabled; }
  void store( type& bits, bool value ) { bits.disabled = value; }
};

inline constexpr const Codec& delay_codec = form_codec< DelayForm >;
inline constexpr const Codec& more_targets_codec = form_codec< MoreTargetsForm >;
inline constexpr const Codec& disabled_codec = form_codec< DisabledForm >;

} // namespace torpor_nest

#endif
