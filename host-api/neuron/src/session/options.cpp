// SPDX-License-Identifier: MIT
#include "session/options.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace torpor_neuron
{

std::string
take(std::vector<std::string> &options, const std::string &key, const std::string &otherwise)
{
    const auto is_it = [&](const std::string &option) { return option.rfind(key + "=", 0) == 0; };
    const auto found = std::find_if(options.begin(), options.end(), is_it);
    if (found == options.end())
        return otherwise;
    const std::string value = found->substr(key.size() + 1);
    options.erase(std::remove_if(options.begin(), options.end(), is_it), options.end());
    return value;
}

std::uint64_t
number_of(const char *key, const std::string &text)
{
    char *end = nullptr;
    const unsigned long long number = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || text[0] == '-' || *end != '\0')
        throw Error(TORPOR_STATUS_INVALID, std::string("option ") + key +
                                               ": expected a number of bytes, found \"" + text +
                                               "\"");
    return number;
}

bool
are_off(std::vector<std::string> options)
{
    const char *set = std::getenv("TORPOR_CHECKPOINTS");
    return (set != nullptr ? set : take(options, "checkpoints", "yes")) == std::string("no");
}

} // namespace torpor_neuron
