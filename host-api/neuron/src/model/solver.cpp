// SPDX-License-Identifier: MIT
#include "model/solver.h"

#include <map>
#include <string>

#include "base/tree.h"
#include "wheel/hoc.h"

class NetCvode
{
  public:
    bool localstep();
    void localstep(bool is_used);
    void re_init(double time);
    int solve(double until);
    void structure_change();
};
extern NetCvode *net_cvode_instance;
extern int nrncore_is_enabled();

namespace torpor_neuron
{

namespace
{

constexpr const char *METHODS[] = {"use_local_dt", "use_daspk"};
constexpr const char *SETTINGS[] = {"rtol",    "atol",  "maxorder",        "minstep",
                                    "maxstep", "stiff", "condition_order", "jacobian"};
constexpr char ATOLSCALE[] = "atolscale";

bool
is_in_use(int type)
{
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
        for (const NrnThreadMembList *part = thread->tml; part != nullptr; part = part->next)
            if (part->index == type)
                return true;
    return false;
}

// Variables that have an absolute tolerance of their own: CVode.atolscale(), or the MOD file.
std::map<std::string, Symbol *>
variables_with_tolerance()
{
    std::map<std::string, Symbol *> found;
    const auto add = [&](const std::string &prefix, Symbol *symbol) {
        if (symbol != nullptr && symbol->extra != nullptr && symbol->extra->tolerance > 0.F)
            found.emplace(prefix + symbol->name, symbol);
    };
    add("", hoc_lookup("v"));
    for (int type = 0; type < n_memb_func; ++type) {
        const Symbol *mechanism = memb_func[static_cast<std::size_t>(type)].sym;
        for (unsigned i = 0; is_in_use(type) && i < mechanism->s_varn; ++i)
            add(std::string(mechanism->name) + ".", mechanism->u.ppsym[i]);
    }
    return found;
}

} // namespace

bool
has_variable_step()
{
    return cvode_active_ != 0;
}

bool
is_in_coreneuron()
{
    return nrncore_is_enabled() == 1;
}

bool
has_local_step()
{
    return has_variable_step() && net_cvode_instance->localstep();
}

bool
remembers_conditions()
{
    return has_variable_step() && HocObject("CVode").call("condition_order") == 2.;
}

void
bring_to_one_time()
{
    net_cvode_instance->solve(t);
    dt = nrn_threads->_dt; // as CVode.solve() sets it
}

void
begin_again()
{
    if (has_local_step()) {
        // Which of the cells that are at t goes first depends on where they were before: forget it.
        net_cvode_instance->localstep(false);
        net_cvode_instance->localstep(true);
    }
    net_cvode_instance->re_init(t);
}

void
Solver::write(const torpor_tree_writer &writer)
{
    HocObject cvode("CVode");
    for (const char *method : METHODS)
        writer.put_float(writer.data, method, cvode.call(method));
    for (const char *setting : SETTINGS)
        writer.put_float(writer.data, setting, cvode.call(setting));
    writer.begin_map(writer.data, ATOLSCALE);
    for (const auto &[name, symbol] : variables_with_tolerance())
        writer.put_float(writer.data, name.c_str(), static_cast<double>(symbol->extra->tolerance));
    writer.end_map(writer.data);
}

void
Solver::read(const torpor_tree_reader &reader)
{
    settings_.clear();
    tolerances_.clear();
    HocObject cvode("CVode");
    const auto saved = [&](const std::string &path) {
        return get<double>(reader, reader.get_float, path);
    };
    for (const char *method : METHODS)
        if (saved(method) != cvode.call(method))
            throw Error(TORPOR_STATUS_MISMATCH,
                        std::string("CVode.") + method + "() is " +
                            (cvode.call(method) != 0. ? "on" : "off") +
                            ", and was not when this was saved: set it as it was");
    for (const char *setting : SETTINGS)
        if (saved(setting) != cvode.call(setting))
            settings_.emplace_back(setting, saved(setting));
    auto live = variables_with_tolerance();
    for (const std::string &name : keys(reader, ATOLSCALE)) {
        const auto found = live.find(name);
        if (found == live.end())
            throw Error(TORPOR_STATUS_MISMATCH,
                        "CVode.atolscale() of " + name + " was saved, and is not set: set it");
        const double tolerance = saved(std::string(ATOLSCALE) + "/" + escaped(name));
        if (tolerance != static_cast<double>(found->second->extra->tolerance))
            tolerances_.emplace_back(found->second, tolerance);
        live.erase(found);
    }
    if (!live.empty())
        throw Error(TORPOR_STATUS_MISMATCH, "CVode.atolscale() of " + live.begin()->first +
                                                " is set, and was not when this was saved: do not "
                                                "set it");
}

void
Solver::commit()
{
    HocObject cvode("CVode");
    for (const auto &[setting, value] : settings_)
        cvode.call(setting, value);
    for (const auto &[symbol, tolerance] : tolerances_)
        hoc_symbol_tolerance(symbol, tolerance);
    if (!tolerances_.empty())
        net_cvode_instance->structure_change();
}

} // namespace torpor_neuron
