// SPDX-License-Identifier: MIT
#include "model/hoc_statements.h"

#include <algorithm>

#include "base/tree.h"
#include "model/callbacks.h"
#include "wheel/hoc.h"

class HocCommand
{
  public:
    HocCommand(const char *, Object *);

  private:
    char bytes_[sizeof(torpor_neuron::HocCommand)]; // as layouts.h has it
};
class HocEvent
{
  public:
    static HocEvent *alloc(const char *, Object *, int, Object *);
};

namespace torpor_neuron
{

namespace
{

Object *
object_at(const torpor_tree_reader &reader, const std::string &path)
{
    const std::string name = get<const char *>(reader, reader.get_text, path);
    Object *found = object_named(name);
    if (found == nullptr)
        throw Error(TORPOR_STATUS_MISMATCH, "events: a statement of hoc belongs to " + name +
                                                ", which the script has not made");
    return found;
}

Object *
callback_at(const torpor_tree_reader &reader, const std::string &path)
{
    const auto number = get<std::uint64_t>(reader, reader.get_uint, path + "/callback");
    const std::string name = get<const char *>(reader, reader.get_text, path + "/name");
    Object *found = find_callback(number, name);
    if (found == nullptr)
        throw Error(TORPOR_STATUS_MISMATCH,
                    "events: one calls " + name + ", number " + std::to_string(number + 1) +
                        " of those that the script has made known by tn.callback(): make the same "
                        "functions known in the same order");
    return found;
}

} // namespace

void
HocStatements::refuse_what_cannot_be_saved(const HocEvent &hoc, const std::string &event)
{
    const HocCommand *command = hoc.command;
    if (command != nullptr && command->callable != nullptr &&
        !number_of_callback(command->callable))
        throw Error(TORPOR_STATUS_REFUSED,
                    event + " calls Python (CVode.event with a function), which a file cannot "
                            "hold: make the function known by tn.callback(function)");
    for (const Object *object : {hoc.target, command != nullptr ? command->object : nullptr})
        if (object != nullptr && object_named(name_of(object)) != object)
            throw Error(TORPOR_STATUS_REFUSED, event + " belongs to " + name_of(object) +
                                                   ", which cannot be found by that name");
}

void
HocStatements::write(const torpor_tree_writer &writer, const std::vector<const HocEvent *> &events,
                     bool has_numbers)
{
    writer.begin_map(writer.data, "statements");
    for (std::size_t i = 0; i < events.size(); ++i) {
        const HocEvent &event = *events[i];
        writer.begin_map(writer.data, std::to_string(i).c_str());
        if (event.command != nullptr && event.command->callable != nullptr) {
            const std::uint64_t number = number_of_callback(event.command->callable).value();
            if (has_numbers)
                writer.put_uint(writer.data, "callback", number);
            writer.put_text(writer.data, "name", name_of_callback(number).c_str());
        } else if (event.command != nullptr) {
            writer.put_text(writer.data, "text", event.command->statement->c_str());
            if (event.command->object != nullptr)
                writer.put_text(writer.data, "object", name_of(event.command->object).c_str());
        }
        if (event.target != nullptr)
            writer.put_text(writer.data, "target", name_of(event.target).c_str());
        writer.put_int(writer.data, "reinitialises", event.reinitialises);
        writer.end_map(writer.data);
    }
    writer.end_map(writer.data);
}

void
HocStatements::read(const torpor_tree_reader &reader)
{
    statements_.clear();
    const std::size_t n = keys(reader, "statements").size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string path = "statements/" + std::to_string(i);
        Statement statement{};
        for (const std::string &key : keys(reader, path)) {
            if (key == "text") {
                statement.has_text = true;
                statement.text = get<const char *>(reader, reader.get_text, path + "/text");
            } else if (key == "callback") {
                statement.callback = callback_at(reader, path);
            } else if (key == "object") {
                statement.object = object_at(reader, path + "/object");
            } else if (key == "target") {
                statement.target = object_at(reader, path + "/target");
            }
        }
        statement.reinitialises =
            static_cast<int>(get<std::int64_t>(reader, reader.get_int, path + "/reinitialises"));
        statements_.push_back(std::move(statement));
    }
}

std::vector<void *>
HocStatements::make() const
{
    std::vector<void *> made;
    for (const Statement &statement : statements_) {
        ::HocEvent *event = ::HocEvent::alloc(nullptr, statement.target, statement.reinitialises,
                                              statement.callback);
        if (statement.has_text)
            reinterpret_cast<HocEvent *>(event)->command = reinterpret_cast<HocCommand *>(
                new ::HocCommand(statement.text.c_str(), statement.object));
        made.push_back(event);
    }
    return made;
}

} // namespace torpor_neuron
