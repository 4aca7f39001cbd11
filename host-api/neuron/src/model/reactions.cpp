// SPDX-License-Identifier: MIT
#include "model/reactions.h"

#include <memory>

// NULL without Python.
extern void (*nrnpy_restore_savestate)(std::int64_t, char *);
extern void (*nrnpy_store_savestate)(char **, std::uint64_t *);

namespace torpor_neuron
{

void
Reactions::write(const torpor_tree_writer &writer)
{
    char *bytes = nullptr;
    std::uint64_t length = 0;
    if (nrnpy_store_savestate != nullptr)
        nrnpy_store_savestate(&bytes, &length);
    const std::unique_ptr<char[]> owned(bytes);
    writer.put_bytes(writer.data, "state", length > 0 ? bytes : "", length);
}

void
Reactions::read(const torpor_tree_reader &reader)
{
    const void *bytes = nullptr;
    std::uint64_t length = 0;
    run(reader.get_bytes, reader.data, "state", &bytes, &length);
    if (length > 0 && nrnpy_restore_savestate == nullptr)
        throw Error(TORPOR_STATUS_MISMATCH,
                    "rxd: reactions were saved, which a script in hoc cannot restore");
    bytes_.assign(static_cast<const char *>(bytes), length);
}

void
Reactions::commit()
{
    if (!bytes_.empty())
        nrnpy_restore_savestate(static_cast<std::int64_t>(bytes_.size()), bytes_.data());
    bytes_.clear();
}

} // namespace torpor_neuron
