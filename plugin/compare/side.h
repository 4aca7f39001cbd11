/* One of the two trees that are compared, and its values in words. */
#ifndef TORPOR_COMPARE_SIDE_H
#define TORPOR_COMPARE_SIDE_H

#include "base/file.h"
#include "checkpoint/layout.h"

G_BEGIN_DECLS

typedef struct {
    const TorporFile *file; /* NULL: all is in memory */
    const TorporLayout *layout;
} TorporSide;

/* A node in words: "float64 [4000] mV", "-65.2", "map". Transfer full. */
char *torpor_side_node_text(const TorporSide *side, const char *path, const TorporNode *node);

/* The piece of a text around its byte `at`. For a bytes value, its length and that byte. Transfer
 * full. */
char *torpor_side_text_around(const TorporSide *side, const TorporNode *node, guint64 at);

/* Read bytes [offset, offset + length) of a text or a bytes value. */
gboolean torpor_side_read_bytes(const TorporSide *side, const TorporNode *node, guint64 offset,
                                gsize length, char *out, GError **error);

G_END_DECLS

#endif
