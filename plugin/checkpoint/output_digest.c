#include "checkpoint/output_digest.h"

#include <errno.h>
#include <unistd.h>

#include "base/xxh3.h"

#define PIECE_BYTES ((gsize)256 << 10)

struct _TorporOutputDigest {
    guint64 device;
    guint64 inode;
    guint64 length;
    XXH3_state_t *state;
};

void
torpor_output_digest_free(TorporOutputDigest *digest)
{
    if (digest == NULL)
        return;
    XXH3_freeState(digest->state);
    g_free(digest);
}

TorporOutputDigest *
torpor_output_digest_new(const struct stat *status, GError **error)
{
    g_autoptr(TorporOutputDigest) digest = g_new0(TorporOutputDigest, 1);
    digest->device = status->st_dev;
    digest->inode = status->st_ino;
    digest->state = XXH3_createState();
    if (digest->state == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a digest");
        return NULL;
    }
    XXH3_64bits_reset(digest->state);
    return g_steal_pointer(&digest);
}

gboolean
torpor_output_digest_advance(TorporOutputDigest *digest, int fd, guint64 length, const char *path,
                             GError **error)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    while (digest->length < length) {
        gsize wanted = MIN(PIECE_BYTES, length - digest->length);
        ssize_t got = pread(fd, piece, wanted, (off_t)digest->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            torpor_error_set_errno(error, errno, "output %s: cannot read it", path);
            return FALSE;
        }
        if (got == 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "output %s: it ended at byte %" G_GUINT64_FORMAT " while it was being read",
                        path, digest->length);
            return FALSE;
        }
        torpor_xxh3_update(digest->state, piece, (gsize)got);
        digest->length += (guint64)got;
    }
    return TRUE;
}

gboolean
torpor_output_digest_is_of(const TorporOutputDigest *digest, const struct stat *status)
{
    return digest->device == status->st_dev && digest->inode == status->st_ino &&
           digest->length <= (guint64)status->st_size;
}

guint64
torpor_output_digest_length(const TorporOutputDigest *digest)
{
    return digest->length;
}

guint64
torpor_output_digest_hash(const TorporOutputDigest *digest)
{
    return XXH3_64bits_digest(digest->state);
}
