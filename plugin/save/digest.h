/* The digests of a model: a capture goes the way of every save, but its bytes are only hashed. So a
 * digest says what a checkpoint would hold, and there is no second walk over the host's state. */
#ifndef TORPOR_SAVE_DIGEST_H
#define TORPOR_SAVE_DIGEST_H

#include "save/capture.h"

G_BEGIN_DECLS

typedef struct {
    char *path;   /* of a leaf of the capture's tree */
    guint64 xxh3; /* XXH3_64bits, seed 0, of all bytes of its value in a file */
} TorporDigest;

/* A sink that hashes what it is given. It takes gaps, which may be filled in any order. */
typedef struct _TorporDigester TorporDigester;
TorporDigester *torpor_digester_new(void);
void torpor_digester_free(TorporDigester *digester);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporDigester, torpor_digester_free)
TorporSink *torpor_digester_sink(TorporDigester *digester);
/* The digest of each leaf, in the order of the tree (GArray of TorporDigest, transfer full), once
 * all gaps are filled. */
GArray *torpor_digester_finish(TorporDigester *digester, GError **error);

/* The digests of all leaves of a capture, and the number of bytes that they have in a file (may be
 * NULL). They do not depend on the number of threads, nor on which of them is first. */
GArray *torpor_digest_capture(TorporCapture *capture, guint64 *bytes, GError **error);

G_END_DECLS

#endif
