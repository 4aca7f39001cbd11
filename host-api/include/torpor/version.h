/* torpor/version.h: the versions of the product and of its ABI, and the rule by which structs grow.
 *
 * SPDX-License-Identifier: MIT
 *
 * The rule: every struct that may grow has struct_size as its first member (the two entry tables
 * have abi_major and abi_minor before it). Whoever fills a struct sets struct_size to its sizeof,
 * by TORPOR_..._INIT. Members are only ever appended. Whoever receives a struct reads as far as its
 * struct_size says, and takes what lies beyond as 0 or NULL; TORPOR_HAS tells how far that is. An
 * array of structs is walked in steps of its first element's struct_size. A struct without
 * struct_size never grows. */
#ifndef TORPOR_VERSION_H
#define TORPOR_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define TORPOR_VERSION "0.2.0" /* of the product; the build reads it from here */

#define TORPOR_ABI_MAJOR 2u /* must be equal on both sides */
#define TORPOR_ABI_MINOR 1u /* grows when members are appended; any two minors work together */

/* Does *object, as the side that filled it knows the struct, reach as far as `member`? `type` is
 * the struct's name with `struct`. */
#define TORPOR_HAS(object, type, member)                                                           \
    ((size_t)(object)->struct_size >= offsetof(type, member) + sizeof((object)->member))

#endif /* TORPOR_VERSION_H */
