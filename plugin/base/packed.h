/* A packed file keeps the bytes of another file, the unpacked one, in blocks. Each block is stored
 * as it is or compressed, in the packed file itself or in an earlier file of the same folder. The
 * table at its end says where each block is. Whoever reads the file by torpor_file_read sees the
 * unpacked bytes. FORMAT.md describes the bytes. */
#ifndef TORPOR_BASE_PACKED_H
#define TORPOR_BASE_PACKED_H

#include <glib.h>

#include "base/block_coding.h"

G_BEGIN_DECLS

/* The version in the trailer of a packed file. (No file has version 2.) */
#define TORPOR_PACKED_VERSION 3u
/* Is a version that a trailer says, and is not `known`, one of a newer Torpor? Versions to come
 * have as many one bits as `known`, modulo two, and are below 256, so that one bit that was flipped
 * makes no version. What is none is damage. */
gboolean torpor_version_is_newer(guint64 version, guint64 known);
/* The first bytes; no msgpack begins with them. */
#define TORPOR_PACKED_HEAD "\xc1TORPOR\n"
#define TORPOR_PACKED_HEAD_BYTES 8u

typedef struct {
    guint64 length; /* when unpacked */
    guint64 xxh3;   /* of its unpacked bytes */
    guint64 file; /* 0: in the packed file; else the number of a file in the table's list, from 1 */
    guint64 place; /* of what is stored, in that file */
    guint64 stored_length;
    guint64 stored_xxh3;
    TorporCoding coding;
} TorporBlock;

typedef struct {
    GArray *blocks;   /* TorporBlock, in the order of the unpacked bytes */
    GPtrArray *names; /* of the files that the blocks refer to: names in the same folder */
} TorporBlockTable;

TorporBlockTable *torpor_block_table_new(void);
void torpor_block_table_free(TorporBlockTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporBlockTable, torpor_block_table_free)

/* The table's bytes with the trailer, for a packed file whose blocks end at `place`. Names that no
 * block refers to are left out. Transfer full. */
GByteArray *torpor_block_table_encode(const TorporBlockTable *table, guint64 place);

/* Read the table of an open file of `file_length` bytes that begins with TORPOR_PACKED_HEAD.
 * Checked are its hash and its structure, that no block is longer than TORPOR_MAX_BLOCK_BYTES, and
 * that the file's own blocks cover every byte between head and table once. `path` is for messages.
 */
TorporBlockTable *torpor_block_table_read(int fd, guint64 file_length, const char *path,
                                          GError **error);

/* The names of the files that a file in this folder refers to. *names: transfer full; NULL: it
 * refers to none, or is gone, or so damaged that nothing of it can be restored. FALSE: it cannot be
 * read now, so nobody knows. */
gboolean torpor_packed_names(int folder, const char *name, GPtrArray **names, GError **error);

G_END_DECLS

#endif
