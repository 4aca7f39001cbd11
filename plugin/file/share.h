/* Two files may have blocks of the disk in common, on file systems that can do this (XFS, Btrfs):
 * what both have at places that suit takes room once. */
#ifndef TORPOR_FILE_SHARE_H
#define TORPOR_FILE_SHARE_H

#include "file/earlier.h"

G_BEGIN_DECLS

/* `file`, of this length, has the unpacked bytes of the earlier one, or others: each range is
 * compared. Where a block of the earlier one lies uncompressed in this folder, at a place that
 * suits, it is shared. The number of bytes that are; 0 where the file system cannot. */
guint64 torpor_share_blocks(int file, guint64 length, int folder, const TorporEarlier *earlier);

G_END_DECLS

#endif
