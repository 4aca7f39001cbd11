// SPDX-License-Identifier: MIT
// The headers of NEURON's wheel, and what the library exports but none of them declares.
#ifndef TORPOR_NEURON_NRN_H
#define TORPOR_NEURON_NRN_H

#include <hocdec.h>
#include <hoclist.h>
#include <membfunc.h>
#include <multicore.h>
#include <neuronapi.h>
#include <nrn_ansi.h>
#include <nrnran123.h>
#include <section_fwd.hpp>

extern short *nrn_is_artificial_;
extern short *pnt_receive_size;
extern double t, dt;

#endif
