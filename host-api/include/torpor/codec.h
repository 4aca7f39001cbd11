/* torpor/codec.h: a host's own way to save and restore a type, and to bring old checkpoints of it
 * up to date.
 *
 * SPDX-License-Identifier: MIT
 *
 * Both are declared once per session. Torpor copies the structs and their texts; what the data
 * pointers lead to stays valid until the session ends. */
#ifndef TORPOR_CODEC_H
#define TORPOR_CODEC_H

#include <torpor/population.h>
#include <torpor/tree.h>

/* Flag: replace an earlier declaration of the same name instead of being refused. */
#define TORPOR_OVERRIDE 1u

/* Saves and restores all objects of a population as one nested map instead of columns. A type
 * without a codec uses that of its base, or of the base's base, and so on. threads: [host-thread].
 *
 * Objects of a nested type are handed over as a population of their own. Its `path` is the outer
 * population's and the names of the nested fields: "cells/branches/tip". It lists the objects
 * inside the first outer object first. Its `layout` is CONTIGUOUS or POINTERS, or ACCESSORS if the
 * outer one's is. population_data is the outer one's. */
struct torpor_codec {
    uint32_t struct_size;
    uint32_t flags; /* TORPOR_OVERRIDE, TORPOR_ORIGIN_... */
    const char *type;
    void *codec_data; /* first argument of each slot */
    int32_t (*to_state)(void *codec_data, void *host_data,
                        const struct torpor_population *population,
                        const struct torpor_tree_writer *writer, struct torpor_error *error);
    /* As those of a torpor_tree. */
    int32_t (*from_state)(void *codec_data, void *host_data,
                          const struct torpor_population *population,
                          const struct torpor_tree_reader *reader, int32_t mismatch,
                          struct torpor_error *error);
    int32_t (*commit)(void *codec_data, void *host_data, const struct torpor_population *population,
                      struct torpor_error *error);
    void (*abort)(void *codec_data, void *host_data,
                  const struct torpor_population *population); /* (optional) */
};
#define TORPOR_CODEC_INIT .struct_size = sizeof(struct torpor_codec)

/* Makes the columns of a later version of a type (to_version is above from_version) from those of
 * an earlier one. Torpor follows chains of migrations. The reader has the old columns of a
 * population by field name; the writer takes the new ones, in any order. Writes nothing live. */
struct torpor_migration {
    uint32_t struct_size;
    uint32_t flags; /* TORPOR_OVERRIDE */
    const char *type;
    uint32_t from_version;
    uint32_t to_version;
    void *migration_data; /* first argument of the slot */
    int32_t (*migrate)(void *migration_data, const char *population_path, uint64_t count,
                       const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
                       struct torpor_error *error);
};
#define TORPOR_MIGRATION_INIT .struct_size = sizeof(struct torpor_migration)

#endif /* TORPOR_CODEC_H */
