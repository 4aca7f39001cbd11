/* torpor/population.h: objects of one type, such as all excitatory neurons, and where they are now.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_POPULATION_H
#define TORPOR_POPULATION_H

#include <stddef.h>
#include <stdint.h>

/* Where the objects are. */
#define TORPOR_LAYOUT_CONTIGUOUS 1u /* object i at base + i * stride */
#define TORPOR_LAYOUT_POINTERS 2u   /* object i at objects[i] */
#define TORPOR_LAYOUT_CALLBACK 3u   /* object i at object_at(i) */
#define TORPOR_LAYOUT_COLUMNS                                                                      \
    4u /* columns[f] holds field f of all objects; an accessor still wins */
#define TORPOR_LAYOUT_ACCESSORS 5u /* known to accessors only: every field has one */

/* Memory of one field of all objects (layout COLUMNS). No member is ever appended to it. */
struct torpor_column {
    void *data;
    uint64_t stride; /* bytes from one object to the next; 0: packed */
};

/* Torpor copies the struct, its texts, and the arrays `columns` and `revisions`. The objects, and
 * the array `objects`, stay the host's. They stay in place until the call that saves or restores
 * returns; a write in the background no longer needs them. */
struct torpor_population {
    uint32_t struct_size;
    uint32_t layout;  /* TORPOR_LAYOUT_... */
    const char *path; /* "neurons/excitatory": path below `populations` in the file; '/' separates
                         levels */
    const char *type; /* name of a declared type */
    uint64_t count;   /* objects */
    void *base;
    uint64_t stride; /* bytes, CONTIGUOUS */
    void *const *objects;
    void *(*object_at)(void *host_data, const struct torpor_population *population, uint64_t index);
    const struct torpor_column *columns; /* one for each field of the type */
    uint64_t n_columns;
    const void *population_data; /* (optional) the host's own, for accessors */
    /* (optional) The field that identifies an object on every rank, such as a global id: a field of
     * integers without a unit. Objects with a key can be restored on any number of ranks. A key of
     * rank 1 identifies the places along the first dimension of the other fields instead, as in a
     * ring of buffers with a place for each neuron; it is then the same for each object. On one
     * rank a population may go without, if object i is the one that has key i on several ranks. */
    const char *key;
    /* (optional) A number for each field of the type. It changes whenever a value of the field may
     * have changed in any object, and whenever objects come, go or change places. With option
     * incremental=yes a field is not read again if its number is that of the newest checkpoint; the
     * file refers to the values there. So a number that stays although a value has changed makes a
     * checkpoint with an old value, which no checksum shows: torpor_host_selfcheck looks for that.
     *
     * Torpor compares numbers with those that the host gave it in the same session, after its last
     * restore; so any number may begin a session. That of a nested field holds for all inside it.
     * 0: not known. Fields RAGGED and BLOB, and what a codec writes, are always read. */
    const uint64_t *revisions;
    uint64_t n_revisions;
    uint32_t flags; /* TORPOR_POPULATION_OF_RANK or none */
    uint32_t reserved;
};
/* It has no key, and is of no use on another number of ranks than it was saved on, such as buffers
 * that have a part for each rank: a restore on another number keeps the live objects. */
#define TORPOR_POPULATION_OF_RANK 1u
#define TORPOR_POPULATION_INIT .struct_size = sizeof(struct torpor_population)

#endif /* TORPOR_POPULATION_H */
