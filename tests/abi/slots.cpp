// torpor/host.hpp: what a callback throws becomes a status and a text, and a failed call throws.
#include <torpor/host.hpp>

#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

namespace
{

int n_failed;

void
expect(bool is_so, const char *what)
{
    if (is_so)
        return;
    std::printf("not so: %s\n", what);
    n_failed++;
}

// What the callback throws.
enum class Throws { nothing, error, no_memory, exception, mute, something };

struct Silent : std::exception {
    const char *
    what() const noexcept override
    {
        return "";
    }
};

void
get_clock(Throws &throws, torpor_clock *out)
{
    switch (throws) {
    case Throws::error:
        throw torpor_cpp::Error(TORPOR_STATUS_REFUSED, "in the middle of a step");
    case Throws::no_memory:
        throw std::bad_alloc();
    case Throws::exception:
        throw std::runtime_error("no clock");
    case Throws::mute:
        throw Silent();
    case Throws::something:
        throw 7;
    case Throws::nothing:
        out->step = 12;
    }
}

// As the plugin calls it: by the pointer in the host's table.
torpor_error
call(Throws throws, torpor_clock *clock)
{
    auto host = torpor_cpp::make<torpor_host>();
    host.clock = torpor_cpp::slot<get_clock>;
    auto error = torpor_cpp::make<torpor_error>();
    const std::int32_t status = host.clock(&throws, clock, &error);
    expect(status == error.status, "the status returned is the one in the error");
    return error;
}

void
expect_error(Throws throws, std::int32_t status, const char *text)
{
    torpor_clock clock{};
    const torpor_error error = call(throws, &clock);
    expect(error.status == status, text);
    expect(std::strcmp(error.message, text) == 0, text);
}

void
test_what_callbacks_throw()
{
    torpor_clock clock{};
    expect(call(Throws::nothing, &clock).status == TORPOR_STATUS_OK, "nothing thrown: fine");
    expect(clock.step == 12, "the callback filled the clock");
    expect_error(Throws::error, TORPOR_STATUS_REFUSED, "in the middle of a step");
    expect_error(Throws::no_memory, TORPOR_STATUS_NO_MEMORY, "not enough memory");
    expect_error(Throws::exception, TORPOR_STATUS_HOST, "no clock");
    expect_error(Throws::mute, TORPOR_STATUS_HOST, "an exception without a text");
    expect_error(Throws::something, TORPOR_STATUS_HOST, "an exception of an unknown kind");
}

void
test_a_failed_call_throws()
{
    const auto fail = [](int number, torpor_error *error) {
        return number > 0 ? torpor_error_set(error, number, "number %d", number) : TORPOR_STATUS_OK;
    };
    torpor_cpp::run(fail, 0);
    try {
        torpor_cpp::run(fail, TORPOR_STATUS_IO);
        expect(false, "a failed call throws");
    } catch (const torpor_cpp::Error &error) {
        expect(error.status == TORPOR_STATUS_IO, "with the status of the call");
        expect(std::strcmp(error.what(), "number 11") == 0, "and its text");
    }
}

} // namespace

int
main()
{
    test_what_callbacks_throw();
    test_a_failed_call_throws();
    return n_failed > 0;
}
