// SPDX-License-Identifier: MIT
#include "session/script.h"

#include "base/tree.h"

namespace torpor_neuron
{

namespace
{

// Texts one after the other, each with its NUL.
std::vector<std::uint8_t>
joined(const std::vector<std::string> &texts)
{
    std::vector<std::uint8_t> bytes;
    for (const std::string &text : texts)
        bytes.insert(bytes.end(), text.c_str(), text.c_str() + text.size() + 1);
    return bytes;
}

std::vector<std::string>
split(const std::vector<std::uint8_t> &bytes)
{
    std::vector<std::string> texts;
    std::string text;
    for (const std::uint8_t byte : bytes) {
        if (byte != 0) {
            text += static_cast<char>(byte);
            continue;
        }
        texts.push_back(text);
        text.clear();
    }
    return texts;
}

} // namespace

void
Script::write(const torpor_tree_writer &writer) const
{
    writer.put_bool(writer.data, "reads_once", reads_once ? 1 : 0);
    torpor_cpp::put(writer, "until", until, "ms");
    torpor_cpp::put(writer, "ends", ends);
    torpor_cpp::put(writer, "once_at", once_at, "ms");
    torpor_cpp::put(writer, "once", joined(once));
}

Script
Script::read(const torpor_tree_reader &reader, const std::string &prefix)
{
    Script script;
    std::int32_t reads_once = 0;
    run(reader.get_bool, reader.data, (prefix + "reads_once").c_str(), &reads_once);
    script.reads_once = reads_once != 0;
    script.until = torpor_cpp::get<double>(reader, (prefix + "until").c_str(), "ms");
    script.ends = torpor_cpp::get<std::uint64_t>(reader, (prefix + "ends").c_str());
    script.once_at = torpor_cpp::get<double>(reader, (prefix + "once_at").c_str(), "ms");
    script.once = split(torpor_cpp::get<std::uint8_t>(reader, (prefix + "once").c_str()));
    if (script.until.size() != script.ends.size() || script.once.size() != script.once_at.size())
        throw Error(TORPOR_STATUS_MISMATCH,
                    "what the checkpoint says of the script's runs does not go together");
    return script;
}

} // namespace torpor_neuron
