/* torpor/generator.h: a random generator whose whole state lies in memory, which stays valid as the
 * objects of a population do. For a state behind functions use a torpor_tree.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_GENERATOR_H
#define TORPOR_GENERATOR_H

#include <torpor/array.h>
#include <torpor/origin.h>

struct torpor_generator {
    uint32_t struct_size;
    uint32_t flags;        /* TORPOR_ORIGIN_... */
    const char *path;      /* path below `generators` in the file: "thread/0" */
    const char *algorithm; /* "philox4x32-10"; a file with another algorithm is a mismatch */
    struct torpor_array state;
};
#define TORPOR_GENERATOR_INIT .struct_size = sizeof(struct torpor_generator)

#endif /* TORPOR_GENERATOR_H */
