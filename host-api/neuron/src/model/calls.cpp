// SPDX-License-Identifier: MIT
#include "model/calls.h"

#include "wheel/hoc.h"
#include "wheel/replaced.h"

namespace torpor_neuron
{

namespace
{

std::uint64_t n_calls = 0;
Replaced<Pfrd_vp> record(&Inst::pfd_vp);

double
count_and_record(void *netcon)
{
    ++n_calls;
    return record.original()(netcon);
}

} // namespace

std::uint64_t
n_calls_of_record()
{
    if (record.original() == nullptr)
        record.replace(method_of("NetCon", "record"), count_and_record);
    return n_calls;
}

} // namespace torpor_neuron
