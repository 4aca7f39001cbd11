// SPDX-License-Identifier: GPL-2.0-or-later
// What one look at a population's objects told of all their columns, while a save goes on: synapses are far more than
// a cache holds, and the core asks for one column after the other. Per run, a few bytes for values that are all equal,
// and bits for flags.
#ifndef TORPOR_NEST_SUMMARY_H
#define TORPOR_NEST_SUMMARY_H

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "models.h"

namespace torpor_nest
{

class Type;

class Summary
{
public:
  static constexpr uint64_t MAX_RUN = 1024; // objects; of longer runs nothing is noted

  Summary( const Type& type, size_t n_runs );

  // Look at the objects of a run. From several threads on different runs.
  void note( size_t index, const Run& run );
  // Values of `n` objects of a run, from its object `skip` on, as note() saw them. False: look at the objects.
  bool recall( size_t column, size_t index, uint64_t skip, uint64_t n, char* out ) const;

private:
  enum State : uint8_t
  {
    UNKNOWN,
    EQUAL, // all are `value`
    FLAGS  // one bit each
  };
  struct Known
  {
    const Member* member;
    std::vector< State > states; // of each run
    std::unique_ptr< uint64_t[] > values;
    std::unique_ptr< std::array< uint8_t, MAX_RUN / 8 >[] > flags; // NULL: not a flag
  };

  State look( Known& known, size_t index, const Run& run );

  std::vector< Known > columns_;
};

} // namespace torpor_nest

#endif
