/* Two files that a command compares, with progress. */
#ifndef TORPOR_CLI_PAIR_H
#define TORPOR_CLI_PAIR_H

#include "compare/pair.h"

G_BEGIN_DECLS

/* torpor_pair_init; folders are refused. */
gboolean torpor_command_open_pair(TorporPair *pair, const char *a, const char *b, GError **error);
/* torpor_pair_compare. */
gboolean torpor_command_compare_pair(const TorporPair *pair, TorporCompareOptions *options,
                                     TorporDifferenceFunc report, gpointer data, GError **error);

G_END_DECLS

#endif
