// SPDX-License-Identifier: MIT
#include "wheel/hoc.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace torpor_neuron
{

const cTemplate *
template_named(const char *name)
{
    static std::unordered_map<std::string, const cTemplate *>
        known; // they stay; hoc searches lists
    const auto found = known.find(name);
    if (found != known.end())
        return found->second;
    const Symbol *symbol = hoc_lookup(name);
    const bool is_template = symbol != nullptr && symbol->type == hoc_lookup("Vector")->type;
    return is_template ? known[name] = symbol->u.ctemplate : nullptr;
}

std::vector<Object *>
objects_of(const char *template_name)
{
    std::vector<Object *> objects;
    for_each_object(template_name, [&](Object *object) { objects.push_back(object); });
    return objects;
}

std::string
name_of(const Object *object)
{
    return std::string(object->ctemplate->sym->name) + "[" + std::to_string(object->index) + "]";
}

Object *
object_with(const std::vector<Object *> &objects, std::uint64_t index)
{
    const auto found = std::lower_bound(
        objects.begin(), objects.end(), index, [](const Object *object, std::uint64_t wanted) {
            return static_cast<std::uint64_t>(object->index) < wanted;
        });
    const bool is_there =
        found != objects.end() && static_cast<std::uint64_t>((*found)->index) == index;
    return is_there ? *found : nullptr;
}

Object *
object_named(const std::string &name)
{
    const std::size_t bracket = name.find('[');
    if (bracket == std::string::npos)
        return nullptr;
    return object_with(objects_of(name.substr(0, bracket).c_str()),
                       std::strtoull(name.c_str() + bracket + 1, nullptr, 10));
}

HocObject::HocObject(const char *class_name) : object_(nrn_object_new(nrn_symbol(class_name), 0))
{
}

// The next one that the script makes gets the number that it would get without this one.
HocObject::~HocObject()
{
    cTemplate &of = *object_->ctemplate;
    const int number = object_->index;
    nrn_object_unref(object_);
    if (of.index == number + 1)
        of.index = number;
}

double
HocObject::call(const char *method)
{
    return torpor_neuron::call(object_, method, {});
}

double
HocObject::call(const char *method, double argument)
{
    return torpor_neuron::call(object_, method, {argument});
}

Symbol *
method_of(const char *class_name, const char *name)
{
    return hoc_table_lookup(name, template_named(class_name)->symtable);
}

double
call(Object *object, const char *method, const std::vector<double> &arguments)
{
    char message[512] = "";
    for (const double argument : arguments)
        nrn_double_push(argument);
    if (nrn_method_call_nothrow(object, nrn_method_symbol(object, method),
                                static_cast<int>(arguments.size()), message, sizeof message) != 0)
        throw Error(TORPOR_STATUS_HOST, std::string("NEURON: ") + nrn_class_name(object) + "." +
                                            method + ": " + message);
    return nrn_double_pop();
}

} // namespace torpor_neuron
