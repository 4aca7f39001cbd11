// SPDX-License-Identifier: MIT
// How a run ends that a signal or the end of the time budget stops.
#ifndef TORPOR_NEURON_STOP_H
#define TORPOR_NEURON_STOP_H

typedef struct _object PyObject; // Python may not be there

namespace torpor_neuron
{

// What Python raises then: its class, and an object, which stay the caller's.
void raise_on_stop(PyObject *exception_class, PyObject *exception);

// Call Torpor's step hook. If the run is stopped, NEURON's loop ends, and what the script has
// called raises that.
void after_step();

} // namespace torpor_neuron

#endif
