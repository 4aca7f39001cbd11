/* A save: columns that look constant. They are laid out as one row, on a guess; while other columns
 * of the same objects are gathered, each of their rows is compared with the first. */
#ifndef TORPOR_SAVE_GUESS_H
#define TORPOR_SAVE_GUESS_H

#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporGuesses TorporGuesses;

TorporGuesses *torpor_guesses_new(void);
void torpor_guesses_free(TorporGuesses *guesses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporGuesses, torpor_guesses_free)

/* A column whose array has one row so far. `produce` gives any rows, to several threads. */
void torpor_guesses_add(TorporGuesses *guesses, TorporArray *array, TorporProduceFunc produce,
                        gpointer produce_data);
/* The bytes of the longest row; 0: nothing is guessed. */
guint64 torpor_guesses_row_bytes(const TorporGuesses *guesses);

/* Before rows are compared: read the first of each column. */
gboolean torpor_guesses_begin(TorporGuesses *guesses, GError **error);
/* Compare rows [first, first + count) of each column that no row has refuted yet. `memory` is room
 * for `count` of the longest rows. threads: any. */
gboolean torpor_guesses_compare(TorporGuesses *guesses, guint64 first, guint64 count, char *memory,
                                GError **error);
/* Were all rows equal that have been compared? threads: any. */
gboolean torpor_guesses_hold(const TorporGuesses *guesses);

/* All rows have been compared: columns that are not constant get all n_rows, and their arrays go to
 * `varying`. Nothing is a guess any more. TORPOR_STATUS_LIMIT if that is too much. */
gboolean torpor_guesses_settle(TorporGuesses *guesses, TorporTree *tree, guint64 n_rows,
                               GPtrArray *varying, GError **error);

G_END_DECLS

#endif
