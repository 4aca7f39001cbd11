/* The sections of a checkpoint, which are the keys of its root, and the keys in them: see
 * FORMAT.md. Paths are made of them by concatenation: TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME. */
#ifndef TORPOR_HOST_SECTION_NAMES_H
#define TORPOR_HOST_SECTION_NAMES_H

#define TORPOR_SECTION_FORMAT "format"
#define TORPOR_SECTION_HOST "host"
#define TORPOR_SECTION_CLOCK "clock"
#define TORPOR_SECTION_FINGERPRINT "fingerprint"
#define TORPOR_SECTION_STEP "step"
#define TORPOR_SECTION_SHARDS "shards" /* of a manifest */
#define TORPOR_SECTION_LAYOUT "layout"
#define TORPOR_SECTION_GENERATORS "generators"
#define TORPOR_SECTION_POPULATIONS "populations"
#define TORPOR_SECTION_TREES "trees"
#define TORPOR_SECTION_OUTPUTS "outputs"
#define TORPOR_SECTION_ORIGIN "origin"
#define TORPOR_SECTION_PROVENANCE "provenance"

/* of format (its name is TORPOR_CHECKPOINT_NAME) and of host */
#define TORPOR_CHECKPOINT_NAME "torpor checkpoint"
#define TORPOR_MANIFEST_VERSION 3u        /* of format, in a manifest of shards that ranks share */
#define TORPOR_MANIFEST_VERSION_OF_OWN 2u /* of one where each rank has a shard of its own */
#define TORPOR_KEY_NAME "name"
#define TORPOR_KEY_VERSION "version"
#define TORPOR_KEY_RANKS "ranks" /* also of shards: how many each has */
#define TORPOR_KEY_RANK "rank"

/* of an entry of layout, which has a version as well */
#define TORPOR_KEY_TYPE "type"
#define TORPOR_KEY_COUNT "count"
#define TORPOR_KEY_CODEC "codec"
#define TORPOR_KEY_NESTED "nested"
#define TORPOR_KEY_HIDDEN "hidden"
#define TORPOR_KEY_REFERENCES "references"
#define TORPOR_KEY_KEY "key"

/* of shards; the first three are arrays, a number for each */
#define TORPOR_KEY_BYTE_LENGTHS "byte_lengths"
#define TORPOR_KEY_INDEX_LENGTHS "index_lengths"
#define TORPOR_KEY_INDEX_XXH3 "index_xxh3"
#define TORPOR_KEY_STEM "stem"
#define TORPOR_KEY_NEEDS "needs"

/* of a ragged field in populations */
#define TORPOR_KEY_VALUES "values"
#define TORPOR_KEY_COUNTS "counts" /* also of an entry of layout in a manifest */

/* Ragged fields of what recorders keep. */
#define TORPOR_KEY_TIMES "times"
#define TORPOR_KEY_SENDERS "senders"

/* of an entry of generators */
#define TORPOR_KEY_ALGORITHM "algorithm"
#define TORPOR_KEY_STATE "state"

/* of trees: the tree that says which object a row stands for; its entries have values and counts,
 * or names and column */
#define TORPOR_KEY_LABELS "labels"
#define TORPOR_KEY_NAMES "names"
#define TORPOR_KEY_COLUMN "column"

/* of an entry of outputs */
#define TORPOR_KEY_BYTE_LENGTH "byte_length"
#define TORPOR_KEY_XXH3 "xxh3"

/* of origin */
#define TORPOR_KEY_PATHS "paths"
#define TORPOR_KEY_FLAGS "flags"
#define TORPOR_KEY_STEPS "steps"
#define TORPOR_KEY_DIGESTS "digests"

/* of provenance */
#define TORPOR_KEY_TORPOR "torpor"
#define TORPOR_KEY_COMPILER "compiler"
#define TORPOR_KEY_LIBC "libc"
#define TORPOR_KEY_CPU "cpu"
#define TORPOR_KEY_TIME "time"
#define TORPOR_KEY_THREADS "threads"
#define TORPOR_KEY_MACHINE "machine"
#define TORPOR_KEY_COMMAND "command"
#define TORPOR_KEY_NOTES "notes"
#define TORPOR_KEY_RUN "run"

/* of run, in provenance */
#define TORPOR_KEY_ID "id"
#define TORPOR_KEY_PARENT "parent"
#define TORPOR_KEY_PARENT_STEP "parent_step"
#define TORPOR_KEY_ANCESTORS "ancestors"
#define TORPOR_KEY_EVERY "every"

#endif
