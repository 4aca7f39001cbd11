/* The digest of an output file: the hash of its first bytes, which can be continued. */
#ifndef TORPOR_CHECKPOINT_OUTPUT_DIGEST_H
#define TORPOR_CHECKPOINT_OUTPUT_DIGEST_H

#include <sys/stat.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _TorporOutputDigest TorporOutputDigest;

/* Of no bytes yet. status: of the file. NULL if memory is short. */
TorporOutputDigest *torpor_output_digest_new(const struct stat *status, GError **error);
void torpor_output_digest_free(TorporOutputDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOutputDigest, torpor_output_digest_free)

/* Hash the file's bytes from where the digest ends up to `length`. path: for messages. */
gboolean torpor_output_digest_advance(TorporOutputDigest *digest, int fd, guint64 length,
                                      const char *path, GError **error);
/* Can it be continued in this file? Not if the host has replaced or cut the file. */
gboolean torpor_output_digest_is_of(const TorporOutputDigest *digest, const struct stat *status);
guint64 torpor_output_digest_length(const TorporOutputDigest *digest);
guint64 torpor_output_digest_hash(const TorporOutputDigest *digest);

G_END_DECLS

#endif
