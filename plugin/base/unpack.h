/* Reads the bytes of a packed file as they were before they were packed. */
#ifndef TORPOR_BASE_UNPACK_H
#define TORPOR_BASE_UNPACK_H

#include "base/packed.h"

G_BEGIN_DECLS

typedef struct _TorporUnpacker TorporUnpacker;

/* For an open file, which stays the caller's, in this folder (a descriptor that is not needed
 * later). Opens the files that its blocks refer to; one that is missing is reported by the first
 * read that needs it. `path` is copied. */
TorporUnpacker *torpor_unpacker_new(int fd, guint64 file_length, int folder, const char *path,
                                    GError **error);
void torpor_unpacker_free(TorporUnpacker *unpacker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporUnpacker, torpor_unpacker_free)

const TorporBlockTable *torpor_unpacker_table(const TorporUnpacker *unpacker);
/* The number of unpacked bytes. */
guint64 torpor_unpacker_length(const TorporUnpacker *unpacker);

/* The name of the file beside it that has this unpacked byte; NULL: it has the byte itself. */
const char *torpor_unpacker_name_at(const TorporUnpacker *unpacker, guint64 place);

/* Read bytes that are there. A compressed block is decoded as a whole, and a few are kept for the
 * next reads. TORPOR_STATUS_DAMAGED names the file whose bytes are not those that were written, or
 * which is missing. threads: any. */
gboolean torpor_unpacker_read(TorporUnpacker *unpacker, guint64 place, void *out, gsize length,
                              GError **error);

G_END_DECLS

#endif
