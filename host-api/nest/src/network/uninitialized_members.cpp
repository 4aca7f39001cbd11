// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/uninitialized_members.h"

#include <map>
#include <string>

#include "diffusion_connection.h"
#include "glif_cond.h"
#include "glif_psc.h"
#include "glif_psc_double_alpha.h"
#include "iaf_chs_2007.h"
#include "iaf_psc_delta_ps.h"
#include "noise_generator.h"
#include "pp_psc_delta.h"
#include "target_identifier.h"

#include "network/population.h"

namespace torpor_nest
{

namespace
{

// NEST initializes and reads each of these only under the condition that is checked here.

template < class Glif >
void
clear_glif( void* object )
{
  auto& n = *static_cast< Glif* >( object );
  auto& v = n.V_;
  if ( not n.P_.has_theta_spike_ ) { v.theta_spike_decay_rate_ = v.theta_spike_refractory_decay_rate_ = 0.0; }
  if ( not n.P_.has_theta_voltage_ )
  {
    v.theta_voltage_decay_rate_inverse_ = v.potential_decay_rate_ = v.abpara_ratio_voltage_ = v.phi = 0.0;
  }
}

void
clear_iaf_chs_2007( void* object )
{
  auto& n = *static_cast< nest::iaf_chs_2007* >( object );
  if ( n.P_.noise_.empty() ) { n.S_.position_ = 0; }
}

void
clear_iaf_psc_delta_ps( void* object )
{
  auto& n = *static_cast< nest::iaf_psc_delta_ps* >( object );
  if ( not n.S_.with_refr_input_ ) { n.V_.refr_spikes_buffer_ = 0.0; }
}

void
clear_pp_psc_delta( void* object )
{
  auto& n = *static_cast< nest::pp_psc_delta* >( object );
  if ( n.P_.dead_time_random_ ) { n.V_.DeadTimeCounts_ = 0; }
  else { n.V_.dt_rate_ = 0.0; }
}

// Never initialized or read: the model computes with local variables instead.
void
clear_noise_generator( void* object )
{
  auto& v = static_cast< nest::noise_generator* >( object )->V_;
  v.omega_ = v.phi_rad_ = 0.0;
}

// Cannot be set: this synapse has drift_factor and diffusion_factor instead.
void
clear_diffusion_connection( void* object )
{
  static_cast< nest::diffusion_connection< nest::TargetIdentifierPtrRport >* >( object )->weight_ = 0.0;
}

const std::map< std::string, void ( * )( void* ) > clear_functions = {
  { "glif_cond", &clear_glif< nest::glif_cond > },
  { "glif_psc", &clear_glif< nest::glif_psc > },
  { "glif_psc_double_alpha", &clear_glif< nest::glif_psc_double_alpha > },
  { "iaf_chs_2007", &clear_iaf_chs_2007 },
  { "iaf_psc_delta_ps", &clear_iaf_psc_delta_ps },
  { "pp_psc_delta", &clear_pp_psc_delta },
  { "noise_generator", &clear_noise_generator },
  { "diffusion_connection<nest::TargetIdentifierPtrRport>", &clear_diffusion_connection },
};

} // namespace

void
clear_uninitialized_members( const Population& population )
{
  const auto found = clear_functions.find( population.type().name() );
  if ( found != clear_functions.end() ) { population.each( 0, population.count(), found->second ); }
}

} // namespace torpor_nest
