// SPDX-License-Identifier: MIT
#include "model/changes.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "wheel/hoc.h"
#include "wheel/replaced.h"

namespace torpor_neuron
{

namespace
{

enum When { ALWAYS, WITH_ARGUMENT }; // without one, the others only read
struct Method {
    const char *of, *name;
    When when;
    const char *advice;
};

constexpr char BEFORE[] = "change it before the run only";
constexpr char OWN[] = "make one for it in the statement that needs it, and let it go there";
// By what they return.
constexpr Method OF_NUMBERS[] = {
    {"SectionList", "append", ALWAYS, OWN},
    {"SectionList", "remove", ALWAYS, OWN},
    {"SectionList", "wholetree", ALWAYS, OWN},
    {"SectionList", "subtree", ALWAYS, OWN},
    {"SectionList", "children", ALWAYS, OWN},
    {"SectionList", "unique", ALWAYS, OWN},
    {"SectionList", "allroots", ALWAYS, OWN},
    {"MechanismStandard", "set", ALWAYS, OWN},
    {"MechanismStandard", "in", ALWAYS, OWN},
    {"MechanismStandard", "_in", ALWAYS, OWN},
    {"MechanismStandard", "out", ALWAYS, OWN},
    {"MechanismType", "select", ALWAYS, OWN},
    {"PtrVector", "pset", ALWAYS, OWN},
    {"PtrVector", "resize", ALWAYS, OWN},
    {"Impedance", "compute", ALWAYS, OWN},
    {"Impedance", "loc", ALWAYS, OWN},
    {"Impedance", "deltafac", WITH_ARGUMENT, OWN},
    {"SaveState", "save", ALWAYS, BEFORE},
    {"SaveState", "fread", ALWAYS, BEFORE},
    {"StringFunctions", "alias", ALWAYS, BEFORE}, // of any object: see refuse_changes()
    {"Random", "play", ALWAYS, BEFORE},
    {"KSChan", "setstructure", ALWAYS, BEFORE},
    {"KSChan", "remove_state", ALWAYS, BEFORE},
    {"KSChan", "remove_transition", ALWAYS, BEFORE},
    {"KSChan", "single", WITH_ARGUMENT, BEFORE},
    {"KSChan", "iv_type", WITH_ARGUMENT, BEFORE},
    {"KSChan", "gmax", WITH_ARGUMENT, BEFORE},
    {"KSChan", "erev", WITH_ARGUMENT, BEFORE},
    {"KSChan", "usetable", WITH_ARGUMENT, BEFORE},
    {"KSState", "frac", WITH_ARGUMENT, BEFORE},
    {"KSGate", "power", WITH_ARGUMENT, BEFORE},
    {"KSTrans", "set_f", ALWAYS, BEFORE},
    {"KSTrans", "type", WITH_ARGUMENT, BEFORE},
    {"KSTrans", "stoichiometry", WITH_ARGUMENT, BEFORE},
};
constexpr Method OF_OBJECTS[] = {
    {"KSChan", "add_hhstate", ALWAYS, BEFORE},
    {"KSChan", "add_ksstate", ALWAYS, BEFORE},
    {"KSChan", "add_transition", ALWAYS, BEFORE},
};
constexpr Method OF_TEXTS[] = {
    {"KSChan", "name", WITH_ARGUMENT, BEFORE},
    {"KSChan", "ion", WITH_ARGUMENT, BEFORE},
    {"KSState", "name", WITH_ARGUMENT, BEFORE},
    {"KSTrans", "ligand", WITH_ARGUMENT, BEFORE},
};

struct Change {
    std::uint64_t number;
    const Method *method;
};
std::uint64_t n_changes = 0;
std::unordered_map<const void *, Change> last_changes; // by what an Object points to

// NULL: nothing is. MechanismStandard.out(other) changes the other, and alias() its argument.
const void *
changed_by(const Method &method, const void *held)
{
    const std::string name = method.name;
    if (name != "out" && name != "alias")
        return held;
    const Object *other = ifarg(1) != 0 && hoc_is_object_arg(1) != 0 ? *hoc_objgetarg(1) : nullptr;
    if (name == "alias")
        return other;
    return other != nullptr && other->ctemplate == template_named(method.of) ? other->u.this_pointer
                                                                             : nullptr;
}

void
note(const Method &method, const void *held)
{
    if (method.when == ALWAYS || ifarg(1) != 0)
        if (const void *changed = changed_by(method, held))
            last_changes[changed] = {++n_changes, &method};
}

// The methods of one table, each replaced by one that also notes that it was called.
template <const auto &METHODS, class Result, Result (*Inst::*MEMBER)(void *)> struct Watched {
    static constexpr std::size_t N_METHODS = sizeof METHODS / sizeof *METHODS;
    template <std::size_t I> static inline Replaced<Result (*)(void *)> method{MEMBER};

    template <std::size_t I>
    static Result
    call(void *held)
    {
        note(METHODS[I], held);
        return method<I>.original()(held);
    }
    template <std::size_t... I>
    static void
    replace(std::index_sequence<I...>)
    {
        (method<I>.replace(method_of(METHODS[I].of, METHODS[I].name), call<I>), ...);
    }
    static void
    watch()
    {
        if (method<0>.original() == nullptr)
            replace(std::make_index_sequence<N_METHODS>());
    }
};

} // namespace

std::uint64_t
count_changes()
{
    Watched<OF_NUMBERS, double, &Inst::pfd_vp>::watch();
    Watched<OF_OBJECTS, Object **, &Inst::pfo_vp>::watch();
    Watched<OF_TEXTS, const char **, &Inst::pfs_vp>::watch();
    return n_changes;
}

[[noreturn]] static void
refuse(const std::string &name, const Method &method)
{
    throw Error(TORPOR_STATUS_REFUSED, name + " has been changed by " + method.of + "." +
                                           method.name +
                                           "() since the run began, or since finitialize(), and "
                                           "what it holds cannot be saved: " +
                                           method.advice);
}

void
refuse_changes(std::uint64_t n, const ObjectCounts &then)
{
    if (n_changes == n)
        return;
    for (const auto &[held, change] : last_changes) {
        const Method &method = *change.method;
        if (change.number <= n)
            continue;
        if (std::string(method.name) == "alias")
            refuse("an object", method); // that may be gone by now
        for_each_object(method.of, [&, changed = held](const Object *object) {
            if (object->u.this_pointer == changed && !then.is_newer(*object))
                refuse(name_of(object), method);
        });
    }
}

} // namespace torpor_neuron
