// SPDX-License-Identifier: MIT
// What replaces NEURON's functions that begin runs and advance time, so that they call Run.
#ifndef TORPOR_NEURON_HOOKS_H
#define TORPOR_NEURON_HOOKS_H

#include "session/run.h"

namespace torpor_neuron
{

// The runs of this process.
Run &the_run();
// Has finitialize() been called since the library was loaded?
bool is_initialised();
// Call it, as a script does. Throws Error.
void call_finitialize();

// Replace the functions, and put them back. stdrun.hoc is loaded before, for its continuerun().
void install_hooks();
void remove_hooks();

// What the replaced continuerun() calls.
void register_run_functions();

// An error inside a function that NEURON calls becomes an error of hoc, which Python raises as a
// RuntimeError.
template <class Body>
auto
or_hoc_error(Body &&body)
{
    std::string message;
    try {
        return body();
    } catch (const std::exception &e) {
        message = e.what();
    }
    hoc_execerror("torpor:", message.c_str());
    throw Error(TORPOR_STATUS_HOST, message); // never reached: the line above throws
}

} // namespace torpor_neuron

#endif
