// SPDX-License-Identifier: MIT
#include "model/mod_source.h"

#include <regex>
#include <unordered_map>

#include "wheel/nrn.h"

extern const char **nrn_nmodl_text_;

namespace torpor_neuron
{

namespace
{

// Empty for mechanisms that are not written in MOD language, or whose source is not at hand.
std::string
source_of(int type)
{
    const char *text = nrn_nmodl_text_ != nullptr ? nrn_nmodl_text_[type] : nullptr;
    return text != nullptr ? text : "";
}

// The text between VERBATIM and ENDVERBATIM, without comments.
std::string
verbatim_blocks(const std::string &source)
{
    std::string blocks;
    for (std::size_t at = source.find("VERBATIM"); at != std::string::npos;
         at = source.find("VERBATIM", at)) {
        const std::size_t end = source.find("ENDVERBATIM", at);
        if (end == std::string::npos)
            break;
        blocks += source.substr(at + 8, end - at - 8) + "\n";
        at = end + 11;
    }
    static const std::regex comments(R"(/\*[^]*?\*/|//[^\n]*)");
    return std::regex_replace(blocks, comments, " ");
}

} // namespace

// A source stays what it is.
bool
has_verbatim(int type)
{
    static std::unordered_map<int, bool> known;
    const auto found = known.find(type);
    if (found != known.end())
        return found->second;
    const std::string source = source_of(type);
    return known[type] = source.empty() || source.find("ENDVERBATIM") != std::string::npos;
}

static std::vector<std::string>
find_unseen_state(int type)
{
    // "static double x = 0;", but neither functions, which have "(", nor constants.
    static const std::regex variable(
        R"(\bstatic\s+(?!const\b|constexpr\b|inline\b)[\w:<>\s\*&,]*?[\s\*&](\w+)\s*(\[[^\]]*\]\s*)*(=|;|\{))");
    // "_p_scratch = calloc(...)": what a POINTER leads to is otherwise set by the script.
    static const std::regex pointer(R"(\b_p_(\w+)\s*=[^;]*(alloc\w*\s*\(|\bnew\b))");
    const std::string blocks = verbatim_blocks(source_of(type));
    std::vector<std::string> places;
    const auto find = [&](const std::regex &expression, const char *what) {
        for (std::sregex_iterator found(blocks.begin(), blocks.end(), expression), end;
             found != end; ++found)
            places.push_back(what + (*found)[1].str());
    };
    find(variable, "static variable ");
    find(pointer, "memory behind POINTER ");
    return places;
}

const std::vector<std::string> &
unseen_state(int type)
{
    static std::unordered_map<int, std::vector<std::string>> known;
    const auto found = known.find(type);
    return found != known.end() ? found->second : known[type] = find_unseen_state(type);
}

} // namespace torpor_neuron
