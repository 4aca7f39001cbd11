#include "save/guess.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    TorporArray *array; /* of one row; the tree's (not owned) */
    TorporProduceFunc produce;
    gpointer produce_data;
    guint64 row_bytes;
    char *first_row;
    gint is_wrong; /* atomic */
} Guess;

struct _TorporGuesses {
    GArray *all; /* Guess */
};

static void
guess_clear(gpointer data)
{
    Guess *guess = data;
    g_free(guess->first_row);
}

TorporGuesses *
torpor_guesses_new(void)
{
    TorporGuesses *guesses = g_new(TorporGuesses, 1);
    guesses->all = g_array_new(FALSE, FALSE, sizeof(Guess));
    g_array_set_clear_func(guesses->all, guess_clear);
    return guesses;
}

void
torpor_guesses_free(TorporGuesses *guesses)
{
    if (guesses == NULL)
        return;
    g_array_unref(guesses->all);
    g_free(guesses);
}

static Guess *
guess_at(const TorporGuesses *guesses, guint i)
{
    return &g_array_index(guesses->all, Guess, i);
}

void
torpor_guesses_add(TorporGuesses *guesses, TorporArray *array, TorporProduceFunc produce,
                   gpointer produce_data)
{
    Guess guess = {.array = array,
                   .produce = produce,
                   .produce_data = produce_data,
                   .row_bytes = array->byte_length};
    g_array_append_val(guesses->all, guess);
}

guint64
torpor_guesses_row_bytes(const TorporGuesses *guesses)
{
    guint64 longest = 0;
    for (guint i = 0; i < guesses->all->len; i++)
        longest = MAX(longest, guess_at(guesses, i)->row_bytes);
    return longest;
}

gboolean
torpor_guesses_begin(TorporGuesses *guesses, GError **error)
{
    for (guint i = 0; i < guesses->all->len; i++) {
        Guess *guess = guess_at(guesses, i);
        if (guess->first_row == NULL)
            guess->first_row = g_try_malloc(guess->row_bytes);
        if (guess->first_row == NULL && guess->row_bytes > 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "no memory for one row of a column, %" G_GUINT64_FORMAT " bytes",
                        guess->row_bytes);
            return FALSE;
        }
        if (!guess->produce(guess->produce_data, 0, guess->row_bytes, guess->first_row, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_guesses_compare(TorporGuesses *guesses, guint64 first, guint64 count, char *memory,
                       GError **error)
{
    for (guint i = 0; i < guesses->all->len; i++) {
        Guess *guess = guess_at(guesses, i);
        guint64 row_bytes = guess->row_bytes;
        if (g_atomic_int_get(&guess->is_wrong))
            continue;
        if (!guess->produce(guess->produce_data, first * row_bytes, count * row_bytes, memory,
                            error))
            return FALSE;
        if (memcmp(guess->first_row, memory, row_bytes) != 0 ||
            memcmp(memory, memory + row_bytes, (count - 1) * row_bytes) != 0)
            g_atomic_int_set(&guess->is_wrong, 1);
    }
    return TRUE;
}

gboolean
torpor_guesses_hold(const TorporGuesses *guesses)
{
    for (guint i = 0; i < guesses->all->len; i++)
        if (g_atomic_int_get(&guess_at(guesses, i)->is_wrong))
            return FALSE;
    return TRUE;
}

gboolean
torpor_guesses_settle(TorporGuesses *guesses, TorporTree *tree, guint64 n_rows, GPtrArray *varying,
                      GError **error)
{
    for (guint i = 0; i < guesses->all->len; i++) {
        const Guess *guess = guess_at(guesses, i);
        if (!guess->is_wrong)
            continue;
        if (!torpor_array_set_rows(tree, guess->array, n_rows, guess->produce,
                                   guess->produce_data)) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                        "a column of %" G_GUINT64_FORMAT " rows of %" G_GUINT64_FORMAT
                        " bytes is beyond the address space",
                        n_rows, guess->row_bytes);
            return FALSE;
        }
        g_ptr_array_add(varying, guess->array);
    }
    g_array_set_size(guesses->all, 0);
    return TRUE;
}
