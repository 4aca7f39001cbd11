// SPDX-License-Identifier: MIT
#include "model/units.h"

#include <unordered_map>

namespace torpor_neuron
{

const char *
unit_of(const std::string &written)
{
    static const std::unordered_map<std::string, const char *> units = {
        {"mV", "mV"},
        {"millivolt", "mV"},
        {"V", "V"},
        {"volt", "V"},
        {"ms", "ms"},
        {"s", "s"},
        {"/ms", "1/ms"},
        {"1/ms", "1/ms"},
        {"nA", "nA"},
        {"nanoamp", "nA"},
        {"pA", "pA"},
        {"mA", "mA"},
        {"milliamp", "mA"},
        {"mA/cm2", "mA/cm2"},
        {"S/cm2", "S/cm2"},
        {"mho/cm2", "S/cm2"},
        {"S", "S"},
        {"siemens", "S"},
        {"uS", "uS"},
        {"umho", "uS"},
        {"microsiemens", "uS"},
        {"nS", "nS"},
        {"pS", "pS"},
        {"mM", "mM"},
        {"milli/liter", "mM"},
        {"uM", "uM"},
        {"um", "um"},
        {"micron", "um"},
        {"um2", "um2"},
        {"cm", "cm"},
        {"MOhm", "MOhm"},
        {"megohm", "MOhm"},
        {"ohm", "ohm"},
        {"nF", "nF"},
        {"uF", "uF"},
        {"uF/cm2", "uF/cm2"},
        {"degC", "degC"},
        {"K", "K"},
        {"Hz", "Hz"},
        {"1", "1"},
    };
    const auto found = units.find(written);
    return found == units.end() ? nullptr : found->second;
}

} // namespace torpor_neuron
