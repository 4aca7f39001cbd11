// SPDX-License-Identifier: MIT
#include "model/calls.h"

#include <utility>

#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

std::uint64_t n_calls = 0;
double (*record)(void *) = nullptr; // NEURON's own

double
count_and_record(void *netcon)
{
    ++n_calls;
    return record(netcon);
}

} // namespace

std::uint64_t
n_calls_of_record()
{
    if (record == nullptr) {
        Symbol *method = hoc_table_lookup("record", template_named("NetCon")->symtable);
        record = std::exchange(method->u.u_proc->defn.pfd_vp, count_and_record);
    }
    return n_calls;
}

} // namespace torpor_neuron
