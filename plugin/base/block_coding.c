#include "base/block_coding.h"

#include <string.h>
#include <zstd.h>

#include "base/zero_words.h"

enum { METHOD_PLAIN, METHOD_ZSTD, METHOD_ZERO_WORDS };

/* Whether shuffling helps is tried on so many bytes. */
#define SAMPLE_BYTES ((gsize)64 << 10)

struct _TorporCompressor {
    ZSTD_CCtx *context;
    gint level;
    guint8 *shuffled; /* room for a block, from its first use on */
};

static guint
method_of(TorporCoding coding)
{
    return (guint)(coding & 0xff);
}

static gsize
shuffled_bytes_of(TorporCoding coding)
{
    return (gsize)(coding >> 8 & 0xff);
}

gboolean
torpor_coding_is_known(TorporCoding coding)
{
    gsize item_bytes = shuffled_bytes_of(coding);
    return (coding >> 16 == 0 && method_of(coding) == METHOD_ZSTD && item_bytes <= 16) ||
           coding == TORPOR_CODING_PLAIN || coding == METHOD_ZERO_WORDS;
}

/* ---- shuffle: what does not fill an element stays at the end ---- */

static void
shuffle(const guint8 *from, gsize length, gsize item_bytes, guint8 *to)
{
    gsize n = length / item_bytes;
    for (gsize byte = 0; byte < item_bytes; byte++)
        for (gsize i = 0; i < n; i++)
            to[byte * n + i] = from[i * item_bytes + byte];
    memcpy(to + n * item_bytes, from + n * item_bytes, length - n * item_bytes);
}

static void
unshuffle(const guint8 *from, gsize length, gsize item_bytes, guint8 *to)
{
    gsize n = length / item_bytes;
    for (gsize byte = 0; byte < item_bytes; byte++)
        for (gsize i = 0; i < n; i++)
            to[i * item_bytes + byte] = from[byte * n + i];
    memcpy(to + n * item_bytes, from + n * item_bytes, length - n * item_bytes);
}

/* ---- compress ---- */

TorporCompressor *
torpor_compressor_new(gint level)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL)
        return NULL;
    TorporCompressor *compressor = g_new0(TorporCompressor, 1);
    compressor->context = context;
    compressor->level = level;
    return compressor;
}

void
torpor_compressor_free(TorporCompressor *compressor)
{
    if (compressor == NULL)
        return;
    (void)ZSTD_freeCCtx(compressor->context);
    g_free(compressor->shuffled);
    g_free(compressor);
}

/* 0: it does not fit into `room` bytes. */
static gsize
compress(TorporCompressor *compressor, const void *bytes, gsize length, void *out, gsize room)
{
    gsize n = ZSTD_compressCCtx(compressor->context, out, room, bytes, length, compressor->level);
    return ZSTD_isError(n) ? 0 : n;
}

static gboolean
shuffling_helps(TorporCompressor *compressor, const guint8 *bytes, gsize length, gsize item_bytes,
                guint8 *out)
{
    gsize sample = MIN(length, SAMPLE_BYTES);
    if (item_bytes < 2 || item_bytes > 16)
        return FALSE;
    if (compressor->shuffled == NULL)
        compressor->shuffled = g_try_malloc(TORPOR_MAX_BLOCK_BYTES);
    if (compressor->shuffled == NULL)
        return FALSE;
    gsize plain = compress(compressor, bytes, sample, out, length);
    shuffle(bytes, sample, item_bytes, compressor->shuffled);
    gsize shuffled = compress(compressor, compressor->shuffled, sample, out, length);
    return shuffled > 0 && (plain == 0 || shuffled < plain);
}

gsize
torpor_compressor_run(TorporCompressor *compressor, const void *bytes, gsize length,
                      gsize item_bytes, void *out, TorporCoding *coding)
{
    g_return_val_if_fail(length <= TORPOR_MAX_BLOCK_BYTES, 0);
    const guint8 *from = bytes;
    *coding = METHOD_ZSTD;
    if (shuffling_helps(compressor, bytes, length, item_bytes, out)) {
        shuffle(bytes, length, item_bytes, compressor->shuffled);
        from = compressor->shuffled;
        *coding |= item_bytes << 8;
    }
    gsize n = compress(compressor, from, length, out, length - length / 32);
    if (n == 0)
        *coding = TORPOR_CODING_PLAIN;
    return n;
}

gsize
torpor_coding_leave_out_zeros(const void *bytes, gsize length, void *out, TorporCoding *coding)
{
    gsize n = torpor_zero_words_leave_out(bytes, length, out);
    *coding = n == 0 ? TORPOR_CODING_PLAIN : METHOD_ZERO_WORDS;
    return n;
}

/* ---- decode ---- */

/* zstd writes no more than `length` bytes, whatever the block says of its size. */
gboolean
torpor_coding_decode(TorporCoding coding, const void *stored, gsize stored_length, void *out,
                     gsize length)
{
    gsize item_bytes = shuffled_bytes_of(coding);
    if (method_of(coding) == METHOD_PLAIN) {
        if (stored_length == length)
            memcpy(out, stored, length);
        return stored_length == length;
    }
    if (method_of(coding) == METHOD_ZERO_WORDS)
        return torpor_zero_words_put_back(stored, stored_length, out, length);
    g_autofree guint8 *shuffled = item_bytes < 2 ? NULL : g_try_malloc(length);
    if (item_bytes >= 2 && shuffled == NULL)
        return FALSE;
    gsize n = ZSTD_decompress(shuffled == NULL ? out : shuffled, length, stored, stored_length);
    if (ZSTD_isError(n) || n != length)
        return FALSE;
    if (shuffled != NULL)
        unshuffle(shuffled, length, item_bytes, out);
    return TRUE;
}
