/* torpor/codec.h: a type's own way into the file and out of it, and the way from one version of a
 * type to the next.
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

/* Replaces the columns of a type by a nested map, for all objects of a population at once. The most
 * specific type wins: that of the population, then its base, and so on. threads: [host-thread].
 *
 * Objects of a nested type come as a population of their own: `path` is that of the population
 * around them, '/', and the names of the nested fields ("cells/branches/tip"), `count` all of them,
 * those inside the first object first, `layout` CONTIGUOUS or POINTERS (ACCESSORS where that is the
 * one around), population_data that of the population around. */
struct torpor_codec {
    uint32_t struct_size;
    uint32_t flags; /* TORPOR_OVERRIDE */
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

/* Makes the columns of one version of a type out of those of another. Chains of migrations are
 * followed. The reader has the columns of a population under their field names; the writer takes
 * the new ones, in any order. Writes nothing live. */
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
