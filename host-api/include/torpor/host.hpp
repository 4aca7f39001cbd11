/* torpor/host.hpp: the C interface made comfortable for adapters in C++17. Header-only.
 *
 * SPDX-License-Identifier: MIT
 *
 *     auto population = torpor_cpp::make<torpor_population>();        // struct_size is set
 *     torpor_cpp::run([&](torpor_error *error) { return torpor_save(session, nullptr, error); });
 *     return torpor_cpp::guarded(error, [&] { ... });                 // exceptions become statuses
 *     const torpor_field fields[] = {TORPOR_FIELD(Neuron, V_m, "mV")}; */
#ifndef TORPOR_HOST_HPP
#define TORPOR_HOST_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <torpor/loader.h>

namespace torpor_cpp
{

/* A struct of the interface, all zero but for its struct_size (and the versions of a host). */
template <class Struct>
Struct
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
    Error(std::int32_t status, std::string text) : status(status), text_(std::move(text))
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

/* Throw if a call of the interface failed. */
inline void
check(std::int32_t status, const torpor_error &error)
{
    if (status != TORPOR_STATUS_OK)
        throw Error(status, error.message);
}

/* call(torpor_error *) -> status; throws Error if it fails. */
template <class Call>
void
run(Call &&call)
{
    auto error = make<torpor_error>();
    check(call(&error), error);
}

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

/* ---- sessions ---- */

struct Closer {
    void
    operator()(torpor *session) const noexcept
    {
        torpor_close(session, nullptr);
    }
};
/* Closes itself; torpor_close(session.release(), &error) learns how that went. */
using Session = std::unique_ptr<torpor, Closer>;

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
torpor_field
field(const char *name, std::size_t offset, const char *unit)
{
    auto value = make<torpor_field>();
    value.kind = TORPOR_FIELD_VALUE;
    value.name = name;
    value.unit = unit;
    value.dtype = dtype_of<std::remove_cv_t<std::remove_all_extents_t<Member>>>();
    value.rank = static_cast<std::uint32_t>(std::rank_v<Member>);
    if constexpr (std::rank_v < Member >> 0)
        value.shape[0] = std::extent_v<Member, 0>;
    if constexpr (std::rank_v < Member >> 1)
        value.shape[1] = std::extent_v<Member, 1>;
    static_assert(std::rank_v<Member> <= 2, "describe a field of this rank by hand");
    value.offset = offset;
    return value;
}

} // namespace torpor_cpp

#define TORPOR_FIELD_AS(name, object, member, unit)                                                \
    ::torpor_cpp::field<decltype(object::member)>(name, offsetof(object, member), unit)
#define TORPOR_FIELD(object, member, unit) TORPOR_FIELD_AS(#member, object, member, unit)

#endif /* TORPOR_HOST_HPP */
