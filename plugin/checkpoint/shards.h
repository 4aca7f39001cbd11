/* The shards of a checkpoint of several ranks: the files that its manifest names. Each has what one
 * rank had or, where fewer ranks write than there are, what a few neighbouring ranks had, under a
 * key for each. An ordinary checkpoint counts as the shard of its only rank. Files are opened when
 * they are needed. */
#ifndef TORPOR_CHECKPOINT_SHARDS_H
#define TORPOR_CHECKPOINT_SHARDS_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* What a manifest says of a shard; the lengths and the hash are those of its trailer. */
typedef struct {
    guint64 byte_length;
    guint64 index_length;
    guint64 index_xxh3;
} TorporShardInfo;

typedef struct {
    guint n;                /* ranks */
    guint n_files;          /* shards */
    gboolean is_shared;     /* a shard has a key for each of its ranks */
    guint64 *first_ranks;   /* of each shard */
    TorporFile *file;       /* of all shards, one after the other */
    char *folder;           /* where they are */
    int folder_fd;          /* the same; AT_FDCWD: by its path */
    char *stem;             /* what their names begin with */
    TorporShardInfo *infos; /* of each shard; NULL: an ordinary checkpoint */
    TorporTree **shared;    /* of each shard that several ranks share; NULL: not read yet */
    GHashTable *trees; /* rank -> TorporTree, once it was read; places are those in its shard */
} TorporShards;

/* "<stem>.shard-<k>-of-<n>.msgpack" (transfer full). */
char *torpor_shard_name(const char *stem, guint k, guint n);
/* The key of a rank in a shard that several share (transfer full). */
char *torpor_shard_key(guint rank);

/* What this file says of itself, for a manifest. */
gboolean torpor_shard_info_read(const TorporFile *file, TorporShardInfo *out, GError **error);

/* Put the section `shards` into a manifest. n_ranks: how many ranks each of the n shards has; NULL:
 * one, and no key for it. */
void torpor_shards_put(TorporTree *tree, const char *stem, const TorporShardInfo *infos, guint n,
                       const guint64 *n_ranks);
/* After that: the steps (guint64) of the earlier checkpoints, at least one, whose shards have bytes
 * that these refer to. */
void torpor_shards_put_needs(TorporTree *tree, const GArray *steps);
/* The same (transfer full); NULL without error: none, or it is no manifest. file: what the tree was
 * read from, which has the numbers of many shards; NULL: all is in memory. */
GArray *torpor_shards_needs(TorporTree *tree, const TorporFile *file, GError **error);
/* Is this the tree of a manifest? Any other file may have an entry of that name. */
gboolean torpor_shards_are_named_in(TorporTree *tree);
/* The shards that a manifest names. NULL without error if the tree is of no manifest. file: as
 * above; path: of the manifest, beside which they are; folder: a descriptor of theirs, which must
 * stay open, or AT_FDCWD. TORPOR_STATUS_DAMAGED for a section that is not as FORMAT.md says. No
 * shard is opened.
 */
TorporShards *torpor_shards_read(TorporTree *tree, const TorporFile *file, int folder,
                                 const char *path, GError **error);
/* An ordinary checkpoint as the only shard. Takes both; file NULL: its bytes are in memory. */
TorporShards *torpor_shards_of_one(TorporFile *file, TorporTree *tree);
void torpor_shards_free(TorporShards *shards);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporShards, torpor_shards_free)

/* The tree of one rank, whose shard is opened if need be. That is the file which the manifest was
 * written for, by its index; its other bytes are not checked. TORPOR_STATUS_DAMAGED names one that
 * is missing, damaged, older or foreign. */
TorporTree *torpor_shards_tree(TorporShards *shards, guint rank, GError **error);
/* Of a manifest: the file that the places of this tree are in. It stays open until it is given
 * back, or as long as the shards. */
TorporFile *torpor_shards_borrow(const TorporShards *shards, guint rank, GError **error);
void torpor_shards_give_back(const TorporShards *shards, guint rank);
/* By how much they are shifted in the file of all shards. */
guint64 torpor_shards_shift(const TorporShards *shards, guint rank);

/* Check every byte of the shards number first, first + stride, ... */
gboolean torpor_shards_verify(TorporShards *shards, guint first, guint stride,
                              void (*progress)(gpointer data, guint64 done, guint64 total),
                              gpointer progress_data, GError **error);

G_END_DECLS

#endif
