/* A file that is open for reading, with its tree. If it is the manifest of a checkpoint of several
 * ranks, the tree is all of the checkpoint, as one rank would have saved it. */
#ifndef TORPOR_CHECKPOINT_WHOLE_FILE_H
#define TORPOR_CHECKPOINT_WHOLE_FILE_H

#include "checkpoint/join.h"

G_BEGIN_DECLS

typedef struct {
    TorporFile *file; /* has the values of the tree that are not in memory */
    TorporTree *tree;
    TorporShards *shards; /* NULL: an ordinary file, and what follows is NULL too */
    TorporJoinedTree *joined;
    TorporFile *manifest_file;
    TorporTree *manifest;
} TorporWholeFile;

/* Nothing is verified but that the shards are those that the manifest names. shows_each: what
 * differs between ranks and has no key is a map with an entry for each; FALSE: it is refused. After
 * an error there is nothing to clear. */
gboolean torpor_whole_file_open(TorporWholeFile *whole, const char *path, gboolean shows_each,
                                GError **error);
/* The second half of it, for a file that is open and decoded already: both are set. */
gboolean torpor_whole_file_join(TorporWholeFile *whole, gboolean shows_each, GError **error);
void torpor_whole_file_clear(TorporWholeFile *whole);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporWholeFile, torpor_whole_file_clear)

/* How many bytes the shards have that this file names, whose tree this is; 0: it names none, or
 * they are damaged. */
guint64 torpor_whole_file_shard_bytes(TorporTree *tree, const TorporFile *file);

/* Is every byte of this file as it was written, and every one of the shards that it names? Without
 * an index its structure is checked, or, if it needs one, that is its damage. indexed: whether it
 * has one, an index that is damaged too. folder: as for torpor_file_open_in. */
gboolean torpor_whole_file_verify(const TorporFile *file, int folder, gboolean needs_index,
                                  gboolean *indexed,
                                  void (*progress)(gpointer data, guint64 done, guint64 total),
                                  gpointer progress_data, GError **error);

G_END_DECLS

#endif
