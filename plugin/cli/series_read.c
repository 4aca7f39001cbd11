#include "cli/series_read.h"

#include <string.h>

#include "base/error.h"
#include "value/element.h"

#define PIECE_ELEMENTS ((gsize)16 << 10)

/* Numbers that are read a piece at a time, in order. */
typedef struct {
    const TorporNumbers *numbers;
    guint64 next;
    guint64 end; /* of the piece */
    guint8 *piece;
} Reader;

static void
reader_init(Reader *reader, const TorporNumbers *numbers)
{
    *reader =
        (Reader){.numbers = numbers, .piece = g_malloc_n(PIECE_ELEMENTS, numbers->dtype->size)};
}

static const guint8 *
reader_next(Reader *reader, GError **error)
{
    guint32 size = reader->numbers->dtype->size;
    if (reader->next == reader->end) {
        gsize n = (gsize)MIN(reader->numbers->count - reader->next, PIECE_ELEMENTS);
        if (n == 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "'%s': a ragged field has fewer values than its counts say",
                        reader->numbers->file->path);
            return NULL;
        }
        if (!torpor_numbers_read(reader->numbers, reader->next, n, reader->piece, error))
            return NULL;
        reader->end += n;
    }
    guint64 in_piece = reader->next++ % PIECE_ELEMENTS;
    return reader->piece + in_piece * size;
}

static gboolean
reader_next_real(Reader *reader, double *out, GError **error)
{
    const guint8 *element = reader_next(reader, error);
    if (element != NULL)
        *out = torpor_element_real(reader->numbers->dtype, element, 0);
    return element != NULL;
}

/* Where the reading of a series is. */
typedef struct {
    const TorporSeries *series;
    Reader x;
    Reader y;
    Reader counts;
    Reader senders;
    guint64 object;
    guint64 left;   /* numbers of this object that were not read yet */
    gboolean has_y; /* this object has y */
} Cursor;

/* Of a quantity, an object has a number for each of its events, or none. */
static gboolean
look_for_y(Cursor *cursor, GError **error)
{
    const TorporSeries *series = cursor->series;
    guint64 n = 0;
    cursor->has_y = series->has_y && !series->is_quantity;
    if (!series->is_quantity || cursor->object >= series->n_objects)
        return TRUE;
    if (!torpor_numbers_read(&series->y_counts, cursor->object, 1, &n, error))
        return FALSE;
    cursor->has_y = n > 0;
    if (n == 0 || n == cursor->left)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "'%s', \"%s\": object %" G_GUINT64_FORMAT " has %" G_GUINT64_FORMAT
                " numbers, but %" G_GUINT64_FORMAT " times",
                series->opened->file->path, series->path, cursor->object, n, cursor->left);
    return FALSE;
}

/* Go to the object of the next number. Counts of a damaged file may end too early: the rest is of
 * an object after the last. */
static gboolean
next_object(Cursor *cursor, guint64 index, GError **error)
{
    const TorporSeries *series = cursor->series;
    if (cursor->left > 0)
        return TRUE;
    if (!series->has_counts) {
        guint64 n = series->row_elements;
        cursor->object = n > 0 ? index / n : series->n_objects;
        cursor->left = n > 0 ? n : G_MAXUINT64;
        return look_for_y(cursor, error);
    }
    while (cursor->left == 0 && cursor->counts.next < series->n_objects) {
        cursor->object = cursor->counts.next;
        const guint8 *count = reader_next(&cursor->counts, error);
        if (count == NULL)
            return FALSE;
        memcpy(&cursor->left, count, sizeof cursor->left);
    }
    if (cursor->left == 0) {
        cursor->object = series->n_objects;
        cursor->left = G_MAXUINT64;
    }
    return look_for_y(cursor, error);
}

static gboolean
each(Cursor *cursor, TorporSeriesFunc func, gpointer data, GError **error)
{
    const TorporSeries *series = cursor->series;
    for (guint64 i = 0; i < series->n_numbers; i++) {
        if (!next_object(cursor, i, error))
            return FALSE;
        cursor->left--;
        double x = (double)i, y = (double)cursor->object, sender = 0;
        guint64 line = cursor->object;
        if ((series->has_x && !reader_next_real(&cursor->x, &x, error)) ||
            (cursor->has_y && !reader_next_real(&cursor->y, &y, error)) ||
            (series->is_quantity && !reader_next_real(&cursor->senders, &sender, error)))
            return FALSE;
        if (series->is_quantity)
            memcpy(&line, &sender, sizeof line);
        if ((cursor->has_y || !series->is_quantity) &&
            (series->chosen == NULL || g_hash_table_contains(series->chosen, &cursor->object)))
            func(data, line, x, y);
    }
    return TRUE;
}

gboolean
torpor_series_each(const TorporSeries *series, TorporSeriesFunc func, gpointer data, GError **error)
{
    Cursor cursor = {.series = series};
    if (series->has_x)
        reader_init(&cursor.x, &series->x);
    if (series->has_y)
        reader_init(&cursor.y, &series->y);
    if (series->has_counts)
        reader_init(&cursor.counts, &series->counts);
    if (series->is_quantity)
        reader_init(&cursor.senders, &series->senders);
    gboolean done = each(&cursor, func, data, error);
    g_free(cursor.x.piece);
    g_free(cursor.y.piece);
    g_free(cursor.counts.piece);
    g_free(cursor.senders.piece);
    return done;
}
