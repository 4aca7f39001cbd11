// SPDX-License-Identifier: GPL-2.0-or-later
// Ctrl-C during a run. The first one lets the core save and stop, and Python raises KeyboardInterrupt when the run has ended;
// the second one ends the process at once, where Python would wait for the end of the run.
#ifndef TORPOR_NEST_INTERRUPTS_H
#define TORPOR_NEST_INTERRUPTS_H

namespace torpor_nest
{

// Handles SIGINT for as long as it exists, for the core, which calls the handler that it has found. There is one at a time.
class Interrupts
{
public:
  Interrupts();
  ~Interrupts();
  Interrupts( const Interrupts& ) = delete;
  Interrupts& operator=( const Interrupts& ) = delete;
  // From now on, pass SIGINT on to the handler of Python's. Call it before the core is closed, which raises it again.
  void pass_on();

private:
  bool is_installed_ = false;
};

} // namespace torpor_nest

#endif
