// SPDX-License-Identifier: MIT
#include "model/hoc_names.h"

#include <algorithm>
#include <cstdlib>

#include "base/tree.h"
#include "model/hoc_symbols.h"
#include "wheel/hoc.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

namespace
{

constexpr char PYTHON[] = "PythonObject";

const cTemplate *
python()
{
    static const cTemplate *found = template_named(PYTHON); // NULL: NEURON runs without Python
    return found;
}

std::uintptr_t
number_of(const Object *object)
{
    if (object->ctemplate != python())
        return static_cast<std::uintptr_t>(object->index);
    return reinterpret_cast<std::uintptr_t>(
        static_cast<const PythonObject *>(object->u.this_pointer)->object);
}

} // namespace

ObjectName
object_name_of(const Object *object)
{
    return object != nullptr ? ObjectName{object->ctemplate, number_of(object)} : ObjectName{};
}

bool
is_of_python(const ObjectName &name)
{
    return name.of != nullptr && name.of == python();
}

std::string
text_of(const ObjectName &name)
{
    if (name.of == nullptr)
        return "";
    if (is_of_python(name))
        return "an object of Python";
    return std::string(name.of->sym->name) + "[" + std::to_string(name.number) + "]";
}

Object *
HocLookup::object(const std::string &name)
{
    const std::size_t bracket = std::min(name.find('['), name.size());
    const std::string of = name.substr(0, bracket);
    const auto known = objects_.find(of);
    const std::vector<Object *> &objects =
        known != objects_.end() ? known->second : objects_[of] = objects_of(of.c_str());
    const char *digits = name.c_str() + std::min(bracket + 1, name.size());
    Object *found = object_with(objects, std::strtoull(digits, nullptr, 10));
    return found != nullptr && name_of(found) == name ? found : nullptr;
}

Object *
HocLookup::object(const ObjectName &name)
{
    if (!is_of_python(name))
        return object(text_of(name));
    for (Object *candidate : objects_of(PYTHON))
        if (object_name_of(candidate) == name)
            return candidate;
    return nullptr;
}

Object *
HocLookup::object_in(const torpor_tree_reader &reader, const std::string &path,
                     const std::string &what)
{
    const std::string name = get<const char *>(reader, reader.get_text, path);
    Object *found = name.empty() ? nullptr : object(name);
    if (found == nullptr && !name.empty())
        throw Error(TORPOR_STATUS_MISMATCH,
                    "hoc: " + what + " named " + name +
                        " when it was saved, which is not there: make it in the script, as then");
    return found;
}

Object *
HocLookup::object_again(const ObjectName &name, const std::string &what)
{
    if (name.of == nullptr)
        return nullptr;
    Object *found = object(name);
    if (found == nullptr)
        throw Error(TORPOR_STATUS_MISMATCH,
                    "hoc: " + what + " named " + text_of(name) +
                        ", as in the file, and that is gone: nothing can set it back");
    return found;
}

const Symbol *
HocLookup::symbol(const std::string &name, const Object **owner)
{
    *owner = nullptr;
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos)
        return hoc_table_lookup(name.c_str(), hoc_top_level_symlist);
    const Object *found = object(name.substr(0, dot));
    if (found == nullptr || !is_of_hoc(*found->ctemplate) || found->u.dataspace == nullptr)
        return nullptr;
    *owner = found;
    return hoc_table_lookup(name.c_str() + dot + 1, found->ctemplate->symtable);
}

} // namespace torpor_neuron
