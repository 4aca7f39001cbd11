/* The work is a list of stretches. A stretch is a range of one index, or of both indexes if they
 * have a range with the same bounds. While the bytes of both files are equal, so are the states of
 * their hashes: one state serves both, and files that are equal cost one hash. */
#include "compare/same.h"

#include <string.h>

#include "base/error.h"
#include "base/xxh3.h"
#include "file/verify.h"
#include "host/parallel.h"

#define BLOCK_BYTES ((gsize)512 << 10) /* at most, of each file at a time */
#define MAX_THREADS 8u

typedef struct {
    const TorporRange *a; /* NULL: a range of B alone */
    const TorporRange *b;
    gboolean is_same;
} Stretch;

typedef struct {
    guint64 place;
    guint64 end;
} Span;

struct _TorporSame {
    GArray *spans; /* ascending, with gaps in between */
};

typedef struct {
    const TorporFile *a;
    const TorporFile *b;
    GArray *stretches; /* ascending by end */
    void (*progress)(gpointer data, guint64 done, guint64 total);
    gpointer progress_data;
    guint64 bytes_total;
    gsize block_bytes; /* of each file at a time, up to BLOCK_BYTES */
    GMutex lock;       /* of what follows */
    guint next;
    guint64 bytes_done;
    gboolean is_damaged;
    GError *error;
} Search;

/* ---- one stretch ---- */

static gboolean
hash_alone(const Search *search, const TorporFile *file, const TorporRange *range, guint8 *buffer,
           gboolean *is_intact, GError **error)
{
    guint64 xxh3 = 0;
    gboolean is_read =
        torpor_file_hash_range(file, range, buffer, search->block_bytes, &xxh3, error);
    *is_intact = is_read && xxh3 == range->xxh3;
    return is_read;
}

static gboolean
hash_both(const Search *search, Stretch *stretch, guint8 *buffer, gboolean *is_intact,
          GError **error)
{
    XXH3_state_t a_state, b_state; /* the second only once they differ */
    guint8 *b_buffer = buffer + search->block_bytes;
    gboolean is_same = TRUE;
    XXH3_64bits_reset(&a_state);
    for (guint64 done = 0; done < stretch->a->length;) {
        gsize piece = (gsize)MIN(stretch->a->length - done, search->block_bytes);
        guint64 place = stretch->a->place + done;
        if (!torpor_file_read(search->a, place, buffer, piece, error) ||
            !torpor_file_read(search->b, place, b_buffer, piece, error))
            return FALSE;
        if (is_same && memcmp(buffer, b_buffer, piece) != 0) {
            is_same = FALSE;
            XXH3_copyState(&b_state, &a_state);
        }
        torpor_xxh3_update(&a_state, buffer, piece);
        if (!is_same)
            torpor_xxh3_update(&b_state, b_buffer, piece);
        done += piece;
    }
    stretch->is_same = is_same;
    *is_intact = XXH3_64bits_digest(&a_state) == stretch->a->xxh3 &&
                 XXH3_64bits_digest(is_same ? &a_state : &b_state) == stretch->b->xxh3;
    return TRUE;
}

/* ---- all of them, on several threads ---- */

static Stretch *
take(Search *search)
{
    g_mutex_lock(&search->lock);
    gboolean is_more =
        search->error == NULL && !search->is_damaged && search->next < search->stretches->len;
    Stretch *stretch = is_more ? &g_array_index(search->stretches, Stretch, search->next++) : NULL;
    g_mutex_unlock(&search->lock);
    return stretch;
}

static void
finish(Search *search, const Stretch *stretch, gboolean is_intact, GError *error)
{
    g_mutex_lock(&search->lock);
    if (error != NULL && search->error == NULL)
        search->error = g_steal_pointer(&error);
    search->is_damaged = search->is_damaged || !is_intact;
    search->bytes_done += stretch->a != NULL ? stretch->a->length : 0;
    search->bytes_done += stretch->b != NULL ? stretch->b->length : 0;
    if (search->progress != NULL)
        search->progress(search->progress_data, search->bytes_done, search->bytes_total);
    g_mutex_unlock(&search->lock);
    g_clear_error(&error);
}

static void
search_stretches(gpointer data, G_GNUC_UNUSED guint64 thread)
{
    Search *search = data;
    g_autofree guint8 *buffer = g_malloc(2 * search->block_bytes);
    Stretch *stretch;
    while ((stretch = take(search)) != NULL) {
        GError *error = NULL;
        gboolean is_intact = TRUE;
        if (stretch->b == NULL)
            hash_alone(search, search->a, stretch->a, buffer, &is_intact, &error);
        else if (stretch->a == NULL)
            hash_alone(search, search->b, stretch->b, buffer, &is_intact, &error);
        else
            hash_both(search, stretch, buffer, &is_intact, &error);
        finish(search, stretch, is_intact, error);
    }
}

static guint64
end_of(const TorporRange *range)
{
    return range->place + range->length;
}

static void
add_stretches(GArray *stretches, const TorporIndex *a, const TorporIndex *b)
{
    for (gsize i = 0, j = 0; i < a->n_ranges || j < b->n_ranges;) {
        Stretch stretch = {i < a->n_ranges ? &a->ranges[i] : NULL,
                           j < b->n_ranges ? &b->ranges[j] : NULL, FALSE};
        if (stretch.a != NULL && stretch.b != NULL) {
            guint64 a_end = end_of(stretch.a), b_end = end_of(stretch.b);
            if (a_end < b_end || (a_end == b_end && stretch.a->place < stretch.b->place))
                stretch.b = NULL;
            else if (b_end < a_end || stretch.b->place < stretch.a->place)
                stretch.a = NULL;
        }
        i += stretch.a != NULL;
        j += stretch.b != NULL;
        g_array_append_val(stretches, stretch);
    }
}

/* Neighbouring stretches that are equal become one span. */
static GArray *
join_same(const GArray *stretches)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(Span));
    for (guint i = 0; i < stretches->len; i++) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        if (!stretch->is_same)
            continue;
        Span span = {stretch->a->place, end_of(stretch->a)};
        Span *last = spans->len > 0 ? &g_array_index(spans, Span, spans->len - 1) : NULL;
        if (last != NULL && last->end == span.place)
            last->end = span.end;
        else
            g_array_append_val(spans, span);
    }
    return spans;
}

TorporSame *
torpor_same_new(const TorporFile *a, const TorporIndex *a_index, const TorporFile *b,
                const TorporIndex *b_index,
                void (*progress)(gpointer data, guint64 done, guint64 total),
                gpointer progress_data, GError **error)
{
    g_autoptr(GArray) stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));
    add_stretches(stretches, a_index, b_index);
    Search search = {.a = a,
                     .b = b,
                     .stretches = stretches,
                     .progress = progress,
                     .progress_data = progress_data,
                     .bytes_total = a_index->place + b_index->place,
                     .block_bytes = (gsize)MIN(MAX(a_index->place, b_index->place), BLOCK_BYTES)};
    guint64 n_threads =
        MIN(stretches->len, search.bytes_total / TORPOR_VERIFY_BYTES_PER_THREAD + 1);
    g_mutex_init(&search.lock);
    torpor_parallel_run(NULL, MIN(n_threads, MAX_THREADS), search_stretches, &search);
    g_mutex_clear(&search.lock);
    if (search.error != NULL)
        g_propagate_error(error, search.error);
    if (search.error != NULL || search.is_damaged)
        return NULL;
    TorporSame *same = g_new(TorporSame, 1);
    same->spans = join_same(stretches);
    return same;
}

void
torpor_same_free(TorporSame *same)
{
    if (same == NULL)
        return;
    g_array_unref(same->spans);
    g_free(same);
}

gboolean
torpor_same_covers(const TorporSame *same, guint64 place, guint64 length)
{
    guint low = 0, high = same->spans->len; /* the first span that ends after `place` */
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(same->spans, Span, middle).end > place)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == same->spans->len)
        return FALSE;
    const Span *span = &g_array_index(same->spans, Span, low);
    return span->place <= place && length <= span->end - place;
}
