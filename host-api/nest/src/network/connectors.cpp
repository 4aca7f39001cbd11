// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/connectors.h"

#include "kernel_manager.h"

namespace torpor_nest
{

namespace
{

const Connectors* shown_connectors = nullptr;
const Sources* shown_sources = nullptr;

} // namespace

const Connectors&
connectors()
{
  return shown_connectors ? *shown_connectors : nest::kernel().connection_manager.connections_;
}

const Sources&
sources()
{
  return shown_sources ? *shown_sources : nest::kernel().connection_manager.source_table_.sources_;
}

void
show_connectors( const Connectors* connectors, const Sources* sources )
{
  shown_connectors = connectors;
  shown_sources = sources;
}

} // namespace torpor_nest
