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

/* A row that differs. Valid during the callback only. */
typedef struct {
    guint64 row;          /* the object: a neuron, a synapse */
    const GArray *labels; /* TorporLabel (labels.h): which object it is; may be empty */
    const char *a;        /* the first element of the row that differs */
    const char *b;
} TorporDifferentRow;

/* One difference. Its texts are valid during the callback only. */
typedef struct {
    TorporDifferenceKind kind;
    const char *path;
    gboolean is_hidden; /* of a field that is shown on request only: see layout.h */
    const char *a;      /* what A has: "float64 [4000]", "mV", "-65.2"; NULL: nothing */
    const char *b;
    /* If numbers differ in value: */
    const TorporUnit *unit;         /* NULL: none */
    gboolean is_integer;            /* no ULP then */
    guint64 n_elements;             /* that were compared; 0: not numbers */
    guint64 n_different;            /* beyond the tolerances */
    guint64 first;                  /* flat index of the first that differs */
    const TorporDifferentRow *rows; /* the first rows that differ, max_rows at most */
    guint n_rows;
    guint64 a_rows; /* of arrays of which one has more rows than the other, and which else may */
    guint64 b_rows; /* differ in `rows`; both 0: others */
    gboolean are_compared; /* as far as both go */
    double max_absolute;   /* in the array's own unit */
    double max_relative;   /* |a - b| / max(|a|, |b|) */
    guint64 max_ulps;      /* representable numbers in between */
} TorporDifference;

/* Its path for people: that of an output as the host named it. Transfer full. */
char *torpor_difference_path_text(const TorporDifference *difference);
/* The difference as a line of text, which begins with that. Transfer full. */
char *torpor_difference_to_text(const TorporDifference *difference, gboolean with_ulps);
/* One of its rows as text: "row 17: node 18 (-65, -66 mV)". Transfer full. */
char *torpor_difference_row_text(const TorporDifference *difference, guint index);

G_END_DECLS

#endif
