/* How closely two trees are compared. */
#ifndef TORPOR_COMPARE_OPTIONS_H
#define TORPOR_COMPARE_OPTIONS_H

#include "compare/same.h"

G_BEGIN_DECLS

typedef struct {
    double relative_tolerance; /* elements within |a - b| <= absolute + relative * |b| are equal */
    double absolute_tolerance;
    gboolean with_provenance; /* compare it and the origin too: they are not of the state */
    guint max_rows;           /* reported of each difference; 0 counts as 1 */
    const TorporSame *same;   /* (optional) bytes that are known to be equal (not owned) */
    void (*progress)(gpointer data, guint64 done, guint64 total); /* bytes; may be NULL */
    gpointer progress_data;
} TorporCompareOptions;

G_END_DECLS

#endif
