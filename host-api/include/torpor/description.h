/* torpor/description.h: how a host lists what there is to save or restore at this moment.
 *
 * SPDX-License-Identifier: MIT
 *
 * At each save and each restore, and once before the first step, Torpor calls the host's `describe`
 * with an empty description, and the host adds what it has. All that is handed over is copied, so
 * it may lie in local variables; each struct says what it points to that must stay. Every call
 * returns a status. After the first error the following calls do nothing and return the same
 * status, and the save or restore fails with it: a host may ignore what they return. The
 * description is Torpor's, and valid inside `describe`. threads: [host-thread]. */
#ifndef TORPOR_DESCRIPTION_H
#define TORPOR_DESCRIPTION_H

#include <torpor/generator.h>
#include <torpor/output.h>
#include <torpor/population.h>
#include <torpor/tree.h>

struct torpor_description {
    uint32_t struct_size;
    uint32_t reserved;
    void *data; /* first argument of each slot */
    int32_t (*add_population)(void *data, const struct torpor_population *population);
    int32_t (*add_tree)(void *data, const struct torpor_tree *tree);
    int32_t (*add_generator)(void *data, const struct torpor_generator *generator);
    int32_t (*add_output)(void *data, const struct torpor_output *output);
    /* A line of provenance, for people: "git revision", "3f2a91c". */
    int32_t (*add_note)(void *data, const char *key, const char *value);
};

#endif /* TORPOR_DESCRIPTION_H */
