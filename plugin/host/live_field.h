/* A live field is one field of all objects of a population, wherever the host keeps it: contiguous
 * objects, pointers to objects, a callback, columns, or accessors. It knows nothing of files. */
#ifndef TORPOR_HOST_LIVE_FIELD_H
#define TORPOR_HOST_LIVE_FIELD_H

#include "host/host_table.h"
#include "host/live_list.h"
#include "host/object_layout.h"
#include "host/type_check.h"
#include "value/dtype.h"
#include "value/unit.h"

G_BEGIN_DECLS

typedef struct {
    const TorporHost *host;                     /* (not owned) */
    const struct torpor_population *population; /* of the description (not owned) */
    const struct torpor_field *field;           /* of the innermost type (not owned) */
    char **keys; /* keys below the population: {"V_m"}, or {"soma", "g_ex"} for a nested type */
    char *path;  /* for messages: "populations/neurons/soma/g_ex" */
    const TorporUnit *unit; /* NULL: plain numbers */
    guint32 kind;           /* TORPOR_FIELD_*, never NESTED */
    guint32 flags;          /* the field's and those of the nested fields around it */
    guint64 revision;       /* of the field, or of the outermost one around it; 0: not known */
    guint32 dtype;
    guint32 item_size;
    guint32 rank; /* of one object's value, dimensions of nested fields first */
    guint64 shape[TORPOR_MAX_RANK];
    guint64 row_bytes; /* of one object's value; of one element where the kind is RAGGED or BLOB */
    /* Without an accessor: one object's value is n_pieces pieces, each at its offset. A field of a
     * nested type has a piece for each nested object. */
    const char *base; /* CONTIGUOUS, COLUMNS (not owned) */
    guint64 stride;
    guint64 n_pieces;
    guint64 piece_bytes;
    guint64 *piece_offsets;
    TorporLiveList *list; /* RAGGED and BLOB by members of the object; NULL: by an accessor */
} TorporLiveField;

void torpor_live_field_free(TorporLiveField *live_field);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLiveField, torpor_live_field_free)

/* May its values be gathered and scattered by several threads at once, on disjoint ranges? */
gboolean torpor_live_field_is_shareable(const TorporLiveField *live_field);

/* The rows, if they lie one after the other in memory; else NULL. */
char *torpor_live_field_packed(const TorporLiveField *live_field);

/* Copy the values of objects [first, first + count) into `column` (count * row_bytes, packed).
 * threads: see torpor_live_field_is_shareable. */
gboolean torpor_live_field_gather(const TorporLiveField *live_field, guint64 first, guint64 count,
                                  void *column, GError **error);
/* Write them back, after torpor_live_field_check_objects. Only an accessor of the host may fail. A
 * field that is not writable (CONSTANT, or without `scatter`) is left alone. */
gboolean torpor_live_field_scatter(const TorporLiveField *live_field, guint64 first, guint64 count,
                                   const void *column, GError **error);
gboolean torpor_live_field_is_writable(const TorporLiveField *live_field);

/* RAGGED and BLOB: elements per object, and the elements of a range one after the other. */
gboolean torpor_live_field_lengths(const TorporLiveField *live_field, guint64 first, guint64 count,
                                   guint64 *lengths, GError **error);
gboolean torpor_live_field_gather_ragged(const TorporLiveField *live_field, guint64 first,
                                         guint64 count, const guint64 *lengths, void *values,
                                         GError **error);
/* Prepare: set memory aside for these lengths. */
gboolean torpor_live_field_set_lengths(const TorporLiveField *live_field, guint64 first,
                                       guint64 count, const guint64 *lengths, GError **error);
gboolean torpor_live_field_scatter_ragged(const TorporLiveField *live_field, guint64 first,
                                          guint64 count, const guint64 *lengths, const void *values,
                                          GError **error);

/* Prepare, after all lengths were set: do lists that share a length get the same one?
 * live_fields: of one population. */
gboolean torpor_live_fields_agree(const GPtrArray *live_fields, GError **error);

/* Before a commit: every object has an address. */
gboolean torpor_live_field_check_objects(const TorporLiveField *live_field, GError **error);

G_END_DECLS

#endif
