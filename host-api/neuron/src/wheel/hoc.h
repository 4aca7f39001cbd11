// SPDX-License-Identifier: MIT
// Objects of hoc, and calls of hoc. An error of hoc becomes an Error, and the other way round.
#ifndef TORPOR_NEURON_HOC_H
#define TORPOR_NEURON_HOC_H

#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// The template of this name, such as "Vector"; NULL if there is none.
const cTemplate *template_named(const char *name);

// Visit all its objects, in the order in which they were made. An object's name is the template's
// and its index: "Vector[3]".
template <class Visit>
void
for_each_object(const char *template_name, Visit &&visit)
{
    const cTemplate *found = template_named(template_name);
    hoc_Item *item = nullptr;
    if (found != nullptr)
        ITERATE(item, found->olist)
    visit(OBJ(item));
}

std::vector<Object *> objects_of(const char *template_name);
std::string name_of(const Object *object);
// NULL if there is none of that name, or none of that index among `objects` of a template.
Object *object_named(const std::string &name);
Object *object_with(const std::vector<Object *> &objects, std::uint64_t index);

// A method of a class, such as of "NetCon".
Symbol *method_of(const char *class_name, const char *name);
// Call a method that takes numbers and returns one.
double call(Object *object, const char *method, const std::vector<double> &arguments);

// An error inside a function that NEURON calls becomes an error of hoc, which Python raises as a
// RuntimeError.
template <class Body>
auto
or_hoc_error(Body &&body)
{
    std::string message;
    try {
        return body();
    } catch (const std::exception &e) {
        message = e.what();
    }
    hoc_execerror("torpor:", message.c_str());
    throw Error(TORPOR_STATUS_HOST, message); // never reached: the line above throws
}

// An object of hoc that lives as long as this does.
class HocObject
{
  public:
    explicit HocObject(const char *class_name);
    ~HocObject();
    HocObject(const HocObject &) = delete;
    HocObject &operator=(const HocObject &) = delete;
    // Call a method that takes nothing, or one number. Returns the number that it returns.
    double call(const char *method);
    double call(const char *method, double argument);

  private:
    Object *object_;
};

} // namespace torpor_neuron

#endif
