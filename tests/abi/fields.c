/* TORPOR_FIELD finds dtype, rank, shape and offset of each type that it takes; in C11, and by
 * fields.cpp in C++17. */
#ifdef __cplusplus
#include <torpor/host.hpp>
#define DOC(text) text
#define FLAGS(flags) flags
#else
#include <torpor/host.h>
#define DOC(text) .doc = (text)
#define FLAGS(value) .flags = (value)
#endif

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Every type, as a scalar and as an array; the order leaves gaps, so that no offset is a sum of
 * sizes. */
#define EACH_TYPE(take)                                                                            \
    take(truth, bool, TORPOR_DTYPE_BOOL);                                                          \
    take(i8, int8_t, TORPOR_DTYPE_INT8);                                                           \
    take(i16, int16_t, TORPOR_DTYPE_INT16);                                                        \
    take(i32, int32_t, TORPOR_DTYPE_INT32);                                                        \
    take(i64, int64_t, TORPOR_DTYPE_INT64);                                                        \
    take(long_long, long long, TORPOR_DTYPE_INT64);                                                \
    take(u8, uint8_t, TORPOR_DTYPE_UINT8);                                                         \
    take(u16, uint16_t, TORPOR_DTYPE_UINT16);                                                      \
    take(u32, uint32_t, TORPOR_DTYPE_UINT32);                                                      \
    take(u64, uint64_t, TORPOR_DTYPE_UINT64);                                                      \
    take(unsigned_long_long, unsigned long long, TORPOR_DTYPE_UINT64);                             \
    take(f32, float, TORPOR_DTYPE_FLOAT32);                                                        \
    take(f64, double, TORPOR_DTYPE_FLOAT64)

#define MEMBERS(name, type, dtype)                                                                 \
    type name;                                                                                     \
    type name##_array[3]
struct sample {
    EACH_TYPE(MEMBERS);
};

static int n_failed;

static void
expect(const char *name, const char *what, uint64_t expected, uint64_t found)
{
    if (expected == found)
        return;
    printf("%s: %s: expected %llu, found %llu\n", name, what, (unsigned long long)expected,
           (unsigned long long)found);
    n_failed++;
}

static void
expect_text(const char *name, const char *what, const char *expected, const char *found)
{
    if (found != NULL && strcmp(expected, found) == 0)
        return;
    printf("%s: %s: expected %s, found %s\n", name, what, expected, found ? found : "none");
    n_failed++;
}

/* n_values 0: a scalar. What the macro is not given is 0. */
static void
check(const struct torpor_field *field, const char *name, uint32_t dtype, uint64_t n_values,
      size_t offset)
{
    expect_text(name, "name", name, field->name);
    expect_text(name, "unit", "mV", field->unit);
    expect(name, "struct_size", sizeof *field, field->struct_size);
    expect(name, "kind", TORPOR_FIELD_VALUE, field->kind);
    expect(name, "dtype", dtype, field->dtype);
    expect(name, "flags", 0, field->flags);
    expect(name, "rank", n_values > 0, field->rank);
    expect(name, "shape", n_values, field->shape[0]);
    expect(name, "offset", offset, field->offset);
}

#define CHECK(name, type, dtype)                                                                   \
    do {                                                                                           \
        const struct torpor_field fields[] = {TORPOR_FIELD(struct sample, name, "mV"),             \
                                              TORPOR_FIELD(struct sample, name##_array, "mV")};    \
        check(&fields[0], #name, dtype, 0, offsetof(struct sample, name));                         \
        check(&fields[1], #name "_array", dtype, 3, offsetof(struct sample, name##_array));        \
    } while (0)

/* In a table with static storage, as adapters have it. */
static const struct torpor_field potential[] = {
    TORPOR_FIELD_AS("V", struct sample, f64, NULL, DOC("membrane potential"),
                    FLAGS(TORPOR_FIELD_PARAMETER)),
};

static void
check_further_members(void)
{
    expect_text("V", "name", "V", potential->name);
    expect("V", "unit", 0, potential->unit != NULL);
    expect_text("V", "doc", "membrane potential", potential->doc);
    expect("V", "flags", TORPOR_FIELD_PARAMETER, potential->flags);
    expect("V", "offset", offsetof(struct sample, f64), potential->offset);
}

/* ---- columns and lists ---- */

struct cell {
    uint16_t n_inputs;
    int32_t capacity;
    float *weights;
};

static const struct torpor_field lists[] = {
    TORPOR_LIST(struct cell, weights, n_inputs, "pA"),
    TORPOR_GROWING_LIST(struct cell, weights, n_inputs, capacity, "pA", DOC("of inputs")),
};

struct event {
    uint64_t due;
    uint32_t target;
    float weight;
};

struct queue {
    uint32_t n, room;
    struct event *events;
};

static const struct torpor_field events =
    TORPOR_GROWING_STRUCTS(struct queue, events, n, room, NULL, DOC("in flight"));

static const struct torpor_field targets = TORPOR_REFERENCE(struct sample, u32_array, "neurons");
static const struct torpor_field set_targets =
    TORPOR_REFERENCE(struct sample, u64, "neurons", DOC("as built"), FLAGS(TORPOR_FIELD_PARAMETER));

static void
check_reference(void)
{
    expect("reference", "kind", TORPOR_FIELD_REFERENCE, targets.kind);
    expect("reference", "dtype", TORPOR_DTYPE_UINT32, targets.dtype);
    expect("reference", "rank", 1, targets.rank);
    expect("reference", "shape", 3, targets.shape[0]);
    expect("reference", "offset", offsetof(struct sample, u32_array), targets.offset);
    expect_text("reference", "target", "neurons", targets.target);
    expect("reference", "flags", 0, targets.flags);
    expect_text("set reference", "target", "neurons", set_targets.target);
    expect_text("set reference", "doc", "as built", set_targets.doc);
    expect("set reference", "flags", TORPOR_FIELD_PARAMETER, set_targets.flags);
}

static void
check_structs(void)
{
    expect("structs", "kind", TORPOR_FIELD_RAGGED, events.kind);
    expect("structs", "dtype", TORPOR_DTYPE_UINT8, events.dtype);
    expect("structs", "rank", 1, events.rank);
    expect("structs", "shape", sizeof(struct event), events.shape[0]);
    expect("structs", "offset", offsetof(struct queue, events), events.offset);
    expect("structs", "length", offsetof(struct queue, n), events.length_offset);
    expect("structs", "capacity", offsetof(struct queue, room), events.capacity_offset);
    expect("structs", "capacity_dtype", TORPOR_DTYPE_UINT32, events.capacity_dtype);
    expect_text("structs", "doc", "in flight", events.doc);
}

static void
check_lists(void)
{
    float *column = NULL;
    const struct torpor_field of_column = TORPOR_FIELD_COLUMN("w", column, "pA", DOC("weights"));
    expect("column", "kind", TORPOR_FIELD_VALUE, of_column.kind);
    expect("column", "dtype", TORPOR_DTYPE_FLOAT32, of_column.dtype);
    expect("column", "rank", 0, of_column.rank);
    expect("column", "offset", 0, of_column.offset);
    expect_text("column", "name", "w", of_column.name);
    expect_text("column", "doc", "weights", of_column.doc);
    for (int i = 0; i < 2; i++) {
        expect_text("list", "name", "weights", lists[i].name);
        expect_text("list", "unit", "pA", lists[i].unit);
        expect("list", "kind", TORPOR_FIELD_RAGGED, lists[i].kind);
        expect("list", "dtype", TORPOR_DTYPE_FLOAT32, lists[i].dtype);
        expect("list", "rank", 0, lists[i].rank);
        expect("list", "offset", offsetof(struct cell, weights), lists[i].offset);
        expect("list", "length", offsetof(struct cell, n_inputs), lists[i].length_offset);
        expect("list", "length_dtype", TORPOR_DTYPE_UINT16, lists[i].length_dtype);
        expect("list", "capacity", i ? offsetof(struct cell, capacity) : 0,
               lists[i].capacity_offset);
        expect("list", "capacity_dtype", i ? TORPOR_DTYPE_INT32 : 0, lists[i].capacity_dtype);
    }
    expect_text("list", "doc", "of inputs", lists[1].doc);
}

#ifdef REFUSED /* does not compile */
struct named {
    char *text;
};
const struct torpor_field refused = TORPOR_FIELD(struct named, text, NULL);
#endif

int
main(void)
{
    EACH_TYPE(CHECK);
    check_further_members();
    check_lists();
    check_structs();
    check_reference();
    return n_failed > 0;
}
