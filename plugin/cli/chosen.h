/* The value of a file that a command was asked for. */
#ifndef TORPOR_CLI_CHOSEN_H
#define TORPOR_CLI_CHOSEN_H

#include "cli/command.h"
#include "cli/numbers.h"

G_BEGIN_DECLS

typedef struct {
    TorporOpened opened;
    TorporLayout *layout;
    const char *path; /* without a '/' in front (not owned) */
    const TorporNode *node;
    gboolean has_numbers; /* else it is a map, a text, ... */
    TorporNumbers numbers;
} TorporChosen;

gboolean torpor_chosen_init(TorporChosen *chosen, const char *file, const char *path,
                            GError **error);
void torpor_chosen_clear(TorporChosen *chosen);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporChosen, torpor_chosen_clear)

G_END_DECLS

#endif
