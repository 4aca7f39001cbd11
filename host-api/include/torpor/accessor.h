/* torpor/accessor.h: callbacks that copy one field of many objects, for fields that do not simply
 * lie at an offset in each object.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each call serves a range of objects. It copies between the live objects and a column: the packed
 * values of these objects, in the field's dtype and unit. `population` and `field` are Torpor's
 * copies of what the host described; their population_data and field_data are the host's own.
 *
 * threads: from one thread at a time, unless the host says TORPOR_HOST_CONCURRENT; then from
 * several at once, on ranges that do not overlap. */
#ifndef TORPOR_ACCESSOR_H
#define TORPOR_ACCESSOR_H

#include <torpor/error.h>

struct torpor_population;
struct torpor_field;

/* For a VALUE or REFERENCE field. `column` has the shape [count, ...shape of the field]. */
struct torpor_accessor {
    uint32_t struct_size;
    uint32_t reserved;
    /* Save: copy the values of objects [first, first + count) into `column`. */
    int32_t (*gather)(void *host_data, const struct torpor_population *population,
                      const struct torpor_field *field, uint64_t first, uint64_t count,
                      void *column, struct torpor_error *error);
    /* (optional) Restore, prepare phase: can these objects take these values? Writes nothing live.
     */
    int32_t (*check)(void *host_data, const struct torpor_population *population,
                     const struct torpor_field *field, uint64_t first, uint64_t count,
                     const void *column, struct torpor_error *error);
    /* Restore, commit phase: copy `column` into the objects. A failure here leaves the live state
     * torn, so let `check` find whatever can fail. NULL only for a CONSTANT field, which is never
     * written back. */
    int32_t (*scatter)(void *host_data, const struct torpor_population *population,
                       const struct torpor_field *field, uint64_t first, uint64_t count,
                       const void *column, struct torpor_error *error);
};
#define TORPOR_ACCESSOR_INIT .struct_size = sizeof(struct torpor_accessor)

/* For a RAGGED or BLOB field. `lengths` has each object's number of elements, `values` has the
 * elements of all objects one after the other. An element has the field's shape. */
struct torpor_ragged_accessor {
    uint32_t struct_size;
    uint32_t reserved;
    /* Save: how many elements has each object? */
    int32_t (*lengths)(void *host_data, const struct torpor_population *population,
                       const struct torpor_field *field, uint64_t first, uint64_t count,
                       uint64_t *lengths, struct torpor_error *error);
    /* Save: copy the elements. `lengths` are those that the callback above gave. */
    int32_t (*gather)(void *host_data, const struct torpor_population *population,
                      const struct torpor_field *field, uint64_t first, uint64_t count,
                      const uint64_t *lengths, void *values, struct torpor_error *error);
    /* (optional) Restore, prepare phase: can these objects take these values? Writes nothing live.
     */
    int32_t (*check)(void *host_data, const struct torpor_population *population,
                     const struct torpor_field *field, uint64_t first, uint64_t count,
                     const uint64_t *lengths, const void *values, struct torpor_error *error);
    /* Restore, prepare phase, before `check`: set memory aside for these lengths. The live objects
     * keep their values until `scatter`; the host's restore_abort gives the memory back. NULL only
     * for a CONSTANT field. */
    int32_t (*set_lengths)(void *host_data, const struct torpor_population *population,
                           const struct torpor_field *field, uint64_t first, uint64_t count,
                           const uint64_t *lengths, struct torpor_error *error);
    /* Restore, commit phase: lengths and values become live. Otherwise as `scatter` above. */
    int32_t (*scatter)(void *host_data, const struct torpor_population *population,
                       const struct torpor_field *field, uint64_t first, uint64_t count,
                       const uint64_t *lengths, const void *values, struct torpor_error *error);
};
#define TORPOR_RAGGED_ACCESSOR_INIT .struct_size = sizeof(struct torpor_ragged_accessor)

#endif /* TORPOR_ACCESSOR_H */
