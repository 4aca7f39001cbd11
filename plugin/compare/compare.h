/* What differs between two trees, by path. Blocks that are equal cost one memcmp. */
#ifndef TORPOR_COMPARE_H
#define TORPOR_COMPARE_H

#include "base/file.h"
#include "compare/same.h"
#include "value/tree.h"

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

/* Return FALSE to stop comparing. */
typedef gboolean (*TorporDifferenceFunc)(const TorporDifference *difference, gpointer data);

typedef struct {
    double relative_tolerance; /* elements within |a - b| <= absolute + relative * |b| are equal */
    double absolute_tolerance;
    gboolean with_provenance; /* of checkpoints; it differs from save to save */
    guint max_rows;           /* of each difference to be told; 0: the first */
    const TorporSame *same;   /* (optional) what need not be read again (not owned) */
    void (*progress)(gpointer data, guint64 done, guint64 total); /* bytes; may be NULL */
    gpointer progress_data;
} TorporCompareOptions;

/* Compare A with B (their files give payloads that stayed there; NULL if all is in memory).
 * `report` is called for each difference in A's order, then for what is only in B. A column of a
 * checkpoint that is stored once equals one whose rows all have that value. Returns the number of
 * differences reported, -1 with `error` set if a file could not be read. Whether the files are
 * whole is for torpor_same_new or torpor_file_verify to say. */
gint64 torpor_compare(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file,
                      TorporTree *b, const TorporCompareOptions *options,
                      TorporDifferenceFunc report, gpointer data, GError **error);

/* A difference as one line of text, and one of its rows: "row 17: node 18 (-65, -66 mV)". Transfer
 * full. */
char *torpor_difference_to_text(const TorporDifference *difference);
char *torpor_difference_row_text(const TorporDifference *difference, guint index);

G_END_DECLS

#endif
