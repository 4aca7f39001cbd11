/* One difference between two trees: where it is, how large, and in words. */
#ifndef TORPOR_COMPARE_DIFFERENCE_H
#define TORPOR_COMPARE_DIFFERENCE_H

#include "value/unit.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_DIFFERS_ONLY_IN_A,
    TORPOR_DIFFERS_ONLY_IN_B,
    TORPOR_DIFFERS_KIND,
    TORPOR_DIFFERS_DTYPE,
    TORPOR_DIFFERS_SHAPE,
    TORPOR_DIFFERS_UNIT,
    TORPOR_DIFFERS_VALUE,
} TorporDifferenceKind;

/* A row that differs. Valid during the callback. */
typedef struct {
    guint64 row;          /* the object: neuron, synapse */
    const GArray *labels; /* of TorporLabel (labels.h): who it is; may be empty */
    const char *a;        /* the row's first element that differs */
    const char *b;
} TorporDifferentRow;

/* One difference. Text is valid during the callback. */
typedef struct {
    TorporDifferenceKind kind;
    const char *path;
    const char *a; /* what is in A: "float64 [4000]", "mV", "-65.2"; NULL where it has nothing */
    const char *b;
    /* Numbers that differ in value, of an array or single: */
    const TorporUnit *unit;         /* NULL: none */
    gboolean is_integer;            /* then there are no ULP */
    guint64 n_elements;             /* compared; 0: no numbers */
    guint64 n_different;            /* beyond the tolerances */
    guint64 first;                  /* flat index of the first */
    const TorporDifferentRow *rows; /* the first ones, as many as were asked for */
    guint n_rows;
    double max_absolute; /* in the array's own unit */
    double max_relative; /* |a - b| / max(|a|, |b|) */
    guint64 max_ulps;    /* representable numbers in between */
} TorporDifference;

/* A difference as one line of text, and one of its rows: "row 17: node 18 (-65, -66 mV)". Transfer
 * full. */
char *torpor_difference_to_text(const TorporDifference *difference);
char *torpor_difference_row_text(const TorporDifference *difference, guint index);

G_END_DECLS

#endif
