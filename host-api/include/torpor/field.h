/* torpor/field.h: one named value of each object of a type, such as a neuron's V_m.
 *
 * SPDX-License-Identifier: MIT
 *
 * The usual field is a member of a C struct. TORPOR_FIELD finds its dtype, shape and offset by
 * itself:
 *
 *     struct neuron { double V_m; uint32_t n_spikes; float trace[3]; };
 *     static const struct torpor_field neuron_fields[] = {
 *         TORPOR_FIELD(struct neuron, V_m, "mV", .doc = "membrane potential"),
 *         TORPOR_FIELD(struct neuron, n_spikes, NULL),
 *         TORPOR_FIELD(struct neuron, trace, NULL),
 *     };
 *
 * C++ has the same macros in host.hpp. */
#ifndef TORPOR_FIELD_H
#define TORPOR_FIELD_H

#include <torpor/accessor.h>
#include <torpor/array.h>

/* ---- kinds ---- */

#define TORPOR_FIELD_VALUE 1u  /* one value of `shape` per object */
#define TORPOR_FIELD_RAGGED 2u /* any number of elements per object, as values and counts */
#define TORPOR_FIELD_BLOB 3u   /* any number of opaque bytes per object; dtype UINT8 */
#define TORPOR_FIELD_REFERENCE                                                                     \
    4u /* another object: its index in population `target`, or its address */
#define TORPOR_FIELD_NESTED 5u /* an object of type `target` inside this one; `shape` of them */

/* The index that refers to no object; a NULL pointer is stored as this. Of dtype UINT32 it is
 * UINT32_MAX. */
#define TORPOR_NO_OBJECT UINT64_MAX

/* ---- flags ---- */

#define TORPOR_FIELD_CONSTANT                                                                      \
    1u /* the host builds it again: it is saved, and a restore compares it */
#define TORPOR_FIELD_HIDDEN 2u /* internal: `torpor ls` shows it with --all only */
#define TORPOR_FIELD_OPTIONAL                                                                      \
    4u /* where a file lacks it, the live value or default_value is kept */
#define TORPOR_FIELD_PARAMETER 8u /* a user sets it; it does not evolve by itself */
#define TORPOR_FIELD_GIVEN                                                                         \
    16u /* a user gives its first value, and it evolves, as a plastic weight does */

struct torpor_field {
    uint32_t struct_size;
    uint32_t kind;    /* TORPOR_FIELD_VALUE ... */
    const char *name; /* unique in its type; the field's own word: "V_m", "g_ex", "weight" */
    const char *unit; /* NULL: plain numbers. An unknown unit is refused */
    const char *doc;  /* (optional) one line */
    uint32_t dtype;
    uint32_t flags; /* TORPOR_FIELD_CONSTANT ...; 0: plain state */
    uint32_t rank;  /* of one object's value; 0: scalar */
    uint32_t reserved;
    uint64_t shape[TORPOR_MAX_RANK];
    uint64_t offset;    /* bytes from the start of the object; unused with an accessor or columns */
    const char *target; /* REFERENCE: path of a population. NESTED: name of a type */
    const struct torpor_accessor *accessor;               /* VALUE, REFERENCE; NULL: by address */
    const struct torpor_ragged_accessor *ragged_accessor; /* RAGGED, BLOB */
    const void *default_value; /* (optional) one value, for files that lack an OPTIONAL field */
    const void *field_data;    /* (optional) the host's own */
    /* RAGGED and BLOB without a ragged_accessor: a list. At `offset` the object has a pointer to
     * the elements, and here their number, of a dtype of whole numbers. Several lists may share it.
     * The memory is malloc's, or NULL: a restore that brings more elements than fit into it frees
     * it and puts other memory in its place, which is the host's from then on. */
    uint64_t length_offset;
    /* (optional) The number of elements that the memory has room for; without it, the length is.
     * Give it if the object has it: it changes where memory is replaced. */
    uint64_t capacity_offset;
    uint32_t length_dtype;   /* TORPOR_DTYPE_INT8 ... _UINT64; 0: no list */
    uint32_t capacity_dtype; /* 0: no capacity */
};
#define TORPOR_FIELD_INIT .struct_size = sizeof(struct torpor_field)

/* ---- fields from members of a struct ---- */

#ifndef __cplusplus

/* Choose by the type of a member: `value(type, dtype)` for a scalar or a one-dimensional array. Any
 * other type does not compile; describe such a field by hand. */
#define TORPOR_BY_TYPE(object, member, value) TORPOR_BY_POINTER(&((object *)0)->member, value)
#define TORPOR_BY_POINTER(pointer, value)                                                          \
    _Generic((pointer), value(_Bool, TORPOR_DTYPE_BOOL), value(int8_t, TORPOR_DTYPE_INT8),         \
             value(int16_t, TORPOR_DTYPE_INT16), value(int32_t, TORPOR_DTYPE_INT32),               \
             value(int64_t, TORPOR_DTYPE_INT64), value(long long, TORPOR_DTYPE_INT64),             \
             value(uint8_t, TORPOR_DTYPE_UINT8), value(uint16_t, TORPOR_DTYPE_UINT16),             \
             value(uint32_t, TORPOR_DTYPE_UINT32), value(uint64_t, TORPOR_DTYPE_UINT64),           \
             value(unsigned long long, TORPOR_DTYPE_UINT64), value(float, TORPOR_DTYPE_FLOAT32),   \
             value(double, TORPOR_DTYPE_FLOAT64))
#define TORPOR_DTYPE_CASE(type, dtype) type * : (dtype), type(*)[] : (dtype)
#define TORPOR_RANK_CASE(type, dtype) type * : 0u, type(*)[] : 1u
#define TORPOR_SIZE_CASE(type, dtype) type * : sizeof(type), type(*)[] : sizeof(type)

/* A field for `member_name` of struct `object`, named `field_name` in the file. Then come its unit
 * and, if wanted, other members of struct torpor_field: .doc = "...". */
#define TORPOR_FIELD_AS(field_name, object, member_name, ...)                                      \
    {                                                                                              \
        TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = (field_name),                       \
                           .dtype = TORPOR_BY_TYPE(object, member_name, TORPOR_DTYPE_CASE),        \
                           .rank = TORPOR_BY_TYPE(object, member_name, TORPOR_RANK_CASE),          \
                           .shape = {TORPOR_BY_TYPE(object, member_name, TORPOR_RANK_CASE) *       \
                                     sizeof(((object *)0)->member_name) /                          \
                                     (TORPOR_BY_TYPE(object, member_name, TORPOR_SIZE_CASE))},     \
                           .offset = offsetof(object, member_name), .unit = __VA_ARGS__            \
    }
/* The same under the member's own name. */
#define TORPOR_FIELD(object, member_name, ...)                                                     \
    TORPOR_FIELD_AS(#member_name, object, member_name, __VA_ARGS__)

/* Indices of objects of the population at `population_path`: a member of type uint32_t or uint64_t,
 * or an array of them. A restore checks that they are below its count. After the path come other
 * members, if wanted: .flags = TORPOR_FIELD_PARAMETER if a user sets the connections. */
#define TORPOR_REFERENCE(object, member_name, ...)                                                 \
    {                                                                                              \
        TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_REFERENCE, .name = #member_name,                   \
                           .dtype = TORPOR_BY_TYPE(object, member_name, TORPOR_DTYPE_CASE),        \
                           .rank = TORPOR_BY_TYPE(object, member_name, TORPOR_RANK_CASE),          \
                           .shape = {TORPOR_BY_TYPE(object, member_name, TORPOR_RANK_CASE) *       \
                                     sizeof(((object *)0)->member_name) /                          \
                                     (TORPOR_BY_TYPE(object, member_name, TORPOR_SIZE_CASE))},     \
                           .offset = offsetof(object, member_name), .target = __VA_ARGS__          \
    }

/* A field for values that lie in a column of their own (TORPOR_LAYOUT_COLUMNS). Of `column` only
 * the type of the pointer counts, so that a static table may have `(double *)0` there; where the
 * column is, the population says at each save. Then come its unit and other members; for values of
 * a rank above 0, .rank and .shape. */
#define TORPOR_FIELD_COLUMN(field_name, column, ...)                                               \
    {                                                                                              \
        TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = (field_name),                       \
                           .dtype = TORPOR_BY_POINTER(column, TORPOR_DTYPE_CASE),                  \
                           .unit = __VA_ARGS__                                                     \
    }

/* A list: `pointer_name` points to malloc's memory with `length_name` elements; both are members of
 * struct `object`. */
#define TORPOR_LIST(object, pointer_name, length_name, ...)                                        \
    {                                                                                              \
        TORPOR_FIELD_INIT,                                                                         \
            .kind = TORPOR_FIELD_RAGGED, .name = #pointer_name,                                    \
            .dtype = TORPOR_BY_POINTER(((object *)0)->pointer_name, TORPOR_DTYPE_CASE),            \
            .offset = offsetof(object, pointer_name),                                              \
            .length_offset = offsetof(object, length_name),                                        \
            .length_dtype = TORPOR_BY_TYPE(object, length_name, TORPOR_DTYPE_CASE),                \
            .unit = __VA_ARGS__                                                                    \
    }
/* One whose memory has room for `capacity_name` elements. */
#define TORPOR_GROWING_LIST(object, pointer_name, length_name, capacity_name, ...)                 \
    TORPOR_LIST(object, pointer_name, length_name, __VA_ARGS__,                                    \
                .capacity_offset = offsetof(object, capacity_name),                                \
                .capacity_dtype = TORPOR_BY_TYPE(object, capacity_name, TORPOR_DTYPE_CASE))

/* A growing list whose elements are structs, such as a queue of events. They are saved as bytes,
 * which other programs cannot read, padding included; so let them have neither padding nor
 * pointers. A type of their own, and a population, is better where their number does not change. */
#define TORPOR_GROWING_STRUCTS(object, pointer_name, length_name, capacity_name, ...)              \
    {                                                                                              \
        TORPOR_FIELD_INIT,                                                                         \
            .kind = TORPOR_FIELD_RAGGED, .name = #pointer_name, .dtype = TORPOR_DTYPE_UINT8,       \
            .rank = 1, .shape = {sizeof *((object *)0)->pointer_name},                             \
            .offset = offsetof(object, pointer_name),                                              \
            .length_offset = offsetof(object, length_name),                                        \
            .length_dtype = TORPOR_BY_TYPE(object, length_name, TORPOR_DTYPE_CASE),                \
            .capacity_offset = offsetof(object, capacity_name),                                    \
            .capacity_dtype = TORPOR_BY_TYPE(object, capacity_name, TORPOR_DTYPE_CASE),            \
            .unit = __VA_ARGS__                                                                    \
    }

#endif

#endif /* TORPOR_FIELD_H */
