#include "cli/ragged.h"

#include "base/error.h"
#include "host/section_names.h"

/* Counts that are read at a time. */
#define BLOCK_COUNTS 1024u

static gboolean
do_not_fit(const TorporRagged *ragged, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "its counts do not fit its %" G_GUINT64_FORMAT " values",
                ragged->values.rank > 0 ? ragged->values.shape[0] : 1);
    return FALSE;
}

/* The rows of values of objects [first, first + n), which must be there. */
static gboolean
count_rows(const TorporRagged *ragged, guint64 first, guint64 n, guint64 *rows, GError **error)
{
    const TorporNumbers *counts = &ragged->counts;
    const guint64 most = ragged->values.shape[0];
    guint64 block[BLOCK_COUNTS];
    *rows = 0;
    if (counts->array.shape[0] == 1) { /* stored once: there may be any number */
        if (!torpor_numbers_read(counts, 0, MIN(n, 1), block, error))
            return FALSE;
        if (n > 0 && block[0] > most / n)
            return do_not_fit(ragged, error);
        *rows = n > 0 ? n * block[0] : 0;
        return TRUE;
    }
    for (guint64 done = 0; done < n; done += BLOCK_COUNTS) {
        gsize n_read = (gsize)MIN(n - done, BLOCK_COUNTS);
        if (!torpor_numbers_read(counts, first + done, n_read, block, error))
            return FALSE;
        for (gsize i = 0; i < n_read; i++) {
            if (block[i] > most - *rows)
                return do_not_fit(ragged, error);
            *rows += block[i];
        }
    }
    return TRUE;
}

gboolean
torpor_ragged_init(TorporRagged *ragged, const TorporFile *file, const TorporLayout *layout,
                   const char *path, const TorporNode *node, GError **error)
{
    g_autofree char *values = g_strconcat(path, "/" TORPOR_KEY_VALUES, NULL);
    g_autofree char *counts = g_strconcat(path, "/" TORPOR_KEY_COUNTS, NULL);
    guint64 rows;
    if (!torpor_numbers_init(&ragged->values, file, layout, values,
                             torpor_map_get(node, TORPOR_KEY_VALUES)) ||
        !torpor_numbers_init(&ragged->counts, file, layout, counts,
                             torpor_map_get(node, TORPOR_KEY_COUNTS)) ||
        ragged->values.rank == 0 || ragged->counts.rank != 1 ||
        ragged->counts.dtype->id != TORPOR_DTYPE_UINT64) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                            "expected an array `values` and, of dtype uint64, `counts`");
        return FALSE;
    }
    if (!count_rows(ragged, 0, ragged->counts.count, &rows, error))
        return FALSE;
    return rows == ragged->values.shape[0] || do_not_fit(ragged, error);
}

gboolean
torpor_ragged_slice(TorporRagged *ragged, const char *range, GError **error)
{
    TorporNumbers sliced = ragged->counts;
    guint64 first_row, rows;
    if (!torpor_numbers_slice(&sliced, range, error) ||
        !count_rows(ragged, 0, sliced.first_row, &first_row, error) ||
        !count_rows(ragged, sliced.first_row, sliced.count, &rows, error))
        return FALSE;
    ragged->counts = sliced;
    torpor_numbers_take_rows(&ragged->values, first_row, rows);
    return TRUE;
}

gboolean
torpor_ragged_each(const TorporRagged *ragged, TorporRaggedFunc func, gpointer data, GError **error)
{
    guint64 row = ragged->values.first_row;
    for (guint64 object = 0; object < ragged->counts.count; object++) {
        guint64 rows;
        TorporNumbers numbers = ragged->values;
        if (!torpor_numbers_read(&ragged->counts, object, 1, &rows, error))
            return FALSE;
        torpor_numbers_take_rows(&numbers, row, rows);
        if (!func(data, &numbers, error))
            return FALSE;
        row += rows;
    }
    return TRUE;
}
