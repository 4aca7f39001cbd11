/* torpor/host.hpp: the C interface made comfortable for adapters in C++17. Header-only.
 *
 * SPDX-License-Identifier: MIT
 *
 *     const torpor_field fields[] = {TORPOR_FIELD(Neuron, V_m, "mV")};
 *     auto population = torpor_cpp::make<torpor_population>();      // struct_size is set
 *     host.restore_commit = torpor_cpp::slot<set_clock>;            // void set_clock(Model &, ...)
 *     auto session = torpor_cpp::open(host, &model, {"every=1 s"}); // closes itself
 *     torpor_cpp::run(torpor_save, session.get(), "now.msgpack");   // throws torpor_cpp::Error */
#ifndef TORPOR_HOST_HPP
#define TORPOR_HOST_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <torpor/loader.h>

namespace torpor_cpp
{

/* A struct of the interface, all zero but for its struct_size (and the versions of a host). */
template <class Struct>
constexpr Struct
make()
{
    Struct value{};
    value.struct_size = sizeof value;
    if constexpr (std::is_same_v<Struct, torpor_host>) {
        value.abi_major = TORPOR_ABI_MAJOR;
        value.abi_minor = TORPOR_ABI_MINOR;
    }
    return value;
}

/* A status and its text as an exception. */
class Error : public std::exception
{
  public:
    Error(std::int32_t code, std::string text) : status(code), text_(std::move(text))
    {
    }
    const char *
    what() const noexcept override
    {
        return text_.c_str();
    }
    const std::int32_t status;

  private:
    std::string text_;
};

/* Call a function of the interface with these arguments, and a torpor_error as the last one. Throws
 * Error if the status that it returns says so. */
template <class Function, class... Arguments>
void
run(Function &&function, Arguments &&...arguments)
{
    auto error = make<torpor_error>();
    const std::int32_t status = function(std::forward<Arguments>(arguments)..., &error);
    if (status != TORPOR_STATUS_OK)
        throw Error(status, error.message);
}

/* ---- callbacks ---- */

/* The body of a callback: what it throws becomes a status and a text. `error` may be NULL. */
template <class Body>
std::int32_t
guarded(torpor_error *error, Body &&body) noexcept
{
    try {
        body();
        return TORPOR_STATUS_OK;
    } catch (const Error &e) {
        return torpor_error_set(error, e.status, "%s", e.what());
    } catch (const std::bad_alloc &) {
        return torpor_error_set(error, TORPOR_STATUS_NO_MEMORY, "not enough memory");
    } catch (const std::exception &e) {
        return torpor_error_set(error, TORPOR_STATUS_HOST, "%s",
                                *e.what() != '\0' ? e.what() : "an exception without a text");
    } catch (...) {
        return torpor_error_set(error, TORPOR_STATUS_HOST, "an exception of an unknown kind");
    }
}

template <auto Function> struct Slot;
template <class Data, class... Rest, void (*Function)(Data &, Rest...)> struct Slot<Function> {
    static std::int32_t
    call(void *data, Rest... rest, torpor_error *error) noexcept
    {
        return guarded(error, [&] { Function(*static_cast<Data *>(data), rest...); });
    }
};

/* Makes a C callback of `Function`, which takes its data by reference and throws. The slot's first
 * parameter is a pointer to that data, its last a torpor_error. */
template <auto Function> inline constexpr auto slot = &Slot<Function>::call;

template <auto Gather, auto Scatter, auto Check = nullptr>
torpor_accessor
accessor()
{
    auto slots = make<torpor_accessor>();
    slots.gather = slot<Gather>;
    slots.scatter = slot<Scatter>;
    if constexpr (!std::is_null_pointer_v<decltype(Check)>)
        slots.check = slot<Check>;
    return slots;
}

template <auto Lengths, auto Gather, auto SetLengths, auto Scatter, auto Check = nullptr>
torpor_ragged_accessor
ragged_accessor()
{
    auto slots = make<torpor_ragged_accessor>();
    slots.lengths = slot<Lengths>;
    slots.gather = slot<Gather>;
    slots.set_lengths = slot<SetLengths>;
    slots.scatter = slot<Scatter>;
    if constexpr (!std::is_null_pointer_v<decltype(Check)>)
        slots.check = slot<Check>;
    return slots;
}

/* ---- sessions ---- */

struct Closer {
    void
    operator()(torpor *session) const noexcept
    {
        torpor_close(session, nullptr);
    }
};
/* Closes itself, silently. run(torpor_close, session.release()) throws if the last save failed. */
using Session = std::unique_ptr<torpor, Closer>;

inline Session
open(const torpor_host &host, void *host_data, const std::vector<const char *> &options)
{
    auto error = make<torpor_error>();
    Session session(torpor_open(&host, host_data, options.data(), options.size(), &error));
    if (!session)
        throw Error(error.status, error.message);
    return session;
}

/* ---- fields from members of a class ---- */

template <class Value>
constexpr std::uint32_t
dtype_of()
{
    static_assert(std::is_arithmetic_v<Value>, "describe a field of this type by hand");
    if constexpr (std::is_same_v<Value, bool>)
        return TORPOR_DTYPE_BOOL;
    else if constexpr (std::is_floating_point_v<Value>) {
        static_assert(sizeof(Value) <= 8, "describe a field of this type by hand");
        return sizeof(Value) == 4 ? TORPOR_DTYPE_FLOAT32 : TORPOR_DTYPE_FLOAT64;
    } else {
        constexpr std::uint32_t by_size = sizeof(Value) == 1   ? 0
                                          : sizeof(Value) == 2 ? 1
                                          : sizeof(Value) == 4 ? 2
                                                               : 3;
        return (std::is_signed_v<Value> ? TORPOR_DTYPE_INT8 : TORPOR_DTYPE_UINT8) + by_size;
    }
}

/* A VALUE field of type `Member`: a number, or an array of numbers of one or two dimensions. */
template <class Member>
constexpr torpor_field
field(const char *name, std::size_t offset, const char *unit, const char *doc = nullptr,
      std::uint32_t flags = 0)
{
    constexpr auto rank = std::rank_v<Member>;
    static_assert(rank <= 2, "describe a field of this rank by hand");
    auto value = make<torpor_field>();
    value.kind = TORPOR_FIELD_VALUE;
    value.name = name;
    value.unit = unit;
    value.doc = doc;
    value.dtype = dtype_of<std::remove_cv_t<std::remove_all_extents_t<Member>>>();
    value.flags = flags;
    value.rank = static_cast<std::uint32_t>(rank);
    value.shape[0] = std::extent_v<Member, 0>;
    value.shape[1] = std::extent_v<Member, 1>;
    value.offset = offset;
    return value;
}

/* Indices of objects of a population; `Member` is a number or an array of one or two dimensions. */
template <class Member>
constexpr torpor_field
reference(const char *name, std::size_t offset, const char *population_path,
          const char *doc = nullptr, std::uint32_t flags = 0)
{
    auto value = field<Member>(name, offset, nullptr, doc, flags);
    value.kind = TORPOR_FIELD_REFERENCE;
    value.target = population_path;
    return value;
}

/* A RAGGED field of `Element`s at a pointer, whose number is a member of type `Length`. */
template <class Element, class Length>
constexpr torpor_field
list(const char *name, std::size_t offset, std::size_t length_offset, const char *unit,
     const char *doc = nullptr, std::uint32_t flags = 0)
{
    auto value = make<torpor_field>();
    value.kind = TORPOR_FIELD_RAGGED;
    value.name = name;
    value.unit = unit;
    value.doc = doc;
    value.dtype = dtype_of<std::remove_cv_t<Element>>();
    value.flags = flags;
    value.offset = offset;
    value.length_offset = length_offset;
    value.length_dtype = dtype_of<Length>();
    return value;
}

/* The same, with room for a number of elements that is a member of type `Capacity`. */
template <class Capacity>
constexpr torpor_field
growing(torpor_field list, std::size_t capacity_offset)
{
    list.capacity_offset = capacity_offset;
    list.capacity_dtype = dtype_of<Capacity>();
    return list;
}

/* The same of structs, which are saved as bytes. */
template <class Struct, class Length, class Capacity>
constexpr torpor_field
structs(const char *name, std::size_t offset, std::size_t length_offset,
        std::size_t capacity_offset, const char *doc = nullptr, std::uint32_t flags = 0)
{
    static_assert(std::is_trivially_copyable_v<Struct>, "give such a list a ragged accessor");
    auto value = growing<Capacity>(
        list<std::uint8_t, Length>(name, offset, length_offset, nullptr, doc, flags),
        capacity_offset);
    value.rank = 1;
    value.shape[0] = sizeof(Struct);
    return value;
}

/* ---- arrays in trees ---- */

/* `values` as an array of one dimension; its memory stays theirs. */
template <class Value>
torpor_array
array_of(const std::vector<Value> &values, const char *unit = nullptr)
{
    torpor_array array{};
    array.data = const_cast<Value *>(values.data());
    array.unit = unit;
    array.dtype = dtype_of<Value>();
    array.rank = 1;
    array.shape[0] = values.size();
    return array;
}

template <class Value>
void
put(const torpor_tree_writer &writer, const char *key, const std::vector<Value> &values,
    const char *unit = nullptr)
{
    const torpor_array array = array_of(values, unit);
    const std::int32_t status = writer.put_array(writer.data, key, &array);
    if (status != TORPOR_STATUS_OK)
        throw Error(status, std::string(key) + ": cannot be written");
}

/* An array of one dimension and any length, in this unit. */
template <class Value>
std::vector<Value>
get(const torpor_tree_reader &reader, const char *path, const char *unit = nullptr)
{
    torpor_array found{};
    run(reader.describe, reader.data, path, &found);
    if (found.rank != 1)
        throw Error(TORPOR_STATUS_MISMATCH, std::string(path) + ": not an array of one dimension");
    std::vector<Value> values(found.shape[0]);
    const torpor_array array = array_of(values, unit);
    run(reader.read_array, reader.data, path, &array);
    return values;
}

/* ---- trees ---- */

template <auto Function, class Data, class... Rest>
void
invoke_if_given(Data &data, const Rest &...rest)
{
    if constexpr (!std::is_null_pointer_v<decltype(Function)>)
        std::invoke(Function, data, rest...);
}

/* The tree `path`: a save calls Write(data, writer); a restore calls Read(data, reader) while
 * nothing is changed yet, and then Commit(data). All three may throw, may be members of Data, and
 * are left out as nullptr. `flags`: TORPOR_ORIGIN_... */
template <auto Write, auto Read, auto Commit, class Data>
torpor_tree
tree_of(const char *path, Data &data, std::uint32_t flags = 0)
{
    auto tree = make<torpor_tree>();
    tree.flags = flags;
    tree.path = path;
    tree.tree_data = &data;
    tree.to_state = [](void *d, const torpor_tree_writer *writer, torpor_error *error) {
        return guarded(error, [&] { invoke_if_given<Write>(*static_cast<Data *>(d), *writer); });
    };
    tree.from_state = [](void *d, const torpor_tree_reader *reader, std::int32_t,
                         torpor_error *error) {
        return guarded(error, [&] { invoke_if_given<Read>(*static_cast<Data *>(d), *reader); });
    };
    tree.commit = [](void *d, torpor_error *error) {
        return guarded(error, [&] { invoke_if_given<Commit>(*static_cast<Data *>(d)); });
    };
    return tree;
}

/* A part of a path: '/' and '~' in a key are written "~1" and "~0". */
inline std::string
escaped(const std::string &key)
{
    std::string out;
    for (const char c : key)
        out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

/* One value by a function of the reader, as in get<double>(reader, reader.get_float, path). */
template <class Value, class Function>
Value
get(const torpor_tree_reader &reader, Function function, const std::string &path)
{
    Value value{};
    run(function, reader.data, path.c_str(), &value);
    return value;
}

/* The keys of the map at `path`. */
inline std::vector<std::string>
keys(const torpor_tree_reader &reader, const std::string &path)
{
    std::vector<std::string> found(get<std::uint64_t>(reader, reader.n_keys, path));
    for (std::uint64_t i = 0; i < found.size(); i++) {
        const char *key = nullptr;
        run(reader.key_at, reader.data, path.c_str(), i, &key);
        found[i] = key;
    }
    return found;
}

} // namespace torpor_cpp

/* Member `member` of struct `object`; then its unit, and if wanted `doc` and `flags`. */
#define TORPOR_FIELD_AS(name, object, member, ...)                                                 \
    ::torpor_cpp::field<decltype(std::declval<object>().member)>(name, offsetof(object, member),   \
                                                                 __VA_ARGS__)
#define TORPOR_FIELD(object, member, ...) TORPOR_FIELD_AS(#member, object, member, __VA_ARGS__)
/* Indices of objects of a population; then its path, and if wanted `doc` and `flags`. */
#define TORPOR_REFERENCE(object, member, ...)                                                      \
    ::torpor_cpp::reference<decltype(std::declval<object>().member)>(                              \
        #member, offsetof(object, member), __VA_ARGS__)
/* Values in a column of their own, which `column` points to; then the unit, `doc` and `flags`. */
#define TORPOR_FIELD_COLUMN(name, column, ...)                                                     \
    ::torpor_cpp::field<std::remove_pointer_t<std::decay_t<decltype(column)>>>(name, 0, __VA_ARGS__)
/* A pointer to malloc's memory and the number of elements there, both members of `object`. */
#define TORPOR_LIST(object, pointer, length, ...)                                                  \
    ::torpor_cpp::list<std::remove_pointer_t<decltype(std::declval<object>().pointer)>,            \
                       decltype(std::declval<object>().length)>(                                   \
        #pointer, offsetof(object, pointer), offsetof(object, length), __VA_ARGS__)
/* `unit` is NULL. */
#define TORPOR_GROWING_STRUCTS(object, pointer, length, capacity, unit, ...)                       \
    ::torpor_cpp::structs<std::remove_pointer_t<decltype(std::declval<object>().pointer)>,         \
                          decltype(std::declval<object>().length),                                 \
                          decltype(std::declval<object>().capacity)>(                              \
        #pointer, offsetof(object, pointer), offsetof(object, length), offsetof(object, capacity), \
        __VA_ARGS__)
#define TORPOR_GROWING_LIST(object, pointer, length, capacity, ...)                                \
    ::torpor_cpp::growing<decltype(std::declval<object>().capacity)>(                              \
        TORPOR_LIST(object, pointer, length, __VA_ARGS__), offsetof(object, capacity))

#endif /* TORPOR_HOST_HPP */
