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

// A synapse's delay is stored in steps beside three flags; the file has it in ms, as NEST shows it.
inline constexpr Codec delay_codec = { TORPOR_FIELD_VALUE, TORPOR_DTYPE_FLOAT64, 8, 0, 0, "ms",
  []( const void* member, void* out )
  {
    const double delay_ms = nest::Time::delay_steps_to_ms( static_cast< const nest::SynIdDelay* >( member )->delay );
    std::memcpy( out, &delay_ms, 8 );
  },
  []( void* member, const void* in )
  {
    double delay_ms;
    std::memcpy( &delay_ms, in, 8 );
    static_cast< nest::SynIdDelay* >( member )->delay = nest::Time::delay_ms_to_steps( delay_ms );
  },
  nullptr, nullptr, nullptr };

template < bool more_targets >
inline constexpr Codec flag_codec = { TORPOR_FIELD_VALUE, TORPOR_DTYPE_BOOL, 1, 0, 0, nullptr,
  []( const void* member, void* out )
  {
    const auto& bits = *static_cast< const nest::SynIdDelay* >( member );
    *static_cast< uint8_t* >( out ) = more_targets ? bits.more_targets : bits.disabled;
  },
  []( void* member, const void* in )
  {
    auto& bits = *static_cast< nest::SynIdDelay* >( member );
    const bool value = *static_cast< const uint8_t* >( in ) != 0;
    if constexpr ( more_targets ) { bits.more_targets = value; } else { bits.disabled = value; }
  },
  nullptr, nullptr, nullptr };

inline constexpr const Codec& more_targets_codec = flag_codec< true >;
inline constexpr const Codec& disabled_codec = flag_codec< false >;

} // namespace torpor_nest

#endif
