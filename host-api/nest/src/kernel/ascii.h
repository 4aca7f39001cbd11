// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings in text files: NEST's backend "ascii", made able to go on with a file instead of starting it anew.
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
  // NEST's backend of this name; from the first call on it is one of this class, with all that was enrolled.
  static AsciiBackend& instance();

  // One recorder on one thread.
  struct Recording
  {
    DeviceData* device;
    std::string path; // of the file that it writes or wrote; "": it has written none yet
    bool is_open;
  };
  std::vector< Recording > recordings();
  // The file that a device will write to, as things stand.
  static std::string path_of( const DeviceData& device ) { return device.compute_filename_(); }

  // The next preparation opens the file at byte_length; an open file goes on there at once.
  void go_on_at( const std::string& path, uint64_t byte_length );

  void prepare() override;

private:
  static void open_at( DeviceData& device, const std::string& path, uint64_t byte_length );

  std::map< const DeviceData*, std::string > paths_;
  std::map< std::string, uint64_t > go_on_at_;
};

} // namespace torpor_nest

#endif
