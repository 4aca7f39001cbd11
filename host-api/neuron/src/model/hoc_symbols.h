// SPDX-License-Identifier: MIT
// Variables of hoc: numbers, strdefs, objrefs, arrays; also those of objects of a template. Where
// NEURON keeps them now, and how they are named.
#ifndef TORPOR_NEURON_HOC_SYMBOLS_H
#define TORPOR_NEURON_HOC_SYMBOLS_H

#include <functional>
#include <string>

#include "wheel/nrn.h"

namespace torpor_neuron
{

// Where NEURON keeps one variable, or an array: of the last three, one is not NULL.
struct HocVariable {
    const Symbol *symbol;
    const Object *object; // NULL: it belongs to no object
    const Arrayinfo *array;
    std::uint64_t count; // 1, or of an array
    double *numbers;
    char **text;
    Object **objects;
};

// Visit all numbers and strdefs, or all objrefs, that are a script's; those of objects after those
// of the top level.
void for_each_variable(const std::function<void(const HocVariable &)> &visit);
void for_each_objref(const std::function<void(const HocVariable &)> &visit);
// Visit all templates of hoc, and all classes of NEURON.
void for_each_template(const std::function<void(cTemplate &)> &visit);
// Is this a script's number or strdef; its objref?
bool is_variable(const Symbol &symbol);
bool is_objref(const Symbol &symbol);
// Has this name been read only so far, so that it may become anything?
bool is_undefined(const Symbol &symbol);
// Of a script's symbol. `object`: NULL for one of the top level.
HocVariable variable_of(const Symbol &symbol, const Object *object);
// Is this a template of hoc, and no class or MOD file of NEURON?
bool is_of_hoc(const cTemplate &found);
std::string name_of(const HocVariable &variable);
const char *text_of(const HocVariable &variable);

} // namespace torpor_neuron

#endif
