// SPDX-License-Identifier: MIT
#include "model/segments.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>
#include <unordered_map>

extern int structure_change_cnt;

namespace torpor_neuron
{

namespace
{

using Names = std::vector<std::string>;

// Where the nodes of a section are that has so many: "(0.5)", "(1)".
const Names &
places(int n_nodes)
{
    static std::unordered_map<int, Names> known;
    Names &found = known[n_nodes];
    for (int i = static_cast<int>(found.size()); i < n_nodes; ++i) {
        char text[32];
        std::snprintf(text, sizeof text, "(%.15g)",
                      i == n_nodes - 1 ? 1.0 : (i + 0.5) / (n_nodes - 1));
        found.emplace_back(text);
    }
    return found;
}

std::size_t
row_of(Node *node)
{
    return static_cast<std::size_t>(&NODEV(node) - nrn_threads->node_voltage_storage());
}

// Names of the nodes that belong to a section. Also finds the section that begins at a node.
void
name_nodes(Names &names, std::unordered_map<Node *, std::string> &first_of,
           std::uint64_t &n_sections)
{
    const std::unique_ptr<SectionListIterator, decltype(&nrn_sectionlist_iterator_free)> sections(
        nrn_sectionlist_iterator_new(nrn_allsec()), &nrn_sectionlist_iterator_free);
    for (; nrn_sectionlist_iterator_done(sections.get()) == 0; ++n_sections) {
        Section *section = nrn_sectionlist_iterator_next(sections.get());
        const std::string name = nrn_secname(section);
        const Names &where = places(_nrn_mechanism_get_nnode(section));
        for (std::size_t i = 0; i < where.size(); ++i) {
            Node *node = _nrn_mechanism_get_node(section, static_cast<int>(i));
            names.at(row_of(node)) = name + where[i];
            if (i == 0)
                first_of.emplace(node, name);
        }
    }
}

} // namespace

Segments &
all_segments()
{
    static Segments segments;
    return segments;
}

std::uint32_t
Segments::first_of(const NrnThread *thread)
{
    std::uint32_t row = 0;
    for (const NrnThread *before = nrn_threads; before != thread; ++before)
        row += static_cast<std::uint32_t>(before->end);
    return row;
}

void
Segments::refresh()
{
    if (structure_ == structure_change_cnt)
        return;
    structure_ = -1;
    n_sections_ = 0;
    count_ = first_of(nrn_threads + nrn_nthread);
    Names names(count_);
    std::unordered_map<Node *, std::string> first_of;
    name_nodes(names, first_of, n_sections_);
    // What is left are the ends of root sections.
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
        for (int i = 0; i < thread->end; ++i) {
            Node *parent = thread->_v_parent[i];
            const auto first = first_of.find(thread->_v_node[i]);
            if (parent != nullptr && first != first_of.end() && names.at(row_of(parent)).empty())
                names[row_of(parent)] = first->second + "(0)";
        }
    names_.clear();
    for (const std::string &name : names)
        names_.append(name.c_str(), name.size() + 1);
    structure_ = structure_change_cnt;
}

std::string
Segments::name_of(std::size_t row) const
{
    const char *name = names_.c_str();
    for (std::size_t i = 0; i < row; ++i)
        name += std::char_traits<char>::length(name) + 1;
    return name;
}

void
Segments::write(const torpor_tree_writer &writer) const
{
    const bool lends = TORPOR_HAS(&writer, torpor_tree_writer, lend_bytes); // not an older torpor
    (lends ? writer.lend_bytes : writer.put_bytes)(writer.data, "segments", names_.data(),
                                                   names_.size());
}

void
Segments::read(const torpor_tree_reader &reader) const
{
    const void *bytes = nullptr;
    std::uint64_t length = 0;
    run(reader.get_bytes, reader.data, "segments", &bytes, &length);
    const std::string_view saved(static_cast<const char *>(bytes), length);
    if (saved == names_)
        return;
    // The first name that differs: what stands before it is the same in both.
    const std::size_t n = std::min(saved.size(), names_.size());
    const auto differs = static_cast<std::size_t>(
        std::mismatch(saved.begin(), saved.begin() + static_cast<std::ptrdiff_t>(n), names_.begin())
            .first -
        saved.begin());
    const std::size_t end = differs > 0 ? saved.rfind('\0', differs - 1) : std::string::npos;
    const std::size_t begin = end == std::string::npos ? 0 : end + 1;
    const std::string was(begin < saved.size() ? saved.data() + begin : ""); // a NUL is behind them
    const std::string is = begin < names_.size() ? names_.c_str() + begin : "";
    if (is.empty())
        throw Error(TORPOR_STATUS_MISMATCH, "the script has not built segment " + was +
                                                ", which was saved: build the same sections");
    throw Error(TORPOR_STATUS_MISMATCH, "the script has built segment " + is + " where " +
                                            (was.empty() ? "no segment" : was) +
                                            " was saved: build the same sections in the same "
                                            "order");
}

} // namespace torpor_neuron
