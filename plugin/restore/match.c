#include "restore/match.h"

TorporMatch *
torpor_match_new(const TorporHost *host, const TorporCatalogue *catalogue,
                 TorporCheckpointFile *checkpoint, const TorporPopulations *populations,
                 TorporReport *report)
{
    TorporMatch *match = g_new0(TorporMatch, 1);
    match->host = host;
    match->catalogue = catalogue;
    match->checkpoint = checkpoint;
    match->populations = populations;
    match->report = report;
    match->incoming_columns = g_ptr_array_new_with_free_func(g_free);
    match->prepared = g_array_new(FALSE, TRUE, sizeof(TorporPrepared));
    match->migrated = torpor_tree_new();
    return match;
}

void
torpor_match_free(TorporMatch *match)
{
    if (match == NULL)
        return;
    g_ptr_array_unref(match->incoming_columns);
    g_array_unref(match->prepared);
    torpor_tree_free(match->migrated);
    g_free(match);
}
