#include "cli/selection.h"

gboolean
torpor_selection_init(TorporSelection *selection, const char *file, const char *path,
                      GError **error)
{
    *selection = (TorporSelection){.path = path[0] == '/' ? path + 1 : path};
    if (!torpor_opened_init(&selection->opened, file, error))
        return FALSE;
    selection->node = torpor_opened_lookup(&selection->opened, path, error);
    if (selection->node == NULL)
        return FALSE;
    selection->layout = torpor_layout_new(selection->opened.tree);
    selection->has_numbers =
        torpor_numbers_init(&selection->numbers, selection->opened.file, selection->layout,
                            selection->path, selection->node);
    return TRUE;
}

void
torpor_selection_clear(TorporSelection *selection)
{
    g_clear_pointer(&selection->layout, torpor_layout_free);
    torpor_opened_clear(&selection->opened);
}
