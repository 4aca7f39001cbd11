/* Join the shards of a checkpoint to one tree: all of it, or what one rank of a host lists, on any
 * number of ranks. Objects are found by their keys; the values of columns stay in the shards until
 * they are read. */
#ifndef TORPOR_CHECKPOINT_JOIN_H
#define TORPOR_CHECKPOINT_JOIN_H

#include "checkpoint/join_population.h"

G_BEGIN_DECLS

/* The tree reads from shards->file. It must not live longer than the shards.
 *
 * errors: TORPOR_STATUS_MISMATCH where the host lists objects that no shard has;
 * TORPOR_STATUS_UNSUPPORTED names what cannot be divided among other ranks; _DAMAGED. */
TorporJoinedTree *torpor_join(const TorporJoin *join, GError **error);

void torpor_joined_tree_free(TorporJoinedTree *joined);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporJoinedTree, torpor_joined_tree_free)

G_END_DECLS

#endif
