// SPDX-License-Identifier: MIT
#include "model/calls.h"

#include "wheel/hoc.h"
#include "wheel/replaced.h"

namespace torpor_neuron
{

namespace
{

std::uint64_t n_record = 0, n_play = 0;

// One method, replaced by a function that also counts.
template <std::uint64_t &N_CALLS, class Result, Result (*Inst::*MEMBER)(void *), int NUMBER = 0>
struct Counted {
    static inline Replaced<Result (*)(void *)> method{MEMBER};

    static Result
    call(void *held)
    {
        ++N_CALLS;
        return method.original()(held);
    }
    static void
    watch(const char *class_name, const char *name)
    {
        if (method.original() == nullptr)
            method.replace(method_of(class_name, name), call);
    }
};
using OfNetCon = Counted<n_record, double, &Inst::pfd_vp>;
template <int NUMBER> using Play = Counted<n_play, double, &Inst::pfd_vp, NUMBER>;
template <int NUMBER> using PlayOfObject = Counted<n_play, Object **, &Inst::pfo_vp, NUMBER>;

} // namespace

std::uint64_t
n_calls_of_record()
{
    OfNetCon::watch("NetCon", "record");
    return n_record;
}

std::uint64_t
n_calls_of_play()
{
    PlayOfObject<0>::watch("Vector", "record");
    PlayOfObject<1>::watch("Vector", "play");
    Play<0>::watch("Vector", "play_remove");
    Play<1>::watch("CVode", "record");
    Play<2>::watch("CVode", "record_remove");
    Play<3>::watch("CVode", "simgraph_remove");
    Play<4>::watch("Graph", "simgraph");
    return n_play;
}

} // namespace torpor_neuron
