// SPDX-License-Identifier: MIT
// What replaces NEURON's functions that begin runs and advance time, so that they call Run.
#ifndef TORPOR_NEURON_HOOKS_H
#define TORPOR_NEURON_HOOKS_H

namespace torpor_neuron
{

// Has finitialize() been called since the library was loaded?
bool is_initialised();
// Call it, as a script does. Throws Error.
void call_finitialize();

// Replace the functions, and put them back. stdrun.hoc is loaded before, for its continuerun().
void install_hooks();
void remove_hooks();

// What the replaced continuerun() calls.
void register_run_functions();

} // namespace torpor_neuron

#endif
