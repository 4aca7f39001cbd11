/* Outputs: the files that a host appends to. Each checkpoint makes them durable and keeps their
 * lengths and digests; a restore cuts them back to those lengths (rollback.h).
 *
 * A digest grows with its file: a save hashes only what is new. A restore hashes all of it. */
#ifndef TORPOR_CHECKPOINT_OUTPUT_H
#define TORPOR_CHECKPOINT_OUTPUT_H

#include "checkpoint/output_digest.h"
#include "checkpoint/output_places.h"
#include "host/host_table.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporOutputs TorporOutputs;

TorporOutputs *torpor_outputs_new(void);
void torpor_outputs_free(TorporOutputs *outputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOutputs, torpor_outputs_free)
/* Where the host's outputs are, whatever its working directory is by now. */
TorporOutputPlaces *torpor_outputs_places(TorporOutputs *outputs);

/* Is it described well, and not `listed` already? Adds it there. */
gboolean torpor_output_check_listed(const struct torpor_output *output, GHashTable *listed,
                                    GError **error);
/* Open it with these flags of open(2). -1 with TORPOR_STATUS_INVALID if it is no regular file. */
int torpor_output_open(TorporOutputs *outputs, const char *name, int flags, struct stat *status,
                       GError **error);
/* The host hands what it has not written yet to the operating system. */
gboolean torpor_output_flush(const struct torpor_output *output, GError **error);

/* Lock all outputs that the host described until they are no longer described, or until the outputs
 * are freed, so that no other run writes them. A save and the commit of a restore do it too. One
 * that is not there yet is locked when it is. TORPOR_STATUS_BUSY names one that another run writes;
 * TORPOR_STATUS_INVALID one that is no regular file and cannot be rolled back. */
gboolean torpor_outputs_hold(TorporOutputs *outputs, const GPtrArray *described, GError **error);
/* Did that succeed before? */
gboolean torpor_outputs_are_held(const TorporOutputs *outputs);

/* Save: flush and digest all outputs that the host described (struct torpor_output), and put them
 * into the section `outputs`. A host without outputs gets no section. Errors name the file. */
gboolean torpor_outputs_save(TorporOutputs *outputs, const GPtrArray *described, TorporTree *tree,
                             GError **error);

/* From now on this is the digest of the file at `path`. Takes it. NULL: it is digested from its
 * beginning. */
void torpor_outputs_keep_digest(TorporOutputs *outputs, const char *path,
                                TorporOutputDigest *digest);

/* The absolute paths that they have now. */
GPtrArray *torpor_outputs_paths(TorporOutputs *outputs, const GPtrArray *described);
/* Make those files durable, and their names. This comes before the checkpoint itself is. threads:
 * any. */
gboolean torpor_outputs_fsync(const GPtrArray *paths, GError **error);

G_END_DECLS

#endif
