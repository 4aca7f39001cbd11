// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings in text files: NEST's backend "ascii", extended so that it can append to a file instead of starting it again.
#ifndef TORPOR_NEST_ASCII_H
#define TORPOR_NEST_ASCII_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "recording_backend_ascii.h"

namespace torpor_nest
{

class AsciiBackend : public nest::RecordingBackendASCII
{
public:
  // NEST's backend "ascii". The first call replaces it by one of this class, which takes over its devices.
  static AsciiBackend& instance();

  // What one recorder writes on one thread.
  struct Recording
  {
    DeviceData* device;
    std::string path; // of the file that it writes or has written; "": none yet
    bool is_open;
  };
  std::vector< Recording > recordings();
  // The file that a device would write to with the current settings.
  static std::string path_of( const DeviceData& device ) { return device.compute_filename_(); }

  // Continue the file at `byte_length`: at once if it is open, else when NEST prepares the next run.
  void go_on_at( const std::string& path, uint64_t byte_length );

  void prepare() override;

private:
  static void open_at( DeviceData& device, const std::string& path, uint64_t byte_length );

  std::map< const DeviceData*, std::string > paths_;
  std::map< std::string, uint64_t > go_on_at_;
};

} // namespace torpor_nest

#endif
