/* A tree is maps and lists of values: what a file will hold, or what was read from one. Payloads of
 * the first are in memory or produced in pieces; large ones of the second stay in the file.
 *
 * A tree owns its nodes. A path is the keys from the root joined by '/'; the path of the root is
 * "". Inside a key '~' is written ~0, '/' is ~1 and NUL is ~2; an empty key is ~3. Elements of a
 * list are numbered from 0. */
#ifndef TORPOR_VALUE_TREE_H
#define TORPOR_VALUE_TREE_H

#include <glib.h>

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

typedef struct _TorporTree TorporTree;
typedef struct _TorporNode TorporNode;

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
        } map; /* MAP, LIST */
    } value;
};

TorporTree *torpor_tree_new(void); /* with an empty map as its root */
void torpor_tree_free(TorporTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporTree, torpor_tree_free)
TorporNode *torpor_tree_root(TorporTree *tree);
void torpor_tree_set_root(TorporTree *tree, TorporNode *root);

/* Memory that is freed with the tree. It is aligned for any type and not zeroed. torpor_tree_alloc
 * is for a few KiB and aborts without memory; torpor_tree_try_alloc returns NULL. */
gpointer torpor_tree_alloc(TorporTree *tree, gsize size);
gpointer torpor_tree_try_alloc(TorporTree *tree, gsize size);
const char *torpor_tree_strdup(TorporTree *tree, const char *text, gsize length);

/* A node that is in no map or list yet. */
TorporNode *torpor_node_new(TorporTree *tree, TorporNodeKind kind);

/* Append `child` to `map` under `key` (NULL in a list). The key is copied; key_length -1: it ends
 * at NUL. This does not check whether the map has that key already: see torpor_map_find. */
void torpor_map_append(TorporTree *tree, TorporNode *map, const char *key, gssize key_length,
                       TorporNode *child);
TorporNode *torpor_map_find(const TorporNode *map, const char *key, gsize key_length);
/* The same for a key that ends at NUL. NULL if the map is NULL. */
TorporNode *torpor_map_get(const TorporNode *map, const char *key);

/* Create a node and append it. */
TorporNode *torpor_map_put_map(TorporTree *tree, TorporNode *map, const char *key);
/* The map under `key`, which is appended if there is none. */
TorporNode *torpor_map_ensure_map(TorporTree *tree, TorporNode *map, const char *key);
TorporNode *torpor_map_put_int(TorporTree *tree, TorporNode *map, const char *key, gint64 value);
TorporNode *torpor_map_put_uint(TorporTree *tree, TorporNode *map, const char *key, guint64 value);
TorporNode *torpor_map_put_float(TorporTree *tree, TorporNode *map, const char *key, double value);
TorporNode *torpor_map_put_text(TorporTree *tree, TorporNode *map, const char *key,
                                const char *value); /* copied */
/* Create and append an array, whose payload the caller sets; the shape is copied. With a unit it
 * becomes the mantissa of a quantity; the node returned is the array all the same. NULL, and
 * nothing appended, if the shape has more than 2^64 - 1 bytes. */
TorporNode *torpor_map_put_array(TorporTree *tree, TorporNode *map, const char *key,
                                 const TorporDtype *dtype, guint32 rank, const guint64 *shape,
                                 const TorporUnit *unit);

/* The node at a path. TORPOR_STATUS_NOT_FOUND names the first key that is missing. */
TorporNode *torpor_tree_lookup(TorporTree *tree, const char *path, GError **error);

/* The same for a path that begins at `node`. */
TorporNode *torpor_node_lookup(const TorporNode *node, const char *path, GError **error);

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
/* Make n the first dimension of the array (which has one), with values that `produce` gives.
 * FALSE if that were more than 2^64 - 1 bytes; the array is unchanged then. */
gboolean torpor_array_set_rows(TorporTree *tree, TorporArray *array, guint64 n,
                               TorporProduceFunc produce, gpointer produce_data);
/* The bytes of an array: the product of its shape and item_size. FALSE on overflow. */
gboolean torpor_shape_byte_length(guint32 rank, const guint64 *shape, guint32 item_size,
                                  guint64 *out);

G_END_DECLS

#endif
