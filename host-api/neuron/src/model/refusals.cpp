// SPDX-License-Identifier: MIT
#include "model/refusals.h"

#include "model/addresses.h"
#include "model/solver.h"
#include "wheel/hoc.h"
#include "wheel/ranks.h"

extern bool nrn_use_bin_queue_;
extern int nrn_use_selfqueue_;
extern int nrncore_is_file_mode();

namespace torpor_neuron
{

namespace
{

[[noreturn]] void
refuse(const std::string &reason)
{
    throw Error(TORPOR_STATUS_REFUSED, reason);
}

void
refuse_queues()
{
    if (nrn_use_bin_queue_)
        refuse("CVode.queue_mode(1): checkpoints of its bins are not built yet; use "
               "queue_mode(0)");
    if (nrn_use_selfqueue_ != 0)
        refuse("CVode.queue_mode(0, 1): checkpoints of its queue of self events are not built yet; "
               "use queue_mode(0, 0)");
}

void
refuse_ways_to_simulate()
{
    if (is_in_coreneuron() && nrncore_is_file_mode() == 1)
        refuse("coreneuron.file_mode: the state would be in CoreNEURON's files; leave it False");
    if (is_in_coreneuron() && n_ranks() > 1)
        refuse("coreneuron.enable on several ranks: checkpoints of it are not built yet; leave it "
               "False, or use one rank");
}

// A BBCOREPOINTER leads to memory that only the MOD file's author knows, unless it is an object of
// hoc whose state is saved as such.
void
refuse_unknown_pointers(const Mechanism &mechanism)
{
    const int *kinds = memb_func[mechanism.type()].dparam_semantics.get();
    const int pointer = nrn_dparam_semantics_to_int("bbcorepointer");
    for (int i = 0; kinds != nullptr && i < nrn_prop_dparam_size_[mechanism.type()]; ++i) {
        if (kinds[i] != pointer)
            continue;
        const auto known = saved_objects();
        for (std::uint64_t row = 0; row < mechanism.count(); ++row)
            if (known.count(mechanism.data_of(row)[i].get<void *>()) == 0)
                refuse(mechanism.name() +
                       " keeps state behind a BBCOREPOINTER, which only its MOD file knows. What "
                       "can be saved are pointers to a Vector or a Random object, and RANDOM "
                       "variables");
    }
}

} // namespace

void
refuse_what_cannot_be_saved(const std::vector<std::unique_ptr<Mechanism>> &mechanisms)
{
    refuse_ways_to_simulate();
    refuse_queues();
    for (const auto &mechanism : mechanisms) {
        if (mechanism->count() == 0)
            continue;
        if (memb_func[mechanism->type()].singchan_ != nullptr)
            refuse(mechanism->name() + " has single channels of a KSChan, whose transitions under "
                                       "way cannot be read");
        refuse_unknown_pointers(*mechanism);
        mechanism->refuse_addresses();
    }
    if (!objects_of("StateTransitionEvent").empty())
        refuse("StateTransitionEvent: which of its transitions are watched is not saved");
}

} // namespace torpor_neuron
