/* An earlier checkpoint of the same folder, as a source of blocks: what has not changed since need
 * not be written again. */
#ifndef TORPOR_FILE_EARLIER_H
#define TORPOR_FILE_EARLIER_H

#include "base/file.h"
#include "base/packed.h"

G_BEGIN_DECLS

typedef struct _TorporEarlier TorporEarlier;

/* Read which blocks the file has: those of its table, or its ranges if it is not packed. It must
 * have an index. folder: a descriptor of the folder that it is in. */
TorporEarlier *torpor_earlier_new(int folder, const TorporFile *file, GError **error);
void torpor_earlier_free(TorporEarlier *earlier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporEarlier, torpor_earlier_free)

/* Are all files that hold its blocks still in the folder, as they were? */
gboolean torpor_earlier_is_there(const TorporEarlier *earlier, int folder);

/* A block with these unpacked bytes, as their length and hash say; NULL: none. Its file is a number
 * in torpor_earlier_names. Two blocks that differ have the same hash once in 2^64. threads: any. */
const TorporBlock *torpor_earlier_find(const TorporEarlier *earlier, guint64 length, guint64 xxh3);
/* The blocks (TorporBlock) that are exactly these bytes of the file, when unpacked. Transfer full;
 * NULL: the bytes share a block with others. */
GArray *torpor_earlier_blocks(const TorporEarlier *earlier, guint64 place, guint64 length);
/* Its blocks one after the other, and where each begins in the unpacked file; NULL: there are no
 * more. */
const TorporBlock *torpor_earlier_nth(const TorporEarlier *earlier, guint n, guint64 *place);
/* The files that hold its blocks, itself first. */
const GPtrArray *torpor_earlier_names(const TorporEarlier *earlier);

G_END_DECLS

#endif
