/* Objects are larger than a cache, so the walk takes some at a time and compares all their columns
 * before it goes on. */
#include "save/constant.h"

#include <string.h>

#include "host/row_walk.h"

/* Most columns differ within a few rows, so samples from here and there come before all rows. */
#define SAMPLES ((guint64)16)
#define SAMPLE_ROWS ((guint64)64)
/* So many objects stay in a cache while one column after the other is read. */
#define ROWS_AT_ONCE ((guint64)1024)
/* Rows are gathered in pieces of so many bytes. */
#define PIECE_BYTES ((guint64)256 << 10)
/* With less than this for each thread, another one would cost more than it saves: one that has to
 * be created, and one of the host's, which waits for work. */
#define BYTES_PER_THREAD ((guint64)1 << 20)
#define BYTES_PER_HOST_THREAD ((guint64)256 << 10)

/* One column that may be constant. */
typedef struct {
    const TorporLiveField *live_field; /* (not owned) */
    char *first_row;
    guint64 at_once;
    gint differs; /* atomic */
} Candidate;

static void
candidate_clear(gpointer data)
{
    Candidate *candidate = data;
    g_free(candidate->first_row);
}

/* Is every one of these packed rows equal to the first? */
static gboolean
rows_equal(const char *rows, guint64 count, guint64 row_bytes)
{
    return count < 2 || memcmp(rows, rows + row_bytes, (count - 1) * row_bytes) == 0;
}

/* Note whether any of these rows differs from the column's first row. */
static gboolean
compare_rows(Candidate *candidate, guint64 first, guint64 count, char *room, GError **error)
{
    const TorporLiveField *live_field = candidate->live_field;
    guint64 row_bytes = live_field->row_bytes;
    const char *packed = torpor_live_field_packed(live_field);
    for (guint64 n; count > 0; first += n, count -= n) {
        n = MIN(count, candidate->at_once);
        const char *rows = packed == NULL ? room : packed + first * row_bytes;
        if (packed == NULL && !torpor_live_field_gather(live_field, first, n, room, error))
            return FALSE;
        if (memcmp(candidate->first_row, rows, row_bytes) != 0 || !rows_equal(rows, n, row_bytes)) {
            g_atomic_int_set(&candidate->differs, 1);
            return TRUE;
        }
    }
    return TRUE;
}

/* Until all of them differ. */
static gboolean
compare_candidates(gpointer candidates, guint64 first, guint64 n, char *room, GError **error)
{
    gboolean goes_on = FALSE;
    for (guint i = 0; i < ((GArray *)candidates)->len; i++) {
        Candidate *candidate = &g_array_index((GArray *)candidates, Candidate, i);
        if (g_atomic_int_get(&candidate->differs))
            continue;
        goes_on = TRUE;
        if (!compare_rows(candidate, first, n, room, error))
            return FALSE;
    }
    return goes_on;
}

static gboolean
no_memory(const TorporLiveField *live_field, gsize bytes, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "%s: no memory for %" G_GSIZE_FORMAT " bytes", live_field->path, bytes);
    return FALSE;
}

static gsize
room_bytes_of(const Candidate *candidate)
{
    return MIN(candidate->at_once, ROWS_AT_ONCE) * candidate->live_field->row_bytes;
}

/* The candidate must be cleared, also if this fails. */
static gboolean
candidate_init(Candidate *candidate, const TorporLiveField *live_field, GError **error)
{
    *candidate = (Candidate){.live_field = live_field,
                             .first_row = g_try_malloc(live_field->row_bytes),
                             .at_once = MAX(PIECE_BYTES / live_field->row_bytes, 1)};
    return candidate->first_row == NULL
               ? no_memory(live_field, live_field->row_bytes, error)
               : torpor_live_field_gather(live_field, 0, 1, candidate->first_row, error);
}

static gboolean
compare_samples(Candidate *candidate, GError **error)
{
    guint64 count = candidate->live_field->population->count;
    guint64 apart = MAX(count / SAMPLES, SAMPLE_ROWS);
    g_autofree char *room = g_try_malloc(room_bytes_of(candidate));
    if (room == NULL)
        return no_memory(candidate->live_field, room_bytes_of(candidate), error);
    for (guint64 first = 0; first < count && !candidate->differs; first += apart)
        if (!compare_rows(candidate, first, MIN(SAMPLE_ROWS, count - first), room, error))
            return FALSE;
    return TRUE;
}

gboolean
torpor_constant_guess(const GPtrArray *live_fields, gboolean *constant, GError **error)
{
    for (guint i = 0; i < live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(live_fields, i);
        constant[i] = FALSE;
        if (live_field->population->count < 2 || live_field->row_bytes == 0 ||
            torpor_kind_is_ragged(live_field->kind))
            continue;
        Candidate candidate;
        gboolean done =
            candidate_init(&candidate, live_field, error) && compare_samples(&candidate, error);
        constant[i] = !candidate.differs;
        candidate_clear(&candidate);
        if (!done)
            return FALSE;
    }
    return TRUE;
}

static gboolean
compare_all(GArray *candidates, GError **error)
{
    const Candidate *first = &g_array_index(candidates, Candidate, 0);
    TorporRowWalk walk = {.n_rows = first->live_field->population->count,
                          .at_once = ROWS_AT_ONCE,
                          .visit = compare_candidates,
                          .visit_data = candidates};
    gboolean is_shareable = TRUE;
    guint64 row_bytes = 0;
    for (guint i = 0; i < candidates->len; i++) {
        const TorporLiveField *live_field = first[i].live_field;
        is_shareable = is_shareable && torpor_live_field_is_shareable(live_field);
        row_bytes += live_field->row_bytes;
        walk.room_bytes = MAX(walk.room_bytes, room_bytes_of(&first[i]));
    }
    const TorporHost *host = first->live_field->host;
    guint64 per_thread =
        host->table->parallel_for == NULL ? BYTES_PER_THREAD : BYTES_PER_HOST_THREAD;
    guint64 n_threads = is_shareable ? walk.n_rows * row_bytes / per_thread : 1;
    return torpor_row_walk_run(&walk, host, MAX(n_threads, 1), error);
}

gboolean
torpor_constant_confirm(const GPtrArray *live_fields, gboolean *constant, GError **error)
{
    g_autoptr(GArray) candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
    g_array_set_clear_func(candidates, candidate_clear);
    for (guint i = 0; i < live_fields->len; i++) {
        Candidate candidate;
        if (!constant[i])
            continue;
        gboolean done = candidate_init(&candidate, g_ptr_array_index(live_fields, i), error);
        g_array_append_val(candidates, candidate);
        if (!done)
            return FALSE;
    }
    if (candidates->len == 0)
        return TRUE;
    if (!compare_all(candidates, error))
        return FALSE;
    for (guint i = 0, next = 0; i < live_fields->len; i++)
        if (constant[i])
            constant[i] = !g_array_index(candidates, Candidate, next++).differs;
    return TRUE;
}
