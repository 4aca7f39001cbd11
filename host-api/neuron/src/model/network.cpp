// SPDX-License-Identifier: MIT
#include "model/network.h"

#include <algorithm>
#include <limits>

#include "base/tree.h"
#include "model/mod_source.h"
#include "model/refusals.h"
#include "wheel/hoc.h"
#include "wheel/ranks.h"

extern int tree_changed, v_structure_change, diam_changed;
extern bool nrn_use_fast_imem;
extern void setup_topology();
extern void v_setup_vectors();
extern void recalc_diam();

namespace torpor_neuron
{

static constexpr std::size_t N_COUNTS = 3; // before those of mechanisms

Network::Network() : has_membrane_currents_(nrn_use_fast_imem), n_types_(n_memb_func)
{
    for (int type = 0; type < n_types_; ++type)
        if (memb_func[type].sym != nullptr)
            mechanisms_.push_back(std::make_unique<Mechanism>(type));
}

void
Network::refresh()
{
    // As NEURON does before it makes a step.
    if (tree_changed != 0)
        setup_topology();
    if (v_structure_change != 0)
        v_setup_vectors();
    if (diam_changed != 0)
        recalc_diam();
    nrn_ensure_model_data_are_sorted_opaque();
    segments_.refresh();
    sections_.refresh();
    for (const auto &mechanism : mechanisms_)
        mechanism->refresh();
}

void
Network::begin_run()
{
    refresh();
    if (!at_begin_of_run_)
        at_begin_of_run_.emplace();
    at_begin_of_run_->note(mechanisms_);
}

void
Network::leave_out_addresses()
{
    for (const auto &mechanism : mechanisms_)
        mechanism->leave_out_addresses();
}

// Types are declared when checkpoints begin.
void
Network::refuse_later_mechanisms() const
{
    for (int type = n_types_; type < n_memb_func; ++type) {
        Mechanism later(type);
        later.refresh();
        if (later.count() > 0)
            throw Error(TORPOR_STATUS_REFUSED,
                        "mechanism " + later.name() +
                            " has been made since checkpoints began: make it before "
                            "h.finitialize(), or call tn.finish() before it is made, and "
                            "tn.every() with another dir after it");
    }
}

void
Network::refuse_what_cannot_be_saved()
{
    refuse_later_mechanisms();
    events_.refresh();
    events_.refuse_what_cannot_be_saved();
    hoc_objects_.refuse_what_cannot_be_saved();
    if (nrn_use_fast_imem != has_membrane_currents_)
        throw Error(TORPOR_STATUS_REFUSED,
                    "CVode.use_fast_imem has changed since checkpoints began: call it before");
    torpor_neuron::refuse_what_cannot_be_saved(mechanisms_);
    if (at_begin_of_run_)
        at_begin_of_run_->refuse_changes(mechanisms_);
}

std::vector<std::string>
Network::unseen_state() const
{
    const std::vector<std::uint64_t> numbers = on_all_ranks_.empty() ? counts() : on_all_ranks_;
    std::vector<std::string> sentences;
    for (std::size_t i = 0; i < mechanisms_.size(); ++i) {
        if (numbers[N_COUNTS + i] == 0)
            continue;
        std::string places;
        for (const std::string &place : torpor_neuron::unseen_state(mechanisms_[i]->type()))
            places += (places.empty() ? "" : ", ") + place;
        if (!places.empty())
            sentences.push_back(mechanisms_[i]->name() +
                                ": state that its MOD file keeps in VERBATIM (" + places +
                                ") cannot be seen and is not saved");
    }
    return sentences;
}

void
Network::declare(torpor *session) const
{
    auto segment = make<torpor_type>();
    const torpor_field fields[] = {
        torpor_cpp::field<double>("v", 0, "mV"),
        torpor_cpp::field<double>("area", 0, "um2", nullptr,
                                  TORPOR_FIELD_CONSTANT | TORPOR_FIELD_HIDDEN),
        torpor_cpp::field<double>("i_membrane_", 0, "nA", "of CVode.use_fast_imem()"),
    };
    segment.version = 1;
    segment.name = "segment";
    segment.fields = fields;
    segment.n_fields = has_membrane_currents_ ? 3 : 2;
    run(torpor_declare_type, session, &segment);
    for (const auto &mechanism : mechanisms_)
        mechanism->declare(session);
    NetCons::declare(session);
}

void
Network::describe(const torpor_description &description)
{
    netcons_.refresh();
    watches_.refresh(mechanisms_);
    std::vector<torpor_column> columns = {{nrn_threads->node_voltage_storage(), 0},
                                          {nrn_threads->node_area_storage(), 0}};
    if (has_membrane_currents_)
        columns.push_back({nrn_threads->node_sav_rhs_storage(), 0});
    auto population = make<torpor_population>();
    population.layout = TORPOR_LAYOUT_COLUMNS;
    population.path = "segments";
    population.type = "segment";
    population.count = segments_.count();
    population.columns = columns.data();
    population.n_columns = columns.size();
    description.add_population(description.data, &population);
    for (const auto &mechanism : mechanisms_)
        if (mechanism->count() > 0) {
            population = mechanism->description();
            description.add_population(description.data, &population);
        }
    netcons_.describe(description);
    // In the order in which they are restored: see their commit().
    for (const torpor_tree &tree :
         {tree_of("network", segments_, TORPOR_ORIGIN_PARAMETER),
          tree_of("sections", sections_, TORPOR_ORIGIN_PARAMETER), tree_of("globals", globals_),
          tree_of("hoc", hoc_variables_, TORPOR_ORIGIN_NONE),
          tree_of("hoc_objects", hoc_objects_, TORPOR_ORIGIN_NONE),
          tree_of("lists", hoc_lists_, TORPOR_ORIGIN_NONE), tree_of("matrices", matrices_),
          tree_of("vectors", vectors_), tree_of("play_records", play_records_, TORPOR_ORIGIN_NONE),
          tree_of("events", events_, TORPOR_ORIGIN_PARAMETER), tree_of("random", randoms_),
          tree_of("watch", watches_, TORPOR_ORIGIN_STATE),
          tree_of("rxd", reactions_, TORPOR_ORIGIN_NONE)})
        description.add_tree(description.data, &tree);
    const torpor_tree labels =
        torpor_cpp::tree_of<&Network::write, nullptr, nullptr>("labels", *this, TORPOR_ORIGIN_NONE);
    description.add_tree(description.data, &labels);
    if (has_variable_step()) {
        const torpor_tree tree = tree_of("solver", solver_, TORPOR_ORIGIN_PARAMETER);
        description.add_tree(description.data, &tree);
    }
}

void
Network::hide_state()
{
    refresh();
    const auto hide = [&](double *values) {
        std::fill_n(values, segments_.count(), std::numeric_limits<double>::quiet_NaN());
    };
    hide(nrn_threads->node_voltage_storage());
    if (nrn_use_fast_imem)
        hide(nrn_threads->node_sav_rhs_storage());
    for (const auto &mechanism : mechanisms_)
        mechanism->hide_state();
}

void
Network::write(const torpor_tree_writer &writer) const
{
    const auto in_segments = [&](const char *path, const char *column) {
        writer.begin_map(writer.data, path);
        writer.begin_map(writer.data, "segment");
        writer.put_text(writer.data, "names", "trees/network/segments");
        if (column != nullptr)
            writer.put_text(writer.data, "column", column);
        writer.end_map(writer.data);
        writer.end_map(writer.data);
    };
    in_segments("segments", nullptr);
    for (const auto &mechanism : mechanisms_)
        if (mechanism->count() > 0 && nrn_is_artificial_[mechanism->type()] == 0)
            in_segments(mechanism->path().c_str(), "segment");
    writer.begin_map(writer.data, "NetCon");
    for (const char *column : {"source", "target"})
        writer.put_text(writer.data, column, column);
    writer.end_map(writer.data);
}

// Of sections, segments, NetCons, and of each mechanism.
std::vector<std::uint64_t>
Network::counts() const
{
    std::vector<std::uint64_t> numbers = {
        segments_.n_sections(), segments_.count(),
        static_cast<std::uint64_t>(template_named("NetCon")->count)};
    for (const auto &mechanism : mechanisms_)
        numbers.push_back(mechanism->count());
    return numbers;
}

void
Network::count_on_all_ranks()
{
    if (n_ranks() > 1)
        on_all_ranks_ = sums_over_ranks(counts());
}

std::string
Network::summary() const
{
    const std::vector<std::uint64_t> numbers = on_all_ranks_.empty() ? counts() : on_all_ranks_;
    std::string text = n_ranks() > 1 ? std::to_string(n_ranks()) + " ranks, " : "";
    text += std::to_string(numbers[0]) + " sections, " + std::to_string(numbers[1]) + " segments";
    for (std::size_t i = 0; i < mechanisms_.size(); ++i)
        if (numbers[N_COUNTS + i] > 0)
            text += ", " + std::to_string(numbers[N_COUNTS + i]) + " " + mechanisms_[i]->name();
    return text + ", " + std::to_string(numbers[2]) + " NetCon" +
           (has_variable_step() ? ", variable step" : "");
}

} // namespace torpor_neuron
