/* Shows the progress of a long command on standard error, if that is a terminal, from the first
 * second on. */
#ifndef TORPOR_CLI_PROGRESS_H
#define TORPOR_CLI_PROGRESS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *what;   /* "checking" (not owned) */
    gboolean is_wanted; /* standard error is a terminal */
    gboolean is_shown;
    gint64 next_time_us; /* when it is shown again */
} TorporProgress;

void torpor_progress_init(TorporProgress *progress, const char *what);
/* Show how many bytes are done; total 0: not known. A callback for verify, compare and encode,
 * whose data is the TorporProgress. threads: one at a time. */
void torpor_progress_update(gpointer data, guint64 done, guint64 total);
/* Take it off the screen, before anything else is printed. */
void torpor_progress_clear(TorporProgress *progress);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporProgress, torpor_progress_clear)

G_END_DECLS

#endif
