/* What differs between two trees, by path. Blocks that are equal cost one memcmp. */
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

/* Compare A with B (their files give payloads that stayed there; NULL if all is in memory).
 * `report` is called for each difference in A's order, then for what is only in B. A column of a
 * checkpoint that is stored once equals one whose rows all have that value. Returns the number of
 * differences reported, -1 with `error` set if a file could not be read. Whether the files are
 * whole is for torpor_same_new or torpor_file_verify to say. */
gint64 torpor_compare(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file,
                      TorporTree *b, const TorporCompareOptions *options,
                      TorporDifferenceFunc report, gpointer data, GError **error);

G_END_DECLS

#endif
