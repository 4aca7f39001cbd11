#include "cli/pair.h"

#include "cli/command.h"
#include "cli/progress.h"

gboolean
torpor_command_open_pair(TorporPair *pair, const char *a, const char *b, GError **error)
{
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "checking");
    return torpor_command_refuse_folder(a, error) && torpor_command_refuse_folder(b, error) &&
           torpor_pair_init(pair, a, b, torpor_progress_update, &progress, error);
}

gboolean
torpor_command_compare_pair(const TorporPair *pair, TorporCompareOptions *options,
                            TorporDifferenceFunc report, gpointer data, GError **error)
{
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "comparing");
    options->progress = torpor_progress_update;
    options->progress_data = &progress;
    return torpor_pair_compare(pair, options, report, data, error);
}
