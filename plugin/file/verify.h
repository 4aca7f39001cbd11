/* Checks that a file is intact: that every byte is as it was written. */
#ifndef TORPOR_FILE_VERIFY_H
#define TORPOR_FILE_VERIFY_H

#include "base/file.h"
#include "file/index.h"

G_BEGIN_DECLS

/* One thread more for each of these: to start it takes as long as to hash half of them. */
#define TORPOR_VERIFY_BYTES_PER_THREAD ((guint64)1 << 20)

/* XXH3 of one range of the file, read through `buffer`. threads: any, each with its own buffer. */
gboolean torpor_file_hash_range(const TorporFile *file, const TorporRange *range, void *buffer,
                                gsize buffer_length, guint64 *out, GError **error);

/* Does the table of a packed file give each block the checksum of its bytes, whose ranges are known
 * to be intact? A block that is stored as it is, is read without a look at its checksum, by which
 * the next checkpoint would refer to it. TRUE for a file that is not packed. */
gboolean torpor_file_verify_table(const TorporFile *file, const TorporIndex *index, GError **error);

/* Hash every range of the index, on n_threads (0: one per processor, and per MiB; at most 8) with
 * 128 KiB each. TORPOR_STATUS_DAMAGED names file, place and the paths of the first damaged
 * range; all damaged ranges go to `damaged` (guint64 range numbers, ascending) if it is not NULL.
 * `progress` (may be NULL) is called from any of the threads, one at a time. What has the right
 * checksums, but is not one msgpack object, is damaged as well.
 *
 * index NULL: the file has none, so only its structure can be checked. */
gboolean torpor_file_verify(const TorporFile *file, const TorporIndex *index, guint n_threads,
                            GArray *damaged,
                            void (*progress)(gpointer data, guint64 done, guint64 total),
                            gpointer progress_data, GError **error);

G_END_DECLS

#endif
