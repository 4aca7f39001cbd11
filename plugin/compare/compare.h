/* Compare two trees and report what differs, by path. */
#ifndef TORPOR_COMPARE_H
#define TORPOR_COMPARE_H

#include "base/file.h"
#include "compare/difference.h"
#include "compare/options.h"
#include "compare/same.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Return FALSE to stop comparing. */
typedef gboolean (*TorporDifferenceFunc)(const TorporDifference *difference, gpointer data);

/* Compare A with B. Payloads that were not loaded are read from the files; NULL if none.
 * `report` is called for each difference in the order of A, then for what is only in B. A column
 * that is stored once equals a column whose rows all have that value.
 *
 * Returns the number of differences that were reported, -1 if a file cannot be read. The files are
 * not verified: see torpor_same_new and torpor_file_verify. */
gint64 torpor_compare(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file,
                      TorporTree *b, const TorporCompareOptions *options,
                      TorporDifferenceFunc report, gpointer data, GError **error);

G_END_DECLS

#endif
