// SPDX-License-Identifier: MIT
#include "model/distributions.h"

#include <algorithm>
#include <cstring>

#include "wheel/hoc.h"

namespace torpor_neuron
{

const std::array<const char *, 11> DISTRIBUTIONS = {"normal",  "lognormal", "uniform",   "discunif",
                                                    "poisson", "binomial",  "geometric", "hypergeo",
                                                    "negexp",  "erlang",    "weibull"};

namespace
{

// The class of each, and where its objects hold the arguments of that method: in bytes from the
// object's begin, which has its vtable and the generator.
enum Type { DOUBLE, LONG, INT };
struct Layout {
    const char *of;
    int count;
    struct {
        std::size_t offset;
        Type type;
    } parameters[2];
};
constexpr Layout LAYOUTS[] = {
    {"Normal", 2, {{32, DOUBLE}, {40, DOUBLE}}},
    {"LogNormal", 2, {{56, DOUBLE}, {64, DOUBLE}}},
    {"Uniform", 2, {{16, DOUBLE}, {24, DOUBLE}}},
    {"DiscreteUniform", 2, {{16, LONG}, {24, LONG}}},
    {"Poisson", 1, {{16, DOUBLE}, {}}},
    {"Binomial", 2, {{16, INT}, {24, DOUBLE}}},
    {"Geometric", 1, {{16, DOUBLE}, {}}},
    {"HyperGeometric", 2, {{16, DOUBLE}, {24, DOUBLE}}},
    {"NegativeExpntl", 1, {{16, DOUBLE}, {}}},
    {"Erlang", 2, {{16, DOUBLE}, {24, DOUBLE}}},
    {"Weibull", 2, {{16, DOUBLE}, {32, DOUBLE}}},
};
constexpr std::size_t N_KINDS = sizeof LAYOUTS / sizeof *LAYOUTS;
static_assert(N_KINDS == std::tuple_size_v<decltype(DISTRIBUTIONS)>);

template <class Value>
double
value_at(const void *address)
{
    Value value;
    std::memcpy(&value, address, sizeof value);
    return static_cast<double>(value);
}

double
parameter(const void *distribution, std::size_t offset, Type type)
{
    const void *address = static_cast<const char *>(distribution) + offset;
    return type == DOUBLE ? value_at<double>(address)
           : type == LONG ? value_at<long>(address)
                          : value_at<int>(address);
}

} // namespace

Distribution
distribution_of(const Object *object)
{
    const void *held = static_cast<const Random *>(object->u.this_pointer)->distribution;
    const std::string name = class_of(held);
    const auto *found = std::find_if(LAYOUTS, LAYOUTS + N_KINDS,
                                     [&](const Layout &layout) { return name == layout.of; });
    if (found == LAYOUTS + N_KINDS)
        throw Error(TORPOR_STATUS_REFUSED, name_of(object) +
                                               " draws from a distribution of class " + name +
                                               ", of which nothing is known");
    Distribution distribution{static_cast<std::uint32_t>(found - LAYOUTS), {}};
    for (int i = 0; i < found->count; ++i)
        distribution.parameters[static_cast<std::size_t>(i)] =
            parameter(held, found->parameters[i].offset, found->parameters[i].type);
    return distribution;
}

void
set_distribution(Object *random, const Distribution &distribution)
{
    const int count = LAYOUTS[distribution.kind].count;
    call(random, DISTRIBUTIONS[distribution.kind],
         {distribution.parameters.begin(), distribution.parameters.begin() + count});
}

} // namespace torpor_neuron
