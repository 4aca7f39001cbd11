#include "cli/chosen.h"

gboolean
torpor_chosen_init(TorporChosen *chosen, const char *file, const char *path, GError **error)
{
    *chosen = (TorporChosen){.path = path[0] == '/' ? path + 1 : path};
    if (!torpor_opened_init(&chosen->opened, file, error))
        return FALSE;
    chosen->node = torpor_opened_lookup(&chosen->opened, path, error);
    if (chosen->node == NULL)
        return FALSE;
    chosen->layout = torpor_layout_new(chosen->opened.tree);
    chosen->has_numbers = torpor_numbers_init(&chosen->numbers, chosen->opened.file, chosen->layout,
                                              chosen->path, chosen->node);
    return TRUE;
}

void
torpor_chosen_clear(TorporChosen *chosen)
{
    g_clear_pointer(&chosen->layout, torpor_layout_free);
    torpor_opened_clear(&chosen->opened);
}
