// SPDX-License-Identifier: MIT
// ParallelContext.psolve(tstop) and CVode.solve(tstop), made in parts with Torpor's step hook
// between.
#ifndef TORPOR_NEURON_PSOLVE_H
#define TORPOR_NEURON_PSOLVE_H

namespace torpor_neuron
{

// NEURON's function, which takes its arguments from hoc's stack.
using Solve = double (*)(void *);

// `tstop`: the argument on that stack, which is another one after this.
double solve_in_parts(double *tstop, Solve original, void *context);

} // namespace torpor_neuron

#endif
