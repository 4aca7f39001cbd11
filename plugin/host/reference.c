#include "host/reference.h"

#include <string.h>

/* An address in memory and its index in the file take the same place in a column. */
G_STATIC_ASSERT(sizeof(void *) == sizeof(guint64));

/* Columns may lie anywhere in a block of the file. */
static guint64
load(const void *values, guint64 i)
{
    guint64 value;
    memcpy(&value, (const char *)values + i * sizeof value, sizeof value);
    return value;
}

/* Of a field with indices. */
static guint64
load_index(const TorporLiveField *live_field, const void *values, guint64 i)
{
    guint32 index;
    if (live_field->dtype != TORPOR_DTYPE_UINT32)
        return load(values, i);
    memcpy(&index, (const char *)values + i * sizeof index, sizeof index);
    return index == G_MAXUINT32 ? TORPOR_NO_OBJECT : index;
}

static void
store(void *values, guint64 i, guint64 value)
{
    memcpy((char *)values + i * sizeof value, &value, sizeof value);
}

TorporPopulation *
torpor_reference_target(const TorporPopulations *populations, const TorporLiveField *live_field,
                        GError **error)
{
    TorporPopulation *target = torpor_populations_find(populations, live_field->field->target);
    if (target == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "%s: it refers to population \"%s\", which the host does not list",
                    live_field->path,
                    live_field->field->target == NULL ? "NULL" : live_field->field->target);
        return NULL;
    }
    gboolean needs_address = live_field->dtype == TORPOR_DTYPE_POINTER && target->listed->count > 0;
    if (needs_address && !torpor_population_has_objects(target->listed)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: it points into population \"%s\", whose layout has no objects in memory; "
                    "use indices (UINT64)",
                    live_field->path, live_field->field->target);
        return NULL;
    }
    return target;
}

gboolean
torpor_reference_prepare(const TorporLiveField *live_field, TorporPopulation *target,
                         GError **error)
{
    if (live_field->dtype != TORPOR_DTYPE_POINTER || target->addresses != NULL ||
        target->listed->layout == TORPOR_LAYOUT_CONTIGUOUS)
        return TRUE;
    target->addresses = torpor_addresses_new(live_field->host, target->listed, error);
    return target->addresses != NULL;
}

gboolean
torpor_reference_is_shareable(const TorporPopulation *target)
{
    return target == NULL || target->listed->layout != TORPOR_LAYOUT_CALLBACK;
}

/* Index of the object at an address, TORPOR_NO_OBJECT if there is none. */
static guint64
index_of_address(const TorporPopulation *target, guint64 address)
{
    const struct torpor_population *listed = target->listed;
    if (listed->layout != TORPOR_LAYOUT_CONTIGUOUS)
        return torpor_addresses_find(target->addresses, address);
    guint64 base = (guint64)(gsize)listed->base;
    guint64 stride = MAX(listed->stride, 1);
    gboolean is_inside = address >= base && (address - base) / stride < listed->count;
    return is_inside && (address - base) % stride == 0 ? (address - base) / stride
                                                       : TORPOR_NO_OBJECT;
}

static guint64
object_of_value(const TorporLiveField *live_field, guint64 value)
{
    return value / MAX(live_field->row_bytes / live_field->item_size, 1);
}

static gboolean
addresses_to_indices(const TorporLiveField *live_field, const TorporPopulation *target,
                     guint64 first, guint64 n, void *values, GError **error)
{
    for (guint64 i = 0; i < n; i++) {
        guint64 address = load(values, i);
        guint64 index = address == 0 ? TORPOR_NO_OBJECT : index_of_address(target, address);
        if (address != 0 && index == TORPOR_NO_OBJECT) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED,
                        "%s: object %" G_GUINT64_FORMAT " points to 0x%" G_GINT64_MODIFIER
                        "x, which is no object of population \"%s\"",
                        live_field->path, object_of_value(live_field, first + i), address,
                        live_field->field->target);
            return FALSE;
        }
        store(values, i, index);
    }
    return TRUE;
}

gboolean
torpor_reference_check(const TorporLiveField *live_field, const TorporPopulation *target,
                       guint64 first, guint64 n, const void *values, GError **error)
{
    for (guint64 i = 0; i < n; i++) {
        guint64 index = load_index(live_field, values, i);
        if (index < target->listed->count || index == TORPOR_NO_OBJECT)
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "%s: object %" G_GUINT64_FORMAT " refers to object %" G_GUINT64_FORMAT
                    " of population \"%s\", which has %" G_GUINT64_FORMAT,
                    live_field->path, object_of_value(live_field, first + i), index,
                    live_field->field->target, target->listed->count);
        return FALSE;
    }
    return TRUE;
}

gboolean
torpor_reference_to_indices(const TorporLiveField *live_field, const TorporPopulation *target,
                            guint64 first, guint64 n, void *values, GError **error)
{
    if (live_field->dtype == TORPOR_DTYPE_POINTER)
        return addresses_to_indices(live_field, target, first, n, values, error);
    g_autoptr(GError) outside = NULL;
    if (torpor_reference_check(live_field, target, first, n, values, &outside))
        return TRUE;
    g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED, outside->message);
    return FALSE;
}

void
torpor_reference_to_addresses(const TorporLiveField *live_field, const TorporPopulation *target,
                              guint64 n, void *values)
{
    if (live_field->dtype != TORPOR_DTYPE_POINTER)
        return;
    for (guint64 i = 0; i < n; i++) {
        guint64 index = load(values, i);
        gpointer object = index == TORPOR_NO_OBJECT
                              ? NULL
                              : torpor_population_object(live_field->host, target->listed, index);
        store(values, i, (guint64)(gsize)object);
    }
}
