/* The numbers at a path: a plain number, a numpy scalar or an array, with or without a unit. Rows
 * that are stored once are repeated; a slice or another unit may be asked for. They are read in
 * pieces, so that they may be larger than memory. */
#ifndef TORPOR_CLI_NUMBERS_H
#define TORPOR_CLI_NUMBERS_H

#include <glib.h>

#include "base/file.h"
#include "checkpoint/layout.h"
#include "cli/progress.h"
#include "value/tree.h"

G_BEGIN_DECLS

#define TORPOR_NUMBERS_MAX_RANK 64u

typedef struct {
    const TorporFile *file; /* (not owned) */
    TorporArray array;      /* as it is in the file */
    guint64 plain[2];       /* the bytes of a number that is no array */
    const TorporUnit *unit; /* (not owned) NULL: none */
    guint64 first_row;      /* where a slice begins */
    gboolean converts;
    double multiply;
    double divide;
    TorporProgress *progress; /* (optional) shown while they are read (not owned) */
    /* What is read, after slicing and conversion: */
    const TorporDtype *dtype;
    guint32 rank;
    guint64 shape[TORPOR_NUMBERS_MAX_RANK];
    guint64 count; /* of elements */
} TorporNumbers;

/* FALSE if the node has no numbers: a map, a text, ... */
gboolean torpor_numbers_init(TorporNumbers *numbers, const TorporFile *file,
                             const TorporLayout *layout, const char *path, const TorporNode *node);

/* "A:B" along the first dimension, as in Python; either may be left out or count from the end. */
gboolean torpor_numbers_slice(TorporNumbers *numbers, const char *range, GError **error);

/* Rows [first, first + n), which are there. */
void torpor_numbers_take_rows(TorporNumbers *numbers, guint64 first, guint64 n);

/* Convert to `unit`. Integers become float64, small floats float32; other dtypes stay. */
gboolean torpor_numbers_convert(TorporNumbers *numbers, const char *unit, GError **error);

/* Elements [first, first + count) in C order, of `dtype`. */
gboolean torpor_numbers_read(const TorporNumbers *numbers, guint64 first, gsize count, void *out,
                             GError **error);

/* Can elements of this dtype be written as text? */
gboolean torpor_dtype_has_text(const TorporDtype *dtype);
/* One element: a JSON number, true or false; complex numbers are "[re, im]". Dates are
 * integers, as numpy stores them. */
void torpor_number_append(GString *out, const TorporDtype *dtype, const void *element);

G_END_DECLS

#endif
