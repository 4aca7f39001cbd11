/* A block of which many words (eight bytes) are zero, without these: first a bit for each word, the
 * lowest bit of the first byte for the first one; then the words that are not zero; then the bytes
 * after the last whole word. Buffers of neurons are such blocks. It takes less time than writing
 * the zeros would. */
#ifndef TORPOR_BASE_ZERO_WORDS_H
#define TORPOR_BASE_ZERO_WORDS_H

#include <glib.h>

G_BEGIN_DECLS

/* Leave them out: to `out`, room of `length` bytes. Returns the number of bytes; 0: it would hardly
 * get smaller. */
gsize torpor_zero_words_leave_out(const void *bytes, gsize length, void *out);

/* Fill `out`, of `length` bytes. FALSE: this is no such block of that length. */
gboolean torpor_zero_words_put_back(const void *stored, gsize stored_length, void *out,
                                    gsize length);

G_END_DECLS

#endif
