// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/structural_plasticity.h"

#include <iomanip>
#include <limits>
#include <sstream>

#include "conn_builder.h"
#include "conn_parameter.h"
#include "kernel_manager.h"
#include "model_manager_impl.h"
#include "parameter.h"

#include "base/error.h"
#include "kernel/ranks.h"

namespace torpor_nest
{

namespace
{

constexpr size_t NEST_GROWTH_CURVES = 3;

// Describe the value of each new synapse, or the interval it is drawn from. Returns false if it is neither.
bool
describe( std::ostream& text, const nest::ConnParameter* parameter )
{
  if ( not parameter )
  {
    text << "default";
    return true;
  }
  if ( parameter->is_scalar() )
  {
    text << parameter->value_double( 0, nullptr, 0, nullptr );
    return true;
  }
  const auto* wrapper = dynamic_cast< const nest::ParameterConnParameterWrapper* >( parameter );
  const auto* uniform = wrapper ? dynamic_cast< const nest::UniformParameter* >( wrapper->parameter_.get() ) : nullptr;
  if ( uniform ) { text << "uniform from " << uniform->lower_ << " over " << uniform->range_; }
  return uniform;
}

bool
describe( std::ostream& text, const nest::SPBuilder& builder )
{
  const auto& model = nest::kernel().model_manager.get_connection_model( builder.get_synapse_model(), 0 );
  text << builder.get_name() << ": " << model.get_name() << " from " << builder.get_pre_synaptic_element_name() << " to "
       << builder.get_post_synaptic_element_name();
  if ( not builder.allows_autapses() ) { text << ", no autapses"; }
  if ( not builder.allows_multapses() ) { text << ", no multapses"; }
  bool is_known = true;
  const auto add = [ & ]( const std::string& name, const nest::ConnParameter* parameter ) {
    text << ", " << name << " ";
    is_known = describe( text, parameter ) and is_known;
  };
  add( "weight", builder.weights_.at( 0 ) );
  add( "delay", builder.delays_.at( 0 ) );
  for ( const auto& [ name, parameter ] : builder.synapse_params_.at( 0 ) ) { add( name, parameter ); }
  return is_known;
}

} // namespace

bool
synapses_come_and_go()
{
  auto& kernel = nest::kernel();
  const auto& manager = kernel.sp_manager;
  // NEST itself requires this before it enables structural plasticity.
  return ( manager.is_structural_plasticity_enabled() or not manager.sp_conn_builders_.empty() )
    and kernel.vp_manager.get_num_threads() == 1 and kernel.connection_manager.get_keep_source_table()
    and kernel.connection_manager.use_compressed_spikes();
}

std::vector< size_t >
growing_synapse_models()
{
  std::vector< size_t > models;
  if ( not synapses_come_and_go() ) { return models; }
  for ( const auto* builder : nest::kernel().sp_manager.sp_conn_builders_ )
  {
    models.push_back( builder->get_synapse_model() );
  }
  return models;
}

std::string
structural_plasticity_synapses()
{
  std::ostringstream text;
  text << std::setprecision( std::numeric_limits< double >::max_digits10 );
  for ( const auto* builder : nest::kernel().sp_manager.sp_conn_builders_ )
  {
    if ( text.tellp() > 0 ) { text << "; "; }
    describe( text, *builder );
  }
  return text.str();
}

void
refuse_structural_plasticity()
{
  if ( not synapses_come_and_go() ) { return; }
  auto& kernel = nest::kernel();
  if ( n_ranks() > 1 )
  {
    throw Error( TORPOR_STATUS_REFUSED,
      "structural plasticity: synapses that come and go can be saved on one process only; run it without mpirun" );
  }
  if ( kernel.simulation_manager.prepared_ and kernel.connection_manager.connections_have_changed() )
  {
    throw Error( TORPOR_STATUS_ORDER,
      "structural plasticity: connections were changed since nest.Prepare(); call nest.Cleanup() and nest.Prepare() first" );
  }
  if ( kernel.sp_manager.growthcurve_factories_.size() != NEST_GROWTH_CURVES )
  {
    throw Error( TORPOR_STATUS_REFUSED, "structural plasticity: growth curves of other modules cannot be saved yet" );
  }
  const auto refuse_eprop = [ & ]( size_t syn_id ) {
    const auto& model = kernel.model_manager.get_connection_model( syn_id, 0 );
    if ( model.has_property( nest::ConnectionModelProperties::REQUIRES_EPROP_ARCHIVING ) )
    {
      throw Error( TORPOR_STATUS_REFUSED,
        model.get_name() + ": synapses of e-prop cannot be saved in a network with structural plasticity" );
    }
  };
  const auto& connectors = kernel.connection_manager.connections_.at( 0 );
  for ( size_t syn_id = 0; syn_id < connectors.size(); ++syn_id )
  {
    if ( connectors[ syn_id ] ) { refuse_eprop( syn_id ); }
  }
  for ( const auto* builder : kernel.sp_manager.sp_conn_builders_ )
  {
    refuse_eprop( builder->get_synapse_model() );
    std::ostringstream text;
    if ( not describe( text, *builder ) )
    {
      throw Error( TORPOR_STATUS_REFUSED,
        "structural_plasticity_synapses, " + builder->get_name()
          + ": a parameter that is neither a number nor drawn from a uniform distribution cannot be saved yet" );
    }
  }
}

} // namespace torpor_nest
