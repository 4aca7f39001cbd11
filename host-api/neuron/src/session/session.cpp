// SPDX-License-Identifier: MIT
#include "session/session.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "base/tree.h"
#include "wheel/ranks.h"

namespace torpor_neuron
{

namespace
{

// Steps may be of any length, so checkpoints are numbered by simulated time, in ns.
std::uint64_t
step_now()
{
    return t > 0 ? static_cast<std::uint64_t>(std::llround(t * 1e6)) : 0;
}

void
clock_now(Session &, torpor_clock *out)
{
    out->step = step_now();
    out->time = t;
    out->unit = "ms";
}

void
describe(Session &session, const torpor_description *description)
{
    session.network.describe(*description);
    const torpor_tree tree = tree_of("run", session, TORPOR_ORIGIN_NONE);
    description->add_tree(description->data, &tree);
}

void
write_fingerprint(Session &session, char *out, std::uint64_t size, std::uint64_t *length)
{
    const std::string text = session.network.summary();
    *length = text.size();
    std::snprintf(out, size, "%s", text.c_str());
}

void
count_threads(Session &, std::uint32_t *out)
{
    *out = static_cast<std::uint32_t>(nrn_nthread);
}

void
save_begin(Session &session)
{
    if (std::exchange(session.has_just_listed, false))
        return;
    session.network.refresh();
    session.network.refuse_what_cannot_be_saved();
    if (session.is_beginning_run)
        session.network.keep_events_of_script();
}

void
restore_begin(Session &session, const torpor_clock *)
{
    session.network.forget_events();
    session.has_just_listed = false;
    session.network.refresh();
}

void
restore_commit(Session &session, const torpor_clock *)
{
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread)) {
        thread->_t = t;
        thread->_dt = has_variable_step() ? dt : session.thread_dt();
        if (!has_variable_step())
            thread->cj = session.thread_cj();
    }
    session.network.release_objects();
}

void
post_checkpoint(void *session, std::uint64_t)
{
    if (has_variable_step() && !static_cast<Session *>(session)->is_of_end())
        begin_again();
}

// The core says that it stops, "stopping at time 45 ms, step N: got SIGTERM; the same ...", and
// that it has saved, "saved FILE: ...", in either order. Returns one sentence of both when they are
// there, else "".
std::string
stop_message(const std::string &message)
{
    static std::string saved, stops;
    const std::string saving = "saved ", stopping = "stopping at time ";
    if (message.compare(0, saving.size(), saving) == 0)
        saved = message.substr(0, message.rfind(": "));
    else if (message.compare(0, stopping.size(), stopping) == 0)
        stops = message;
    else
        return "";
    const std::size_t at = stops.find(", step "), why = stops.find(": ");
    if (at == std::string::npos || why == std::string::npos)
        return "";
    std::string number = stops.substr(at + 7, why - at - 7);
    number.insert(0, 16 - std::min<std::size_t>(number.size(), 16), '0');
    if (saved.find("/ckpt-" + number + ".") == std::string::npos)
        return "";
    std::string reason = std::exchange(stops, {}).substr(why + 2);
    if (reason.compare(0, 4, "got ") == 0)
        reason.insert(0, "it ");
    return saved + ", stops because " + reason;
}

// NEURON writes its messages to stderr, too. Not by its own functions, which may call Python: this
// may come from a thread that writes a checkpoint.
void
log_message(void *session, std::int32_t level, const char *message)
{
    const bool is_of_end = session != nullptr && static_cast<Session *>(session)->is_of_end();
    const bool is_resume = !is_of_end && std::strncmp(message, "resumed from", 12) == 0;
    // Each session that looks for the newest checkpoint finds the same damaged one.
    static std::set<std::string> passed_over;
    if (std::strncmp(message, "passed over", 11) == 0 && !passed_over.insert(message).second)
        return;
    if (level >= TORPOR_LOG_WARNING || is_resume)
        std::fprintf(stderr, "torpor: %s\n", message);
    else if (const std::string said = stop_message(message); !said.empty())
        std::fprintf(stderr, "torpor: %s\n", said.c_str());
}

// Each sentence once in a process.
void
point_out(const std::vector<std::string> &sentences)
{
    static std::set<std::string> told;
    for (const std::string &sentence : sentences)
        if (told.insert(sentence).second)
            log_message(nullptr, TORPOR_LOG_WARNING, sentence.c_str());
}

} // namespace

Session::Session(const std::vector<std::string> &options, bool is_of_run)
{
    auto host = make<torpor_host>();
    host.flags = TORPOR_HOST_CONCURRENT | // accessors only copy numbers of their objects
                 TORPOR_HOST_FINGERPRINT_MUST_MATCH;
    if (!is_of_run)
        host.flags |= TORPOR_HOST_NO_SIGNALS;
    else if (has_variable_step() || n_ranks() > 1)
        host.flags |= TORPOR_HOST_CHECKPOINT_CHANGES_RUN;
    host.name = "neuron";
    host.version = nrn_version(0);
    host.clock = slot<clock_now>;
    host.describe = slot<describe>;
    host.fingerprint = slot<write_fingerprint>;
    host.n_threads = slot<count_threads>;
    host.collective = collective();
    host.save_begin = slot<save_begin>;
    host.restore_begin = slot<restore_begin>;
    host.restore_commit = slot<restore_commit>;
    host.post_checkpoint = &post_checkpoint;
    host.log = &log_message;

    if (!is_of_run)
        exchange_spikes(); // a script may have made single steps
    agree([&] {
        network.refresh();
        network.leave_out_addresses();
        network.refuse_what_cannot_be_saved(); // now, not at the first checkpoint of a long run
    });
    has_just_listed = !is_of_run; // and is saved or not before anything changes
    network.count_on_all_ranks();
    if (this_rank() == 0)
        point_out(network.unseen_state());
    std::vector<const char *> texts;
    for (const std::string &option : options)
        texts.push_back(option.c_str());
    if (is_of_run) {
        is_begun_ = true;
        network.save_hoc_of_run();
        interrupts_ = std::make_unique<torpor_cpp::Interrupts>();
    }
    agree([&] {
        torpor_ = torpor_cpp::open(host, this, texts);
        network.declare(torpor_.get());
    });
}

void
Session::write(const torpor_tree_writer &writer) const
{
    writer.put_uint(writer.data, "advances", n_advances);
    writer.put_float(writer.data, "first_time", first_time);
    writer.put_float(writer.data, "dt", first_dt);
    writer.put_int(writer.data, "stoprun", stoprun);
    writer.put_uint(writer.data, "end", end_);
    writer.put_uint(writer.data, "ranks", n_ranks());
    writer.put_uint(writer.data, "threads", static_cast<std::uint64_t>(nrn_nthread));
    // A variable step sets these at each step. A fixed one does when it finds another dt.
    writer.put_float(writer.data, "thread_dt", has_variable_step() ? 0. : nrn_threads->_dt);
    writer.put_float(writer.data, "thread_cj", has_variable_step() ? 0. : nrn_threads->cj);
    (script != nullptr ? *script : Script{}).write(writer);
}

void
Session::read(const torpor_tree_reader &reader)
{
    read_advances_ = get<std::uint64_t>(reader, reader.get_uint, "advances");
    read_time_ = get<double>(reader, reader.get_float, "first_time");
    read_dt_ = get<double>(reader, reader.get_float, "dt");
    read_stoprun_ = get<std::int64_t>(reader, reader.get_int, "stoprun");
    thread_dt_ = get<double>(reader, reader.get_float, "thread_dt");
    thread_cj_ = get<double>(reader, reader.get_float, "thread_cj");
    if (is_of_end() && get<std::uint64_t>(reader, reader.get_uint, "end") != end_)
        throw Error(TORPOR_STATUS_MISMATCH, "the file is of the end of another run");
}

void
Session::commit()
{
    n_advances = read_advances_;
    first_time = read_time_;
    first_dt = read_dt_;
    stoprun = static_cast<int>(read_stoprun_);
}

void
Session::save(const char *path)
{
    run(torpor_save, torpor_.get(), path);
}

// The live network has no name for a queue, a Vector or a NetCon that would be right on other
// ranks.
static void
check_ranks(const torpor_glimpse &glimpse)
{
    const auto saved =
        get<std::uint64_t>(*glimpse.reader, glimpse.reader->get_uint, "trees/run/ranks");
    const auto on = [](std::uint64_t n) {
        return std::to_string(n) + (n == 1 ? " rank" : " ranks");
    };
    if (saved != n_ranks())
        throw Error(TORPOR_STATUS_MISMATCH,
                    "it was saved on " + on(saved) + ", and this run is on " + on(n_ranks()) +
                        ": NEURON's queues and Vectors belong to a rank, so it can be resumed on " +
                        on(saved) +
                        " only; start as many, use another dir, or resume=never to "
                        "start afresh");
}

// The segments of a network lie thread by thread.
static void
check_threads(const torpor_glimpse &glimpse)
{
    const auto saved =
        get<std::uint64_t>(*glimpse.reader, glimpse.reader->get_uint, "trees/run/threads");
    const auto on = [](std::uint64_t n) {
        return std::to_string(n) + (n == 1 ? " thread" : " threads");
    };
    const auto live = static_cast<std::uint64_t>(nrn_nthread);
    if (saved != live)
        throw Error(TORPOR_STATUS_MISMATCH,
                    "it was saved on " + on(saved) + ", and this run is on " + on(live) +
                        ": they order NEURON's segments and queues, so call "
                        "ParallelContext.nthread(" +
                        std::to_string(saved) + ") before");
}

// The newest that a checkpoint has to have.
static void
check_age(const torpor_glimpse &glimpse)
{
    for (const char *path :
         {"trees/hoc", "trees/hoc_objects", "trees/run/first_time", "trees/sections"}) {
        std::uint32_t kind = 0;
        auto error = make<torpor_error>();
        if (glimpse.reader->kind(glimpse.reader->data, path, &kind, &error) ==
            TORPOR_STATUS_NOT_FOUND)
            throw Error(TORPOR_STATUS_VERSION,
                        std::string("it has no ") + path +
                            ", so it is of an older torpor: go on with that version, or start "
                            "afresh by resume=never or another dir");
    }
}

void
Session::check(const torpor_glimpse &glimpse) const
{
    check_age(glimpse);
    check_ranks(glimpse);
    if (is_begun_)
        check_threads(glimpse);
}

std::optional<Ahead>
Session::find() const
{
    struct Found {
        const Session *session;
        Ahead ahead;
    } look{this, {}};
    std::int32_t found = 0;
    run(
        torpor_peek, torpor_.get(), nullptr,
        [](void *data, const torpor_glimpse *glimpse, torpor_error *error) {
            return guarded(error, [&] {
                auto &[session, ahead] = *static_cast<Found *>(data);
                session->check(*glimpse);
                const torpor_tree_reader &reader = *glimpse->reader;
                ahead = {glimpse->clock->time, std::filesystem::path(glimpse->path).parent_path(),
                         get<std::uint64_t>(reader, reader.get_uint, "trees/run/advances"),
                         get<double>(reader, reader.get_float, "trees/run/dt"),
                         Script::read(reader, "trees/run/")};
            });
        },
        &look, &found);
    return found != 0 ? std::optional<Ahead>(look.ahead) : std::nullopt;
}

void
Session::save_end(const char *path, std::uint64_t number)
{
    struct Reset {
        std::uint64_t &end;
        ~Reset()
        {
            end = 0;
        }
    } reset{end_};
    end_ = number;
    save(path);
}

void
Session::restore_end(const char *path, std::uint64_t number)
{
    end_ = number;
    network.save_hoc_of_run();
    restore(path);
}

void
Session::begin_run(std::size_t i)
{
    struct Reset {
        bool &is_beginning_run;
        ~Reset()
        {
            is_beginning_run = false;
        }
    } reset{is_beginning_run};
    is_beginning_run = true;
    run(torpor_begin_run, torpor_.get(), i);
}

void
Session::look(const char *path)
{
    std::int32_t found = 0;
    is_begun_ = true;
    run(
        torpor_peek, torpor_.get(), path,
        [](void *session, const torpor_glimpse *glimpse, torpor_error *error) {
            return guarded(error, [&] { static_cast<Session *>(session)->check(*glimpse); });
        },
        this, &found);
}

bool
Session::restore(const char *path)
{
    std::int32_t resumed = 0;
    if (path != nullptr) // else find() has checked it
        look(path);
    run(torpor_restore, torpor_.get(), path, &resumed);
    return resumed != 0;
}

bool
Session::step()
{
    return torpor_step(torpor_.get(), step_now(), t) == TORPOR_STOP;
}

double
Session::due_time() const
{
    return torpor_due_time(torpor_.get(), t);
}

void
Session::close()
{
    torpor_cpp::Interrupts::pass_on(); // the core raises a signal that has stopped the run again
    run(torpor_close, torpor_.release());
}

} // namespace torpor_neuron
