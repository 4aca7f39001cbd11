// SPDX-License-Identifier: MIT
#include "session/run_ends.h"

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <random>
#include <utility>

#include "wheel/ranks.h"

namespace torpor_neuron
{

namespace
{

constexpr char REMEDY[] =
    "; if the script reads nothing between its runs but by tn.once(function), "
    "say reads=\"once\" in tn.every()";

// Any but 0. A resume from an older checkpoint makes ends of its own: they replace none.
std::uint64_t
any_number()
{
    std::random_device random;
    return (std::uint64_t{random()} << 32 | random()) | 1;
}

// The file, and those of other ranks that it names.
template <class Visit>
void
for_each_file(const std::string &path, Visit &&visit)
{
    const std::filesystem::path whole(path);
    const std::string stem = whole.stem().string() + ".";
    std::error_code failure;
    std::filesystem::directory_iterator file(whole.parent_path(), failure);
    for (; !failure && file != std::filesystem::directory_iterator(); file.increment(failure))
        if (file->path().filename().string().rfind(stem, 0) == 0)
            visit(file->path());
}

std::uint64_t
size_of(const std::string &path)
{
    std::uint64_t size = 0;
    for_each_file(path, [&](const std::filesystem::path &file) {
        std::error_code failure;
        const auto bytes = std::filesystem::file_size(file, failure);
        size += failure ? 0 : bytes;
    });
    return size;
}

} // namespace

void
RunEnds::begin(const std::string &dir, bool writes, std::uint64_t most_bytes)
{
    *this = {};
    folder_ = dir + "/ends";
    writes_ = writes;
    most_bytes_ = most_bytes;
}

std::string
RunEnds::path_of(std::size_t run, std::uint64_t number) const
{
    char name[64];
    std::snprintf(name, sizeof name, "/run-%zu-%016" PRIx64 ".msgpack", run, number);
    return folder_ + name;
}

std::uint64_t
RunEnds::save(Session &session, std::size_t run)
{
    std::uint64_t number = any_number();
    share(&number, sizeof number);
    if (!writes_)
        return number;
    if (!uncounted_.empty())
        n_bytes_ += size_of(std::exchange(uncounted_, {}));
    share(&n_bytes_, sizeof n_bytes_);
    if (n_bytes_ > most_bytes_) {
        if (!std::exchange(is_full_, true) && this_rank() == 0)
            std::fprintf(stderr,
                         "torpor: the ends of %zu runs take %" PRIu64 " bytes in %s, which keeps "
                         "them for what the script reads between its runs; expected at most "
                         "most_end_bytes=%" PRIu64 ": further ends are not kept, and the script "
                         "cannot be resumed in later runs%s\n",
                         run - 1, n_bytes_, folder_.c_str(), most_bytes_, REMEDY);
        return number;
    }
    newest_ = path_of(run, number);
    std::error_code failure; // the file cannot be written then
    std::filesystem::create_directories(folder_, failure);
    try {
        session.save_end(newest_.c_str(), number);
    } catch (const std::exception &e) {
        if (this_rank() == 0)
            std::fprintf(stderr, "torpor: the end of run %zu was not saved, the run goes on: %s\n",
                         run, e.what());
    }
    return number;
}

void
RunEnds::bring(const std::string &path, const std::string &folder) const
{
    const std::string there = folder + path.substr(folder_.rfind('/'));
    std::error_code failure; // the file is missing then, which is found when it is restored
    if (this_rank() > 0 || std::filesystem::exists(path, failure))
        return;
    for_each_file(there, [&](const std::filesystem::path &file) {
        const std::string copy = folder_ + "/" + file.filename().string();
        std::filesystem::create_directories(folder_, failure);
        std::filesystem::copy_file(file, copy + ".copy",
                                   std::filesystem::copy_options::overwrite_existing, failure);
        std::filesystem::rename(copy + ".copy", copy, failure);
    });
}

void
RunEnds::restore(std::size_t run, std::uint64_t number, const std::string &folder) const
{
    const std::string path = path_of(run, number);
    bring(path, folder);
    try {
        Session session({"dir=" + folder_, "mode=sync", "resume=never", "origin=ignore",
                         "every_wall=1000000 h"},
                        false);
        session.restore_end(path.c_str(), number);
        session.close();
    } catch (const Error &error) {
        throw Error(error.status, "the end of run " + std::to_string(run) +
                                      ", which an earlier process has simulated, cannot be "
                                      "restored: " +
                                      error.what() + REMEDY +
                                      "; or use another dir, or resume=never to start afresh");
    }
}

void
RunEnds::keep_newest()
{
    if (!newest_.empty())
        uncounted_ = std::exchange(newest_, {});
}

void
RunEnds::remove_newest()
{
    if (!newest_.empty() && this_rank() == 0)
        for_each_file(newest_, [](const std::filesystem::path &file) {
            std::error_code ignored; // it takes room, and no more
            std::filesystem::remove(file, ignored);
        });
    newest_.clear();
}

} // namespace torpor_neuron
