// SPDX-License-Identifier: MIT
// All that the model consists of at this moment.
#ifndef TORPOR_NEURON_NETWORK_H
#define TORPOR_NEURON_NETWORK_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/events.h"
#include "model/globals.h"
#include "model/hoc_lists.h"
#include "model/hoc_objects.h"
#include "model/hoc_variables.h"
#include "model/matrices.h"
#include "model/mechanism.h"
#include "model/netcons.h"
#include "model/play_records.h"
#include "model/randoms.h"
#include "model/reactions.h"
#include "model/sections.h"
#include "model/segments.h"
#include "model/solver.h"
#include "model/structure.h"
#include "model/vectors.h"
#include "model/watches.h"

namespace torpor_neuron
{

class Network
{
  public:
    Network();
    // List sections, mechanisms and events as they are now, in NEURON's own order, which may
    // differ until now.
    void refresh();
    // See Mechanism: call it once, before declare().
    void leave_out_addresses();
    // Events that were listed take memory which a restore does not need.
    void
    forget_events()
    {
        events_.forget();
    }
    // A run begins: until the next one, refuse what cannot be changed in it.
    void begin_run();
    // What is listed next is compared with what a script finds when it is started again.
    void
    keep_events_of_script()
    {
        events_.keep_those_of_script();
    }
    // List events as they are now. Throws Error if some of it cannot be saved exactly, naming it.
    void refuse_what_cannot_be_saved();
    // State that may be there but that nobody can see, a sentence for each mechanism.
    std::vector<std::string> unseen_state() const;
    // Save what has changed in hoc since the run began, or if this is not called, since
    // finitialize().
    void
    save_hoc_of_run()
    {
        hoc_variables_.compare_with(hoc_at_begin_of_run());
        hoc_objects_.compare_with(hoc_at_begin_of_run());
        hoc_lists_.compare_with(hoc_at_begin_of_run());
    }
    // See Vectors.
    void
    doubt_numbers()
    {
        vectors_.doubt_numbers();
    }
    // Call it when all is restored.
    void
    release_objects()
    {
        hoc_lists_.release();
        hoc_objects_.release();
    }
    void declare(torpor *session) const;
    // List the rest, and describe all of it.
    void describe(const torpor_description &description);
    // Make NaN what a run changes: the script must not read it.
    void hide_state();
    // What the network consists of, for people: "12 sections, 34 segments, 10 hh, ...".
    std::string summary() const;
    // From now on, summary() and unseen_state() are of all ranks, as they are now. All call it.
    void count_on_all_ranks();

    // The tree "labels": who the objects of each population are, for people.
    void write(const torpor_tree_writer &writer) const;

  private:
    std::vector<std::uint64_t> counts() const;
    void refuse_later_mechanisms() const;

    const bool has_membrane_currents_; // i_membrane_ of segments: CVode.use_fast_imem()
    const int n_types_;                // of mechanisms
    Segments &segments_ = all_segments();
    Sections &sections_ = all_sections();
    std::vector<std::unique_ptr<Mechanism>> mechanisms_;
    NetCons netcons_;
    Events events_{netcons_};
    PlayRecords play_records_;
    Reactions reactions_;
    Vectors vectors_;
    Globals globals_;
    HocVariables hoc_variables_;
    HocObjects hoc_objects_;
    HocLists hoc_lists_;
    Matrices matrices_;
    Randoms randoms_;
    Watches watches_;
    Solver solver_;
    std::optional<Structure> at_begin_of_run_;
    std::vector<std::uint64_t> on_all_ranks_; // empty: there is one
};

} // namespace torpor_neuron

#endif
