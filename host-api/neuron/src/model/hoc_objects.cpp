// SPDX-License-Identifier: MIT
#include "model/hoc_objects.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include "base/tree.h"
#include "model/changes.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

constexpr char OBJREFS[] = "objrefs", MADE[] = "made";

// "[0][1]" of each element, in their order in memory.
std::vector<std::string>
subscripts(const Arrayinfo &array, int dimension = 0)
{
    if (dimension == array.nsub)
        return {""};
    std::vector<std::string> found;
    const std::vector<std::string> rest = subscripts(array, dimension + 1);
    for (int i = 0; i < array.sub[dimension]; ++i)
        for (const std::string &further : rest)
            found.push_back("[" + std::to_string(i) + "]" + further);
    return found;
}

[[noreturn]] void
mismatch(const std::string &what)
{
    throw Error(TORPOR_STATUS_MISMATCH, "hoc: " + what);
}

[[noreturn]] void
refuse(const std::string &what)
{
    throw Error(TORPOR_STATUS_REFUSED, "hoc: " + what);
}

// Of these, NEURON itself makes some now and then, and more of them if psolve() ends more often.
// They hold nothing of their own.
bool
is_counted(const cTemplate &of)
{
    constexpr const char *UNCOUNTED[] = {"PythonObject", "CVode", "ParallelContext"};
    return std::none_of(std::begin(UNCOUNTED), std::end(UNCOUNTED),
                        [&](const char *name) { return template_named(name) == &of; });
}

// Objects of which the network consists, or whose members are saved as variables of hoc.
bool
is_of_network(const cTemplate &of)
{
    return of.is_point_ != 0 || template_named("NetCon") == &of;
}

Object *
newest_of(const cTemplate &of)
{
    return of.olist->prev != of.olist ? OBJ(of.olist->prev) : nullptr;
}

} // namespace

// ---- save ----

void
HocObjects::refuse_what_cannot_be_saved() const
{
    if (then_->objects.is_taken()) {
        then_->files.refuse_changes(then_->objects);
        refuse_changes(then_->n_changes, then_->objects);
    }
    if (!then_->is_begin_of_run)
        return;
    for_each_template([&](const cTemplate &of) {
        if (!is_of_network(of) && !is_of_hoc(of))
            return;
        const Object *newest = newest_of(of);
        if (newest != nullptr && then_->objects.is_newer(*newest))
            refuse(torpor_neuron::name_of(newest) +
                   " has been made by the run, so a script that is started again does not have it: "
                   "make it before the run");
        if (is_of_network(of) && of.count < then_->objects.at(of).alive)
            refuse(std::string(of.sym->name) +
                   ": one that was there when the run began is gone, and a script that is started "
                   "again has it: keep it until the run ends");
    });
}

void
HocObjects::write_objrefs(const torpor_tree_writer &writer, HocLookup &lookup) const
{
    std::map<std::string, HocVariable> changed; // by name, whatever the order of declarations
    for_each_objref([&](const HocVariable &objref) {
        if (then_->objrefs.has_changed(objref))
            changed.emplace(torpor_neuron::name_of(objref), objref);
    });
    for (const auto &[name, objref] : changed) {
        if (objref.array == nullptr) {
            writer.put_text(writer.data, name.c_str(),
                            then_->name_for(name, objref.objects[0], lookup).c_str());
            continue;
        }
        writer.begin_map(writer.data, name.c_str());
        std::uint64_t i = 0;
        for (const std::string &subscript : subscripts(*objref.array))
            writer.put_text(writer.data, subscript.c_str(),
                            then_->name_for(name + subscript, objref.objects[i++], lookup).c_str());
        writer.end_map(writer.data);
    }
}

void
HocObjects::write_made(const torpor_tree_writer &writer) const
{
    std::map<std::string, int> changed;
    if (then_->objects.is_taken())
        for_each_template([&](const cTemplate &of) {
            if (is_counted(of) && of.index != then_->objects.at(of).made)
                changed.emplace(of.sym->name, of.index);
        });
    for (const auto &[name, made] : changed)
        writer.put_uint(writer.data, name.c_str(), static_cast<std::uint64_t>(made));
}

void
HocObjects::write(const torpor_tree_writer &writer) const
{
    HocLookup lookup;
    writer.begin_map(writer.data, OBJREFS);
    write_objrefs(writer, lookup);
    writer.end_map(writer.data);
    writer.begin_map(writer.data, MADE);
    write_made(writer);
    writer.end_map(writer.data);
}

// ---- restore ----

static HocVariable
objref_named(const std::string &name, HocLookup &lookup)
{
    const Object *owner = nullptr;
    const Symbol *symbol = lookup.symbol(name, &owner);
    if (symbol == nullptr)
        mismatch(name +
                 ", an objref that a run had changed when it was saved, is not there: declare "
                 "it in the script, as then");
    if (!is_objref(*symbol))
        mismatch(name + " was an objref when it was saved, and is something else in the script: "
                        "declare it as then");
    return variable_of(*symbol, owner);
}

static std::vector<Object *>
objects_of_array(const torpor_tree_reader &reader, const HocVariable &objref,
                 const std::string &name, HocLookup &lookup)
{
    const std::string path = std::string(OBJREFS) + "/" + escaped(name);
    const std::vector<std::string> saved = keys(reader, path), live = subscripts(*objref.array);
    if (std::set<std::string>(saved.begin(), saved.end()) !=
        std::set<std::string>(live.begin(), live.end()))
        mismatch(name + " had " + std::to_string(saved.size()) + " elements" +
                 (saved.empty() ? "" : " up to " + saved.back()) + " when it was saved, and has " +
                 std::to_string(live.size()) + " up to " + live.back() +
                 " in the script: declare it as then");
    std::vector<Object *> objects;
    for (const std::string &subscript : live)
        objects.push_back(lookup.object_in(reader, path + "/" + subscript, name + subscript));
    return objects;
}

void
HocObjects::read_objrefs(const torpor_tree_reader &reader, HocLookup &lookup)
{
    objrefs_.clear();
    std::set<std::string> names;
    for (const std::string &name : keys(reader, OBJREFS)) {
        const HocVariable objref = objref_named(name, lookup);
        const std::string path = std::string(OBJREFS) + "/" + escaped(name);
        const bool is_array = get<std::uint32_t>(reader, reader.kind, path) == TORPOR_KIND_MAP;
        if (is_array != (objref.array != nullptr))
            mismatch(name + " was " + (is_array ? "an array of objrefs" : "a single objref") +
                     " when it was saved, and is not in the script: declare it as then");
        if (is_array)
            objrefs_.push_back({objref, objects_of_array(reader, objref, name, lookup)});
        else
            objrefs_.push_back({objref, {lookup.object_in(reader, path, name)}});
        names.insert(name);
    }
    // What had not changed when the file was saved is what it was before.
    for_each_objref([&](const HocVariable &objref) {
        std::vector<ObjectName> before;
        if (!then_->objrefs.has_changed(objref) ||
            names.count(torpor_neuron::name_of(objref)) != 0 ||
            !then_->objrefs.find(objref, before))
            return;
        Objref restored{objref, {}};
        for (const ObjectName &name : before)
            restored.objects.push_back(lookup.object_again(name, torpor_neuron::name_of(objref)));
        objrefs_.push_back(std::move(restored));
    });
}

void
HocObjects::read_made(const torpor_tree_reader &reader)
{
    made_.clear();
    for (const std::string &name : keys(reader, MADE)) {
        const auto made =
            get<std::uint64_t>(reader, reader.get_uint, std::string(MADE) + "/" + escaped(name));
        const cTemplate *of = template_named(name.c_str());
        if (of == nullptr || made > std::numeric_limits<int>::max())
            mismatch(name + ", of which " + std::to_string(made) +
                     " objects had been made when it was saved, is no template in the script");
        made_.emplace_back(const_cast<cTemplate *>(of), static_cast<int>(made));
    }
}

void
HocObjects::read(const torpor_tree_reader &reader)
{
    HocLookup lookup;
    read_objrefs(reader, lookup);
    read_made(reader);
}

void
HocObjects::commit()
{
    for (const Objref &objref : objrefs_)
        for (std::size_t i = 0; i < objref.objects.size(); ++i) {
            hoc_obj_ref(objref.objects[i]);
            released_.add(std::exchange(objref.variable.objects[i], objref.objects[i]));
        }
    objrefs_.clear();
}

void
HocObjects::release()
{
    released_.let_go();
    for (const auto &[of, made] : std::exchange(made_, {}))
        if (of->index < made)
            of->index = made;
}

} // namespace torpor_neuron
