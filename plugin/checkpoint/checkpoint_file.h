/* A checkpoint file that is opened for a restore: every byte is verified, the tree is decoded, and
 * what the root says of the run is read.
 *
 * The file of a checkpoint of several ranks is its manifest. Each rank of the host verifies its
 * share of the shards; the tree is the manifest's until torpor_checkpoint_file_join replaces it. */
#ifndef TORPOR_CHECKPOINT_CHECKPOINT_FILE_H
#define TORPOR_CHECKPOINT_CHECKPOINT_FILE_H

#include "checkpoint/join.h"
#include "host/host_table.h"

G_BEGIN_DECLS

/* Files up to this size are read into memory completely. What was verified is then what is
 * restored, and the commit reads no disk. */
#define TORPOR_CHECKPOINT_FILE_MEMORY_BYTES ((guint64)16 << 20)

typedef struct {
    char *path;
    TorporFile *file; /* NULL: the file is in memory */
    gpointer bytes;   /* the complete file; NULL: it stayed on disk */
    TorporTree *tree;
    const char *host_name;
    const char *fingerprint;
    guint64 step;
    double time;
    const TorporUnit *time_unit;
    TorporShards *shards;     /* NULL: an ordinary file */
    TorporTree *heading;      /* the manifest's tree, once `tree` is another one */
    TorporFile *heading_file; /* the file that has its longer texts and arrays; NULL: none */
    TorporJoinedTree *joined; /* owns `tree`, where it is joined */
    gint32 parameters; /* TORPOR_MISMATCH_*: joined, what users set is compared with the live model;
                          the origin tells nothing on another number of ranks */
    GPtrArray *texts;  /* the texts that were read from the file; freed with the checkpoint */
} TorporCheckpointFile;

/* Open and verify a checkpoint, and the shards of this rank's share (rank, rank + n_ranks, ...). A
 * file of more than memory_bytes stays on disk (0:
 * TORPOR_CHECKPOINT_FILE_MEMORY_BYTES).
 *
 * errors: TORPOR_STATUS_DAMAGED names the place and the path of the damage; TORPOR_STATUS_VERSION
 * is a format that is too new; TORPOR_STATUS_MISMATCH is a file that is not a checkpoint. */
TorporCheckpointFile *torpor_checkpoint_file_open(const char *path, const TorporHost *host,
                                                  guint64 memory_bytes, GError **error);
/* In the folder of this descriptor, under the last part of `path`; AT_FDCWD: where the path leads.
 */
TorporCheckpointFile *torpor_checkpoint_file_open_in(int folder, const char *path,
                                                     const TorporHost *host, guint64 memory_bytes,
                                                     GError **error);
void torpor_checkpoint_file_free(TorporCheckpointFile *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCheckpointFile, torpor_checkpoint_file_free)

/* The number of ranks that saved it. */
guint32 torpor_checkpoint_file_n_ranks(const TorporCheckpointFile *checkpoint);
/* The tree of one shard; of an ordinary file, its own. */
TorporTree *torpor_checkpoint_file_shard(TorporCheckpointFile *checkpoint, guint32 rank,
                                         GError **error);
/* From here on `tree` and `file` are what this host lists, whichever shards have it; `live` and
 * `description` NULL: all of the checkpoint. They need not live on. An ordinary file on one rank
 * stays what it is. */
gboolean torpor_checkpoint_file_join(TorporCheckpointFile *checkpoint, const TorporHost *host,
                                     const TorporPopulations *live,
                                     const TorporDescription *description, GError **error);

/* After that: are the keys in the tree, of each object one, those that the host has? */
gboolean torpor_checkpoint_file_has_live_keys(const TorporCheckpointFile *checkpoint);

/* Does the checkpoint belong to this host and this model? If not, TORPOR_STATUS_FINGERPRINT names
 * both. fingerprint: the policy; but for TORPOR_MISMATCH_ERROR another text is taken for this
 * model's, and is what *passed_over (optional; transfer full) then says. */
gboolean torpor_checkpoint_file_check_model(const TorporCheckpointFile *checkpoint,
                                            const TorporHost *host, gint32 fingerprint,
                                            char **passed_over, GError **error);

/* A section of the checkpoint; NULL if the file does not have it. */
const TorporNode *torpor_checkpoint_file_section(const TorporCheckpointFile *checkpoint,
                                                 const char *name);

/* Read an integer at a path below `from`. FALSE if there is none. */
gboolean torpor_checkpoint_file_uint(const TorporNode *from, const char *path, guint64 *out);
/* Read a text at a path below `from`; *out is NULL if there is none, and lives as long as the
 * checkpoint. FALSE: it could not be read, which happens to long texts only. */
gboolean torpor_checkpoint_file_text(TorporCheckpointFile *checkpoint, const TorporNode *from,
                                     const char *path, const char **out, GError **error);

G_END_DECLS

#endif
