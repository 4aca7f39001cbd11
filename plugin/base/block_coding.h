/* How a block of a packed file is stored: as it is; without the words that are zero; or compressed
 * by zstd, where it helps after its bytes were shuffled: first the first bytes of all elements,
 * then all second ones, and so on. */
#ifndef TORPOR_BASE_BLOCK_CODING_H
#define TORPOR_BASE_BLOCK_CODING_H

#include <glib.h>

G_BEGIN_DECLS

/* No block is longer. */
#define TORPOR_MAX_BLOCK_BYTES ((gsize)4 << 20)

/* As it stands in the file: method + 256 * bytes of an element that was shuffled (0: none was). */
typedef guint64 TorporCoding;
#define TORPOR_CODING_PLAIN ((TorporCoding)0)
gboolean torpor_coding_is_known(TorporCoding coding);

#define TORPOR_LEAST_LEVEL 1
#define TORPOR_MOST_LEVEL 19

/* What compressing needs; for one thread at a time. */
typedef struct _TorporCompressor TorporCompressor;
TorporCompressor *torpor_compressor_new(gint level);
void torpor_compressor_free(TorporCompressor *compressor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCompressor, torpor_compressor_free)

/* Compress a block to `out`, room of `length` bytes. item_bytes: of an element; 1: not known.
 * Returns the number of bytes; 0: it would hardly get smaller, so that it is stored as it is. */
gsize torpor_compressor_run(TorporCompressor *compressor, const void *bytes, gsize length,
                            gsize item_bytes, void *out, TorporCoding *coding);

/* The same without a compressor: only words that are zero are left out. */
gsize torpor_coding_leave_out_zeros(const void *bytes, gsize length, void *out,
                                    TorporCoding *coding);

/* Decode a block whose unpacked length is known. FALSE: these bytes are no such block. */
gboolean torpor_coding_decode(TorporCoding coding, const void *stored, gsize stored_length,
                              void *out, gsize length);

G_END_DECLS

#endif
