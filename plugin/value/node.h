/* A node of a tree is a map, a list or another value. Payloads of what a file will hold are in
 * memory or produced in pieces; large ones of what was read from a file stay there.
 *
 * A path is the keys from the root joined by '/'; the path of the root is "". Inside a key '~' is
 * written ~0, '/' is ~1 and NUL is ~2; an empty key is ~3. Items of a list are numbered from 0. */
#ifndef TORPOR_VALUE_NODE_H
#define TORPOR_VALUE_NODE_H

#include <glib.h>
#include <string.h>

#include "value/dtype.h"
#include "value/unit.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_NODE_NIL,
    TORPOR_NODE_BOOL,
    TORPOR_NODE_INT,
    TORPOR_NODE_UINT, /* above INT64_MAX only */
    TORPOR_NODE_FLOAT,
    TORPOR_NODE_COMPLEX,
    TORPOR_NODE_TEXT,
    TORPOR_NODE_BYTES,
    TORPOR_NODE_ARRAY,  /* ext 1 */
    TORPOR_NODE_SCALAR, /* ext 3: numpy scalar, rank 0 */
    TORPOR_NODE_QUANTITY,
    TORPOR_NODE_MAP,
    TORPOR_NODE_LIST, /* a msgpack array; written as a map numbered from "0" unless asked */
    TORPOR_NODE_EXT,  /* unknown extension: kept as it is */
} TorporNodeKind;

typedef struct _TorporNode TorporNode;
typedef struct _TorporKeyTable TorporKeyTable;

/* Fill `out` with bytes [offset, offset + length) of an array in C order: whole rows, if row_bytes
 * is set. Called in order of offset, by one thread at a time, unless whoever set it allows more. */
typedef gboolean (*TorporProduceFunc)(gpointer produce_data, guint64 offset, gsize length,
                                      void *out, GError **error);

/* One contiguous stretch of an array's bytes in a file; a chunked array has several. */
typedef struct {
    guint64 place;
    guint64 length;
} TorporExtent;

typedef struct {
    const TorporDtype *dtype;
    const char *dtype_name; /* as in the file: dtype->name, or longer: "datetime64[ns]" */
    guint32 rank;
    const guint64 *shape;
    guint64 byte_length;
    /* Where the bytes are: `data`, `produce` or `extents`, the first of them that is set. */
    const void *data;
    TorporProduceFunc produce;
    gpointer produce_data;
    guint64 row_bytes; /* `produce` is asked for multiples of it; 0: for any number of bytes */
    guint32 n_extents; /* in the file */
    const TorporExtent *extents;
} TorporArray;

struct _TorporNode {
    TorporNodeKind kind;
    guint32 key_length;
    const char
        *key; /* in the parent map; UTF-8, NUL-terminated too; NULL at the root and in lists */
    TorporNode *next;
    guint64 place; /* of its first byte in the file; 0 when being written */
    union {
        gboolean boolean;
        gint64 integer;
        guint64 unsigned_integer;
        double real;
        double complex[2];
        struct {
            const char *data; /* NULL if it stayed in the file */
            guint64 length;
            guint64 place;
            gint8 ext_type;
        } bytes; /* TEXT, BYTES, EXT */
        TorporArray *array;
        struct {
            const TorporUnit *unit; /* one without a symbol is written without the key `unit` */
            TorporNode *mantissa;
        } quantity;
        struct {
            TorporNode *first;
            TorporNode *last;
            guint64 count;
            /* Once torpor_map_index was called. Copies of the map share it: append nothing to them.
             */
            TorporKeyTable *keys;
        } map; /* MAP, LIST */
    } value;
};

static inline gboolean
torpor_node_has_key(const TorporNode *entry, const char *key, gsize key_length)
{
    return entry->key_length == key_length && memcmp(entry->key, key, key_length) == 0;
}

/* The text of a node, if it is in memory and has no NUL; else NULL. */
const char *torpor_node_word(const TorporNode *node);

/* Append a key to a path: "/key", or "key" if the path is empty. The key is escaped. */
void torpor_path_append(GString *path, const char *key, gsize key_length);
/* The same for a child of a map or a list; number: which one it is. Those of lists have no key. */
void torpor_path_append_child(GString *path, const TorporNode *child, guint64 number);

/* The number as the key of a map or a list, "0", "1", ...: a text in `digits`. (Printing it takes
 * longer than all else that is done for a small value.) */
#define TORPOR_NUMBER_BYTES 24
const char *torpor_number_key(guint64 number, char digits[TORPOR_NUMBER_BYTES]);

/* "map", "array", ... for messages. */
const char *torpor_node_kind_name(TorporNodeKind kind);

/* The bytes of an array: the product of its shape and item_size. FALSE on overflow. */
gboolean torpor_shape_byte_length(guint32 rank, const guint64 *shape, guint32 item_size,
                                  guint64 *out);

G_END_DECLS

#endif
