// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/labels.h"

namespace torpor_nest
{

namespace
{

constexpr uint32_t MAX_COUNT = UINT32_MAX;

} // namespace

void
RepeatedIds::add( uint64_t value, uint64_t count )
{
  if ( not values.empty() and values.back() == value and count <= MAX_COUNT - counts.back() )
  {
    counts.back() += static_cast< uint32_t >( count );
    return;
  }
  values.push_back( static_cast< uint32_t >( value ) );
  counts.push_back( static_cast< uint32_t >( count ) );
}

void
RepeatedIds::append( const RepeatedIds& more )
{
  values.insert( values.end(), more.values.begin(), more.values.end() );
  counts.insert( counts.end(), more.counts.begin(), more.counts.end() );
}

} // namespace torpor_nest
