/* Hashes of names that come out of files. They differ from process to process, so that nobody can
 * make a file whose names collide and keep a table busy for hours. */
#ifndef TORPOR_BASE_TEXT_HASH_H
#define TORPOR_BASE_TEXT_HASH_H

#include <glib.h>

G_BEGIN_DECLS

guint64 torpor_bytes_hash(const void *bytes, gsize length);

/* Of a text that ends with NUL: for a GHashTable, beside g_str_equal. */
guint torpor_text_hash(gconstpointer text);

G_END_DECLS

#endif
