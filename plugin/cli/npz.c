#include "cli/npz.h"

#include <string.h>

#include "base/error.h"
#include "cli/npy.h"
#include "cli/zip.h"
#include "msgpack/stored.h"

#define PIECE_BYTES ((gsize)1 << 20)

typedef struct {
    const TorporOpened *opened;
    TorporLayout *layout;
    TorporZip *zip;
    const TorporSink *sink;
    TorporProgress *progress;
    GString *path;
    guint8 *piece; /* PIECE_BYTES */
} Npz;

/* ---- one member ---- */

static gboolean
begin_array(Npz *npz, const char *suffix, const char *header, guint64 byte_length, GError **error)
{
    const char *path = npz->path->len > 0 ? npz->path->str : "root";
    g_autofree char *name = g_strdup_printf("%s%s.npy", path, suffix);
    return torpor_zip_begin(npz->zip, name, TORPOR_NPY_HEADER_BYTES + byte_length, error) &&
           torpor_zip_append(npz->zip, header, TORPOR_NPY_HEADER_BYTES, error);
}

/* UTF-8 as numpy's dtype U: 4 bytes for each character. A byte that is no UTF-8 never got here. */
static gboolean
put_text(Npz *npz, const char *suffix, const char *text, gsize length, GError **error)
{
    gsize n = 0, longest = MAX(length, 1);
    if (length > G_MAXUINT32 / 4) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "a text of %" G_GSIZE_FORMAT " bytes is too long for numpy", length);
        return FALSE;
    }
    g_autofree guint32 *characters = g_try_new0(guint32, longest);
    if (characters == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a text");
        return FALSE;
    }
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at))
        characters[n++] = GUINT32_TO_LE(g_utf8_get_char(at));
    n = MAX(n, 1); /* numpy fills up with NUL, and takes it off */
    g_autofree char *descr = g_strdup_printf("<U%" G_GSIZE_FORMAT, n);
    g_autofree char *header = torpor_npy_header_of(descr, 0, NULL);
    return begin_array(npz, suffix, header, n * sizeof *characters, error) &&
           torpor_zip_append(npz->zip, characters, n * sizeof *characters, error) &&
           torpor_zip_end(npz->zip, error);
}

static gboolean
put_bytes(Npz *npz, const TorporNode *node, GError **error)
{
    guint64 length = node->value.bytes.length;
    g_autofree char *bytes = torpor_bytes_read(npz->opened->file, node, error);
    if (bytes == NULL)
        return FALSE;
    if (node->kind == TORPOR_NODE_TEXT)
        return put_text(npz, "", bytes, (gsize)length, error);
    g_autofree char *header = torpor_npy_header_of("|u1", 1, &length);
    return begin_array(npz, "", header, length, error) &&
           torpor_zip_append(npz->zip, bytes, (gsize)length, error) &&
           torpor_zip_end(npz->zip, error);
}

static gboolean
put_nil(Npz *npz, GError **error)
{
    g_autofree char *header = torpor_npy_header_of("<f8", 1, &(guint64){0});
    return begin_array(npz, "", header, 0, error) && torpor_zip_end(npz->zip, error);
}

static gboolean
put_elements(Npz *npz, const char *header, const TorporNumbers *numbers, GError **error)
{
    guint32 size = numbers->dtype->size;
    if (!begin_array(npz, "", header, numbers->count * size, error))
        return FALSE;
    for (guint64 first = 0; first < numbers->count;) {
        gsize n = (gsize)MIN(numbers->count - first, PIECE_BYTES / size);
        if (!torpor_numbers_read(numbers, first, n, npz->piece, error) ||
            !torpor_zip_append(npz->zip, npz->piece, n * size, error))
            return FALSE;
        torpor_progress_update(npz->progress, npz->sink->place, 0);
        first += n;
    }
    return torpor_zip_end(npz->zip, error);
}

static gboolean
put_numbers(Npz *npz, TorporNumbers *numbers, GError **error)
{
    if (numbers->dtype->id == TORPOR_DTYPE_BFLOAT16) {
        numbers->converts = TRUE; /* times one */
        numbers->dtype = torpor_dtype_by_id(TORPOR_DTYPE_FLOAT32);
    }
    g_autofree char *header = torpor_npy_header(numbers, NULL);
    if (header != NULL)
        return put_elements(npz, header, numbers, error);
    g_autofree char *descr = g_strdup_printf("|V%u", numbers->dtype->size);
    g_autofree char *opaque = torpor_npy_header_of(descr, numbers->rank, numbers->shape);
    const char *name = numbers->array.dtype_name;
    return put_elements(npz, opaque, numbers, error) &&
           put_text(npz, ".dtype", name, strlen(name), error);
}

/* ---- the walk ---- */

static gboolean put_node(Npz *npz, const TorporNode *node, GError **error);

static gboolean
put_entries(Npz *npz, const TorporNode *node, GError **error)
{
    gsize parent = npz->path->len;
    guint64 number = 0;
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        torpor_path_append_child(npz->path, child, number++);
        if (!put_node(npz, child, error))
            return FALSE;
        g_string_truncate(npz->path, parent);
    }
    return TRUE;
}

static gboolean
put_node(Npz *npz, const TorporNode *node, GError **error)
{
    TorporNumbers numbers;
    switch (node->kind) {
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return put_entries(npz, node, error);
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return put_bytes(npz, node, error);
    case TORPOR_NODE_NIL:
        return put_nil(npz, error);
    default:
        torpor_numbers_init(&numbers, npz->opened->file, npz->layout, npz->path->str, node);
        if (!put_numbers(npz, &numbers, error))
            return FALSE;
    }
    if (numbers.unit == NULL)
        return TRUE;
    g_autofree char *unit = torpor_unit_to_text(numbers.unit);
    return put_text(npz, ".unit", unit, strlen(unit), error);
}

gboolean
torpor_npz_write(const TorporOpened *opened, TorporSink *sink, TorporProgress *progress,
                 GError **error)
{
    g_autoptr(TorporLayout) layout = torpor_layout_new(opened->tree);
    g_autoptr(TorporZip) zip = torpor_zip_new(sink);
    g_autoptr(GString) path = g_string_new(NULL);
    g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
    Npz npz = {opened, layout, zip, sink, progress, path, piece};
    GError *reason = NULL;
    if (put_node(&npz, torpor_tree_root(opened->tree), &reason))
        return torpor_zip_finish(zip, error);
    if (path->len > 0)
        g_prefix_error(&reason, "\"%s\": ", path->str);
    g_propagate_error(error, reason);
    return FALSE;
}
