// SPDX-License-Identifier: GPL-2.0-or-later
// Handlers of NEST's own types whose members alone do not say how to save them.
#ifndef TORPOR_NEST_CODEC_NEST_H
#define TORPOR_NEST_CODEC_NEST_H

#include "codec.h"

#include "iaf_bw_2001_exact.h"
#include "nest_time.h"
#include "slice_ring_buffer.h"
#include "spike_data.h"
#include "syn_id_delay.h"
#include "weight_optimizer.h"

namespace torpor_nest
{

template <> struct is_raw< nest::SpikeData > : std::true_type {};
template <> struct is_raw< nest::OffGridSpikeData > : std::true_type {};
template <> struct is_raw< nest::SpikeDataWithRank > : std::true_type {};
template <> struct is_raw< nest::OffGridSpikeDataWithRank > : std::true_type {};

template <> struct is_raw< nest::SliceRingBuffer::SpikeInfo > : std::true_type {};

// Spikes of precise times, sorted by slice; `deliver_` points to those of this slice from its first step on.
template <> struct Fields< nest::SliceRingBuffer >
{
  template < class V > static void
  visit( V& visitor, nest::SliceRingBuffer& buffer )
  {
    visitor( buffer.queue_ );
    visitor( buffer.refract_ );
    int64_t deliver = buffer.deliver_ ? buffer.deliver_ - buffer.queue_.data() : -1;
    visitor( deliver );
    if constexpr ( std::is_same_v< V, Reader > )
    {
      if ( deliver >= static_cast< int64_t >( buffer.queue_.size() ) ) { visitor.good = false; return; }
      buffer.deliver_ = deliver < 0 ? nullptr : &buffer.queue_[ deliver ];
    }
  }
};

// The state vector of the ODE solver is as long as the neuron has NMDA inputs.
template <> struct Fields< nest::iaf_bw_2001_exact::State_ >
{
  template < class V > static void
  visit( V& visitor, nest::iaf_bw_2001_exact::State_& s )
  {
    uint64_t n = s.state_vec_size;
    visitor.bytes( &n, 8 );
    if constexpr ( std::is_same_v< V, Reader > ) { if ( n != s.state_vec_size ) { visitor.good = false; return; } }
    visitor.bytes( s.ode_state_, n * sizeof( double ) );
    visitor( s.num_ports_ );
    visitor( s.r_ );
    visitor( s.s_NMDA_sum );
    visitor( s.I_NMDA_ );
    visitor( s.I_AMPA_ );
    visitor( s.I_GABA_ );
  }
};

// The optimizer of an e-prop synapse: of the kind that its synapse model asked for.
template <> struct Fields< nest::WeightOptimizer* >
{
  template < class V > static void
  visit( V& visitor, nest::WeightOptimizer*& optimizer )
  {
    auto* adam = dynamic_cast< nest::WeightOptimizerAdam* >( optimizer );
    char kind = not optimizer ? 0 : not adam ? 1 : 2;
    const char live = kind;
    visitor.bytes( &kind, 1 );
    if constexpr ( std::is_same_v< V, Reader > ) { if ( kind != live ) { visitor.good = false; return; } }
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

template < class T > inline constexpr Codec raw_codec = { TORPOR_FIELD_VALUE, TORPOR_DTYPE_UINT8, sizeof( T ), 1,
  sizeof( T ), nullptr, nullptr, nullptr, nullptr, nullptr, nullptr };

// A number of NEST's that is kept in another form than the file's: `Form` has `load` and
// `store` for one object, and lives as long as one stretch of them is stored.
template < class Form >
inline constexpr Codec form_codec = { TORPOR_FIELD_VALUE, dtype_of< typename Form::number >(),
  sizeof( typename Form::number ), 0, 0, Form::unit,
  []( const char* member, uint64_t stride, uint64_t n, char* out )
  {
    for ( uint64_t i = 0; i < n; ++i, member += stride, out += sizeof( typename Form::number ) )
    {
      const typename Form::number value = Form::load( *reinterpret_cast< const typename Form::type* >( member ) );
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
  nullptr, nullptr, nullptr };

// A synapse's delay is stored in steps beside three flags; the file has it in ms, as NEST shows it.
struct DelayForm
{
  using type = nest::SynIdDelay;
  using number = double;
  static constexpr const char* unit = "ms";
  static double load( const type& bits ) { return nest::Time::delay_steps_to_ms( bits.delay ); }
  void
  store( type& bits, double delay_ms )
  {
    // Most are as the one before, and NEST's rounding takes long.
    if ( delay_ms != last_ms )
    {
      last_ms = delay_ms;
      last_steps = nest::Time::delay_ms_to_steps( delay_ms );
    }
    bits.delay = last_steps;
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
