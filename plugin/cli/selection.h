/* The selection of a command: the file and the path that it was given, and the value there. */
#ifndef TORPOR_CLI_SELECTION_H
#define TORPOR_CLI_SELECTION_H

#include "cli/command.h"
#include "cli/numbers.h"

G_BEGIN_DECLS

typedef struct {
    TorporOpened opened;
    TorporLayout *layout;
    const char *path; /* without a '/' in front (not owned) */
    const TorporNode *node;
    gboolean has_numbers; /* FALSE: it is a map, a text, ... */
    TorporNumbers numbers;
} TorporSelection;

gboolean torpor_selection_init(TorporSelection *selection, const char *file, const char *path,
                               GError **error);
void torpor_selection_clear(TorporSelection *selection);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporSelection, torpor_selection_clear)

G_END_DECLS

#endif
