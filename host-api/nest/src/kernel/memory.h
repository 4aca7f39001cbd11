// SPDX-License-Identifier: GPL-2.0-or-later
// What recorders keep in memory: NEST's backend "memory".
#ifndef TORPOR_NEST_MEMORY_H
#define TORPOR_NEST_MEMORY_H

#include <string>
#include <vector>

#include "recording_backend_memory.h"

namespace torpor_nest
{

using MemoryData = nest::RecordingBackendMemory::DeviceData;

// Names of the quantities that a recorder keeps beside times and senders, in the order in which it has them.
struct Quantities
{
  std::vector< std::string > doubles; // a multimeter's `record_from`
  std::vector< std::string > longs;
};

// What one recorder keeps of one thread.
struct MemoryRecorder
{
  MemoryData* data;
  size_t node_id;
  size_t tid;
};
std::vector< MemoryRecorder > memory_recorders();

// What it will keep, also before NEST has prepared a run, when `data` does not say so yet.
Quantities quantities_of( const MemoryRecorder& recorder );

// The recorded values of a quantity. NULL: this recorder does not keep it.
std::vector< double >* doubles_of( MemoryData& data, const std::string& quantity );
std::vector< long >* longs_of( MemoryData& data, const std::string& quantity );

} // namespace torpor_nest

#endif
