#include "base/zero_words.h"

#include <string.h>

#define WORD sizeof(guint64)
/* Shorter blocks are not looked at. */
#define LEAST_BYTES ((gsize)4 << 10)
/* So many words are looked at first; of them so many must be zero. */
#define SAMPLES 64u
#define ZERO_SAMPLES 16u

/* Bytes that say which of n words are there. */
static gsize
map_bytes(gsize n)
{
    return (n + 7) / 8;
}

/* At distances that are no multiple of the length of a row: by the golden section. */
static gboolean
looks_worthwhile(const guint8 *bytes, gsize n)
{
    guint n_zero = 0;
    for (guint32 i = 0; i < SAMPLES; i++) {
        guint64 word;
        gsize at = (gsize)((guint64)(guint32)(i * 2654435769u) * n >> 32);
        memcpy(&word, bytes + at * WORD, WORD);
        n_zero += word == 0;
    }
    return n_zero >= ZERO_SAMPLES;
}

/* Without a branch for each word, since zeros may be anywhere. Returns where the next word goes;
 * the room has one word more. */
static guint8 *
take_words(const guint8 *bytes, gsize n, guint8 *map, guint8 *to)
{
    guint bits = 0;
    for (gsize i = 0; i < n; i++) {
        guint64 word;
        memcpy(&word, bytes + i * WORD, WORD);
        memcpy(to, &word, WORD);
        guint is_there = word != 0;
        to += is_there * WORD;
        bits |= is_there << i;
    }
    *map = (guint8)bits;
    return to;
}

gsize
torpor_zero_words_leave_out(const void *bytes, gsize length, void *out)
{
    const guint8 *from = bytes;
    gsize n = length / WORD;
    gsize rest = length % WORD;
    if (length < LEAST_BYTES || !looks_worthwhile(from, n))
        return 0;
    guint8 *map = out;
    guint8 *to = map + map_bytes(n);
    const guint8 *most = map + length - length / 8;
    for (gsize i = 0; i < n; i += 8) {
        to = take_words(from + i * WORD, MIN(n - i, 8), map++, to);
        if (to > most)
            return 0;
    }
    memcpy(to, from + n * WORD, rest);
    return (gsize)(to - (guint8 *)out) + rest;
}

/* Do these bits say of n words which are there, `n_there` in all? */
static gboolean
map_is_sound(const guint8 *map, gsize n, gsize n_there)
{
    gsize n_bits = 0;
    for (gsize i = 0; i < map_bytes(n); i++)
        n_bits += (gsize)__builtin_popcount(map[i]);
    return n_bits == n_there && (n % 8 == 0 || map[n / 8] >> n % 8 == 0);
}

gboolean
torpor_zero_words_put_back(const void *stored, gsize stored_length, void *out, gsize length)
{
    const guint8 *map = stored;
    gsize n = length / WORD;
    gsize rest = length % WORD;
    if (stored_length < map_bytes(n) + rest)
        return FALSE;
    gsize words_bytes = stored_length - map_bytes(n) - rest;
    if (words_bytes % WORD != 0 || !map_is_sound(map, n, words_bytes / WORD))
        return FALSE;
    const guint8 *from = map + map_bytes(n);
    guint8 *to = out;
    memset(to, 0, n * WORD);
    for (gsize i = 0; i < n; i++) {
        if ((map[i / 8] >> i % 8 & 1) == 0)
            continue;
        memcpy(to + i * WORD, from, WORD);
        from += WORD;
    }
    memcpy(to + n * WORD, from, rest);
    return TRUE;
}
