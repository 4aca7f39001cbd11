#include "save/ragged.h"

#include <string.h>

#include "host/row_walk.h"
#include "save/column_array.h"

/* Objects whose lengths are asked for at once. */
#define LENGTHS_AT_ONCE 4096u
/* Objects of equal lengths whose values are. */
#define OBJECTS_AT_ONCE 256u
/* So many objects stay in a cache while one field after the other is measured. */
#define MEASURED_AT_ONCE ((guint64)1024)
/* With fewer for each thread, another one would cost more than it saves. */
#define OBJECTS_PER_THREAD ((guint64)4096)
/* Longer values of an object are asked for one after the other. */
#define ROW_BYTES ((guint64)64 << 10)

struct _TorporRagged {
    const TorporLiveField *live_field; /* (not owned) */
    guint64 next_object;               /* the first that was not gathered yet */
    gpointer object;                   /* values of an object that was asked for in part only */
    guint64 object_length;             /* their bytes */
    guint64 object_taken;              /* those that were asked for */
    guint64 lengths_first;             /* objects whose lengths are known */
    guint64 n_lengths;
    guint64 *lengths;
    guint64 row_length; /* of each object, where rows can be asked for; 0: they cannot */
    guint64 total;      /* of all lengths */
    guint64 first_length;
    gboolean are_equal; /* all lengths, to the first one */
};

void
torpor_ragged_free(TorporRagged *ragged)
{
    if (ragged == NULL)
        return;
    g_free(ragged->object);
    g_free(ragged->lengths);
    g_free(ragged);
}

/* Read the lengths of `object` and of some after it, if they are not known. */
static gboolean
know_lengths(TorporRagged *ragged, guint64 object, GError **error)
{
    const TorporLiveField *live_field = ragged->live_field;
    guint64 count = live_field->population->count;
    if (ragged->n_lengths > 0 && object >= ragged->lengths_first &&
        object < ragged->lengths_first + ragged->n_lengths)
        return TRUE;
    if (object >= count) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST,
                    "%s: the host gave other lengths than a moment before", live_field->path);
        return FALSE;
    }
    if (ragged->lengths == NULL)
        ragged->lengths = g_new(guint64, LENGTHS_AT_ONCE);
    ragged->lengths_first = object;
    ragged->n_lengths = 0;
    guint64 n = MIN(count - object, LENGTHS_AT_ONCE);
    if (!torpor_live_field_lengths(live_field, object, n, ragged->lengths, error))
        return FALSE;
    ragged->n_lengths = n;
    return TRUE;
}

static gboolean
produce_counts(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporRagged *ragged = produce_data;
    char *to = out;
    while (length > 0) {
        guint64 object = offset / sizeof(guint64);
        if (!know_lengths(ragged, object, error))
            return FALSE;
        guint64 within = offset - ragged->lengths_first * sizeof(guint64);
        guint64 taken = MIN(ragged->n_lengths * sizeof(guint64) - within, length);
        memcpy(to, (char *)ragged->lengths + within, taken);
        to += taken;
        offset += taken;
        length -= taken;
    }
    return TRUE;
}

/* The number of objects from next_object on whose values fit into `room`, as far as lengths are
 * known. */
static guint64
count_fitting(const TorporRagged *ragged, guint64 room, guint64 *bytes)
{
    guint64 end = ragged->lengths_first + ragged->n_lengths;
    guint64 n = 0;
    for (*bytes = 0; ragged->next_object + n < end; n++) {
        guint64 length = ragged->lengths[ragged->next_object + n - ragged->lengths_first];
        if (length > (room - *bytes) / ragged->live_field->row_bytes)
            break;
        *bytes += length * ragged->live_field->row_bytes;
    }
    return n;
}

/* Gather n objects from `first` on, `bytes` in all, at once. */
static gboolean
gather_objects(const TorporLiveField *live_field, guint64 first, guint64 n, const guint64 *lengths,
               guint64 bytes, char *out, GError **error)
{
    gboolean is_aligned = (gsize)out % TORPOR_COLUMN_ALIGNMENT == 0;
    g_autofree char *bounce = NULL;
    if (!is_aligned) {
        bounce = torpor_column_memory(live_field, bytes, error);
        if (bounce == NULL)
            return FALSE;
    }
    char *to = is_aligned ? out : bounce;
    if (!torpor_live_field_gather_ragged(live_field, first, n, lengths, to, error))
        return FALSE;
    if (!is_aligned)
        memcpy(out, bounce, bytes);
    return TRUE;
}

/* Gather an object whose values are asked for in parts. */
static gboolean
begin_object(TorporRagged *ragged, GError **error)
{
    const guint64 *length = ragged->lengths + (ragged->next_object - ragged->lengths_first);
    guint64 bytes;
    if (!g_uint64_checked_mul(&bytes, *length, ragged->live_field->row_bytes))
        bytes = G_MAXUINT64;
    g_clear_pointer(&ragged->object, g_free);
    ragged->object = torpor_column_memory(ragged->live_field, bytes, error);
    if (ragged->object == NULL ||
        !torpor_live_field_gather_ragged(ragged->live_field, ragged->next_object, 1, length,
                                         ragged->object, error))
        return FALSE;
    ragged->object_length = bytes;
    ragged->object_taken = 0;
    ragged->next_object++;
    return TRUE;
}

/* Gather n objects, `bytes` in all, at once. */
static gboolean
take_objects(TorporRagged *ragged, guint64 n, guint64 bytes, char *out, GError **error)
{
    const guint64 *lengths = ragged->lengths + (ragged->next_object - ragged->lengths_first);
    if (!gather_objects(ragged->live_field, ragged->next_object, n, lengths, bytes, out, error))
        return FALSE;
    ragged->next_object += n;
    return TRUE;
}

static gboolean
produce_ragged(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporRagged *ragged = produce_data;
    char *to = out;
    if (offset == 0) {
        ragged->next_object = 0;
        ragged->object_taken = ragged->object_length = 0;
    }
    while (length > 0) {
        guint64 taken = MIN(ragged->object_length - ragged->object_taken, length);
        if (taken > 0) {
            memcpy(to, (char *)ragged->object + ragged->object_taken, taken);
            ragged->object_taken += taken;
        } else {
            if (!know_lengths(ragged, ragged->next_object, error))
                return FALSE;
            guint64 n = count_fitting(ragged, length, &taken);
            if (n == 0 ? !begin_object(ragged, error) : !take_objects(ragged, n, taken, to, error))
                return FALSE;
        }
        to += taken;
        length -= taken;
    }
    return TRUE;
}

/* If all lengths are equal: any rows, in any thread. */
static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const TorporRagged *ragged = produce_data;
    guint64 row_bytes = ragged->row_length * ragged->live_field->row_bytes;
    guint64 first = offset / row_bytes;
    guint64 lengths[OBJECTS_AT_ONCE];
    for (guint i = 0; i < OBJECTS_AT_ONCE; i++)
        lengths[i] = ragged->row_length;
    char *to = out;
    for (guint64 left = length / row_bytes, n; left > 0; left -= n) {
        n = MIN(left, OBJECTS_AT_ONCE);
        if (!gather_objects(ragged->live_field, first, n, lengths, n * row_bytes, to, error))
            return FALSE;
        first += n;
        to += n * row_bytes;
    }
    return TRUE;
}

/* ---- measuring ---- */

/* For all ragged fields of a population. */
typedef struct {
    const GPtrArray *all; /* TorporRagged */
    GMutex lock;          /* of their sums */
} Measuring;

/* Returns FALSE if the sum is beyond the address space. */
static gboolean
add_lengths(TorporRagged *ragged, const guint64 *lengths, guint64 n)
{
    guint64 total = 0;
    gboolean are_equal = TRUE;
    for (guint64 i = 0; i < n; i++) {
        are_equal = are_equal && lengths[i] == ragged->first_length;
        if (!g_uint64_checked_add(&total, total, lengths[i]))
            return FALSE;
    }
    ragged->are_equal = ragged->are_equal && are_equal;
    return g_uint64_checked_add(&ragged->total, ragged->total, total);
}

static gboolean
measure_objects(gpointer data, guint64 first, guint64 n, char *room, GError **error)
{
    Measuring *measuring = data;
    guint64 *lengths = (gpointer)room;
    for (guint i = 0; i < measuring->all->len; i++) {
        TorporRagged *ragged = measuring->all->pdata[i];
        if (!torpor_live_field_lengths(ragged->live_field, first, n, lengths, error))
            return FALSE;
        g_mutex_lock(&measuring->lock);
        gboolean fits = add_lengths(ragged, lengths, n);
        g_mutex_unlock(&measuring->lock);
        if (!fits) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                        "%s: its lengths are beyond the address space", ragged->live_field->path);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
begin_measuring(const GPtrArray *all, gboolean *is_shareable, GError **error)
{
    *is_shareable = TRUE;
    for (guint i = 0; i < all->len; i++) {
        TorporRagged *ragged = all->pdata[i];
        *is_shareable = *is_shareable && torpor_live_field_is_shareable(ragged->live_field);
        ragged->are_equal = TRUE;
        ragged->total = 0;
        if (!torpor_live_field_lengths(ragged->live_field, 0, 1, &ragged->first_length, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_ragged_measure(const GPtrArray *all, GError **error)
{
    if (all->len == 0)
        return TRUE;
    const TorporLiveField *first = ((const TorporRagged *)all->pdata[0])->live_field;
    Measuring measuring = {.all = all};
    const TorporRowWalk walk = {.n_rows = first->population->count,
                                .at_once = MEASURED_AT_ONCE,
                                .room_bytes = MEASURED_AT_ONCE * sizeof(guint64),
                                .visit = measure_objects,
                                .visit_data = &measuring};
    gboolean is_shareable;
    if (walk.n_rows == 0)
        return TRUE;
    if (!begin_measuring(all, &is_shareable, error))
        return FALSE;
    g_mutex_init(&measuring.lock);
    guint64 n_threads = is_shareable ? walk.n_rows / OBJECTS_PER_THREAD : 1;
    gboolean is_measured = torpor_row_walk_run(&walk, first->host, MAX(n_threads, 1), error);
    g_mutex_clear(&measuring.lock);
    return is_measured;
}

void
torpor_ragged_know(TorporRagged *ragged, guint64 length)
{
    ragged->are_equal = TRUE;
    ragged->first_length = length;
    ragged->total = length * ragged->live_field->population->count;
}

/* ---- putting ---- */

/* Can rows be asked for? */
static gboolean
has_rows(const TorporRagged *ragged)
{
    const TorporLiveField *live_field = ragged->live_field;
    return ragged->are_equal && live_field->population->count > 1 && ragged->total > 0 &&
           live_field->row_bytes > 0 && ragged->first_length <= ROW_BYTES / live_field->row_bytes;
}

guint64
torpor_ragged_gathered_bytes(const TorporRagged *ragged)
{
    return has_rows(ragged) && torpor_live_field_is_shareable(ragged->live_field)
               ? ragged->total * ragged->live_field->row_bytes
               : 0;
}

static void
put_rows(TorporRagged *ragged, TorporArray *values, gboolean is_stored, TorporGather *gather)
{
    ragged->row_length = ragged->first_length;
    values->produce = produce_rows;
    values->row_bytes = ragged->row_length * ragged->live_field->row_bytes;
    if (!torpor_live_field_is_shareable(ragged->live_field))
        return;
    if (is_stored)
        torpor_gather_leave_out(gather, values);
    else
        torpor_gather_add(gather, values);
}

static void
put_counts(TorporRagged *ragged, TorporTree *tree, TorporNode *map)
{
    guint64 count = ragged->live_field->population->count;
    gboolean is_constant = ragged->are_equal && count > 1;
    guint64 n = is_constant ? 1 : count;
    TorporArray *counts = torpor_map_put_array(tree, map, "counts",
                                               torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1, &n, NULL)
                              ->value.array;
    counts->data = is_constant ? &ragged->first_length : n == 0 ? (const void *)"" : NULL;
    counts->produce = produce_counts;
    counts->produce_data = ragged;
}

TorporRagged *
torpor_ragged_new(const TorporLiveField *live_field)
{
    TorporRagged *ragged = g_new0(TorporRagged, 1);
    ragged->live_field = live_field;
    return ragged;
}

gboolean
torpor_ragged_put(TorporRagged *ragged, TorporTree *tree, TorporNode *parent, const char *key,
                  TorporGather *gather, TorporGaps *gaps, GArray *stored, GError **error)
{
    TorporNode *map = torpor_map_put_map(tree, parent, key);
    TorporArray *values =
        torpor_column_array(ragged->live_field, tree, map, "values", ragged->total, error);
    if (values == NULL)
        return FALSE;
    if (values->byte_length == 0)
        values->data = "";
    values->produce = produce_ragged;
    values->produce_data = ragged;
    if (has_rows(ragged))
        put_rows(ragged, values, stored != NULL, gather);
    if (stored != NULL)
        torpor_gaps_add_stored(gaps, values, stored);
    put_counts(ragged, tree, map);
    return TRUE;
}
