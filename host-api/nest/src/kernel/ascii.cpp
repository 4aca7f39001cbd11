// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/ascii.h"

#include <cerrno>
#include <cstring>
#include <iomanip>
#include <unistd.h>

#include "kernel_manager.h"

#include "base/error.h"

namespace torpor_nest
{

AsciiBackend&
AsciiBackend::instance()
{
  nest::RecordingBackend*& registered = nest::kernel().io_manager.recording_backends_[ "ascii" ];
  if ( auto* ours = dynamic_cast< AsciiBackend* >( registered ) ) { return *ours; }
  auto* ours = new AsciiBackend;
  if ( auto* theirs = dynamic_cast< nest::RecordingBackendASCII* >( registered ) )
  {
    ours->device_data_.swap( theirs->device_data_ );
  }
  delete registered;
  registered = ours;
  return *ours;
}

std::vector< AsciiBackend::Recording >
AsciiBackend::recordings()
{
  std::vector< Recording > list;
  for ( auto& of_thread : device_data_ )
  {
    for ( auto& [ node_id, device ] : of_thread )
    {
      const auto path = paths_.find( &device );
      list.push_back( { &device, path == paths_.end() ? "" : path->second, device.file_.is_open() } );
    }
  }
  return list;
}

void
AsciiBackend::open_at( DeviceData& device, const std::string& path, uint64_t byte_length )
{
  device.file_.close();
  const int failure = truncate( path.c_str(), static_cast< off_t >( byte_length ) ) ? errno : 0;
  device.file_ = std::ofstream( path, std::ios::app );
  if ( failure or not device.file_.good() )
  {
    throw Error( TORPOR_STATUS_IO,
      path + ": cannot continue this recording" + ( failure ? std::string( ": " ) + std::strerror( failure ) : "" ) );
  }
  device.file_ << std::fixed << std::setprecision( device.precision_ );
}

void
AsciiBackend::go_on_at( const std::string& path, uint64_t byte_length )
{
  for ( const Recording& recording : recordings() )
  {
    if ( recording.is_open and recording.path == path )
    {
      open_at( *recording.device, path, byte_length );
      return;
    }
  }
  go_on_at_[ path ] = byte_length;
}

void
AsciiBackend::prepare()
{
  paths_.clear();
  for ( const Recording& recording : recordings() )
  {
    const std::string path = path_of( *recording.device );
    const auto known = go_on_at_.find( path );
    if ( known == go_on_at_.end() ) { recording.device->open_file(); }
    else { open_at( *recording.device, path, known->second ); }
    paths_[ recording.device ] = path;
  }
  go_on_at_.clear();
}

} // namespace torpor_nest
