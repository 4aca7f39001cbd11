/* A leaf without a gap is hashed while it is encoded. One with gaps keeps its hash open: what
 * follows a gap waits until the gap is filled, and so does a stretch that comes before the one in
 * front of it. Threads take stretches in order, so little waits at a time. */
#include "save/digest.h"

#include "base/xxh3.h"
#include "save/capture_write.h"

/* Values are produced in pieces of so many bytes. */
#define PIECE_BYTES ((guint64)1 << 20)
/* While so much waits for an earlier stretch, threads that are ahead give way for a moment. */
#define WAITING_BYTES ((guint64)64 << 20)
#define MOMENT_US (G_USEC_PER_SEC / 20)

/* A leaf with gaps. */
typedef struct {
    guint number; /* of its digest */
    guint64 begin;
    guint64 end;  /* G_MAXUINT64: not known yet */
    guint64 next; /* all bytes before this place were hashed */
    XXH3_state_t *state;
    GHashTable *waiting; /* place -> GBytes */
} OpenLeaf;

struct _TorporDigester {
    TorporSink sink; /* first, so that a sink is its digester */
    GArray *digests; /* TorporDigest */
    gboolean in_leaf;
    XXH3_state_t *state; /* of the leaf that is being encoded, if it has no gap */
    guint64 leaf_begin;
    OpenLeaf *current; /* the same leaf, if it has gaps (not owned) */
    GPtrArray *open;   /* OpenLeaf, ascending */
    GMutex lock;       /* of all that follows, and of the hashes of open leaves */
    GCond moved;       /* bytes that waited were hashed */
    guint64 waiting_bytes;
};

static void
open_leaf_free(gpointer data)
{
    OpenLeaf *leaf = data;
    XXH3_freeState(leaf->state);
    g_hash_table_unref(leaf->waiting);
    g_free(leaf);
}

static void
digest_clear(gpointer data)
{
    TorporDigest *digest = data;
    g_free(digest->path);
}

/* ---- leaves with gaps ---- */

static void
hash(TorporDigester *digester, OpenLeaf *leaf, const void *bytes, gsize length)
{
    torpor_xxh3_update(leaf->state, bytes, length);
    leaf->next += length;
    if (leaf->next == leaf->end)
        g_array_index(digester->digests, TorporDigest, leaf->number).xxh3 =
            XXH3_64bits_digest(leaf->state);
}

static void
let_wait(TorporDigester *digester, OpenLeaf *leaf, guint64 place, const void *bytes, gsize length)
{
    g_hash_table_insert(leaf->waiting, g_memdup2(&place, sizeof place), g_bytes_new(bytes, length));
    digester->waiting_bytes += length;
}

/* Hash what has waited for the bytes before it. */
static void
hash_waiting(TorporDigester *digester, OpenLeaf *leaf)
{
    for (GBytes *bytes; (bytes = g_hash_table_lookup(leaf->waiting, &leaf->next)) != NULL;) {
        guint64 place = leaf->next;
        gsize length = g_bytes_get_size(bytes);
        hash(digester, leaf, g_bytes_get_data(bytes, NULL), length);
        g_hash_table_remove(leaf->waiting, &place);
        digester->waiting_bytes -= length;
    }
    g_cond_broadcast(&digester->moved);
}

static OpenLeaf *
leaf_at(const TorporDigester *digester, guint64 place)
{
    guint first = 0;
    for (guint end = digester->open->len; end - first > 1;) {
        guint middle = first + (end - first) / 2;
        const OpenLeaf *leaf = g_ptr_array_index(digester->open, middle);
        if (leaf->begin <= place)
            first = middle;
        else
            end = middle;
    }
    return g_ptr_array_index(digester->open, first);
}

static gboolean
digester_fill(TorporSink *sink, guint64 place, const void *bytes, gsize length,
              G_GNUC_UNUSED GError **error)
{
    TorporDigester *digester = (TorporDigester *)sink;
    OpenLeaf *leaf = leaf_at(digester, place);
    gint64 until = g_get_monotonic_time() + MOMENT_US;
    g_mutex_lock(&digester->lock);
    /* Only for a moment: the thread that is behind may have failed. */
    while (leaf->next != place && digester->waiting_bytes >= WAITING_BYTES &&
           g_cond_wait_until(&digester->moved, &digester->lock, until))
        ;
    if (leaf->next == place) {
        hash(digester, leaf, bytes, length);
        hash_waiting(digester, leaf);
    } else {
        let_wait(digester, leaf, place, bytes, length);
    }
    g_mutex_unlock(&digester->lock);
    return TRUE;
}

/* ---- in the order of the tree ---- */

static void
digester_begin_leaf(TorporSink *sink, const char *path)
{
    TorporDigester *digester = (TorporDigester *)sink;
    TorporDigest digest = {.path = g_strdup(path)};
    g_array_append_val(digester->digests, digest);
    digester->in_leaf = TRUE;
    digester->leaf_begin = sink->place;
    XXH3_64bits_reset(digester->state);
}

static void
digester_end_leaf(TorporSink *sink)
{
    TorporDigester *digester = (TorporDigester *)sink;
    OpenLeaf *leaf = g_steal_pointer(&digester->current);
    digester->in_leaf = FALSE;
    if (leaf != NULL)
        leaf->end = sink->place;
    else
        g_array_index(digester->digests, TorporDigest, digester->digests->len - 1).xxh3 =
            XXH3_64bits_digest(digester->state);
}

static gboolean
digester_append_payload(TorporSink *sink, const void *bytes, guint64 length,
                        G_GNUC_UNUSED GError **error)
{
    TorporDigester *digester = (TorporDigester *)sink;
    if (digester->current != NULL && length > 0)
        let_wait(digester, digester->current, sink->place, bytes, length);
    else if (digester->in_leaf)
        torpor_xxh3_update(digester->state, bytes, length);
    sink->place += length;
    return TRUE;
}

static gboolean
digester_append(TorporSink *sink, const void *bytes, gsize length, GError **error)
{
    return digester_append_payload(sink, bytes, length, error);
}

static gboolean
digester_append_produced(TorporSink *sink, const TorporArray *array, GError **error)
{
    guint64 row = MAX(array->row_bytes, 1);
    guint64 at_once = MIN(MAX(PIECE_BYTES / row, 1) * row, array->byte_length);
    g_autofree guint8 *piece = g_try_malloc(MAX(at_once, 1));
    if (piece == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory to hash a row of %" G_GUINT64_FORMAT " bytes", at_once);
        return FALSE;
    }
    for (guint64 offset = 0, length; offset < array->byte_length; offset += length) {
        length = MIN(at_once, array->byte_length - offset);
        if (!array->produce(array->produce_data, offset, length, piece, error) ||
            !digester_append_payload(sink, piece, length, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
digester_boundary(G_GNUC_UNUSED TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    return TRUE;
}

static gboolean
digester_append_gap(TorporSink *sink, guint64 length, G_GNUC_UNUSED GError **error)
{
    TorporDigester *digester = (TorporDigester *)sink;
    if (digester->current == NULL) {
        OpenLeaf *leaf = g_new0(OpenLeaf, 1);
        leaf->number = digester->digests->len - 1;
        leaf->begin = digester->leaf_begin;
        leaf->end = G_MAXUINT64;
        leaf->next = sink->place;
        leaf->state = digester->state;
        leaf->waiting = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                              (GDestroyNotify)g_bytes_unref);
        digester->state = XXH3_createState();
        digester->current = leaf;
        g_ptr_array_add(digester->open, leaf);
    }
    sink->place += length;
    return TRUE;
}

static gboolean
digester_restart(TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    TorporDigester *digester = (TorporDigester *)sink;
    sink->place = 0;
    g_array_set_size(digester->digests, 0);
    g_ptr_array_set_size(digester->open, 0);
    digester->current = NULL;
    digester->waiting_bytes = 0;
    return TRUE;
}

static const TorporSinkClass digester_class = {
    .append = digester_append,
    .append_payload = digester_append_payload,
    .append_produced = digester_append_produced,
    .boundary = digester_boundary,
    .append_gap = digester_append_gap,
    .fill = digester_fill,
    .restart = digester_restart,
    .begin_leaf = digester_begin_leaf,
    .end_leaf = digester_end_leaf,
};

/* ---- public ---- */

TorporDigester *
torpor_digester_new(void)
{
    TorporDigester *digester = g_new0(TorporDigester, 1);
    digester->sink.klass = &digester_class;
    digester->digests = g_array_new(FALSE, FALSE, sizeof(TorporDigest));
    digester->state = XXH3_createState();
    digester->open = g_ptr_array_new_with_free_func(open_leaf_free);
    g_array_set_clear_func(digester->digests, digest_clear);
    g_mutex_init(&digester->lock);
    g_cond_init(&digester->moved);
    return digester;
}

void
torpor_digester_free(TorporDigester *digester)
{
    if (digester == NULL)
        return;
    g_array_unref(digester->digests);
    g_ptr_array_unref(digester->open);
    XXH3_freeState(digester->state);
    g_mutex_clear(&digester->lock);
    g_cond_clear(&digester->moved);
    g_free(digester);
}

TorporSink *
torpor_digester_sink(TorporDigester *digester)
{
    return &digester->sink;
}

GArray *
torpor_digester_finish(TorporDigester *digester, GError **error)
{
    for (guint i = 0; i < digester->open->len; i++) {
        const OpenLeaf *leaf = g_ptr_array_index(digester->open, i);
        if (leaf->next == leaf->end)
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: its bytes were not all gathered",
                    g_array_index(digester->digests, TorporDigest, leaf->number).path);
        return NULL;
    }
    return g_array_ref(digester->digests);
}

GArray *
torpor_digest_capture(TorporCapture *capture, guint64 *bytes, GError **error)
{
    g_autoptr(TorporPlaces) places = torpor_places_new();
    g_autoptr(TorporDigester) digester = torpor_digester_new();
    if (!torpor_capture_write(capture, &digester->sink, places, error))
        return NULL;
    if (bytes != NULL)
        *bytes = digester->sink.place;
    return torpor_digester_finish(digester, error);
}
