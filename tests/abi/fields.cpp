// The test fields.c in C++17; and what C++ can do beyond it: a table that the compiler fills, and
// arrays of two dimensions.
#include "fields.c"

struct compartments {
    std::uint8_t kind;
    float g[4][2];
};
constexpr torpor_field conductances = TORPOR_FIELD(compartments, g, "nS");
static_assert(conductances.rank == 2 && conductances.shape[0] == 4 && conductances.shape[1] == 2);
static_assert(conductances.dtype == TORPOR_DTYPE_FLOAT32);
static_assert(conductances.offset == offsetof(compartments, g));
