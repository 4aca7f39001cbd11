/* A forked child that does one job from a copy of this process's memory, while this process goes
 * on. Only the calling thread exists in it: locks of GLib that another thread holds at that moment
 * stay held there for good, so no other thread of Torpor's may be at work. (malloc's are sound.) */
#ifndef TORPOR_BASE_CHILD_H
#define TORPOR_BASE_CHILD_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporChild TorporChild;

/* The job, in the child. It starts no thread (torpor_thread_try_new gives none there) and returns
 * what it made in `result`, room of TORPOR_CHILD_RESULT_BYTES. The child then ends without exit
 * handlers, and no signal reaches it but SIGKILL. */
typedef gboolean (*TorporChildJob)(gpointer job_data, TorporChild *child, gpointer result,
                                   GError **error);
#define TORPOR_CHILD_RESULT_BYTES 64u

/* Fork. NULL if that fails: TORPOR_STATUS_NO_MEMORY and others. */
TorporChild *torpor_child_start(TorporChildJob job, gpointer job_data, GError **error);
/* Frees what this process has of the child, which must have ended. */
void torpor_child_free(TorporChild *child);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporChild, torpor_child_free)

/* In this process: wait for the end of the child. TRUE with its result, or FALSE with its error;
 * TORPOR_STATUS_IO if it ended without a word. `answer` serves torpor_child_ask. The host's other
 * children are left alone, and its handler of SIGCHLD may reap this one. threads: any. */
gboolean torpor_child_wait(TorporChild *child, char *(*answer)(gpointer answer_data),
                           gpointer answer_data, gpointer result, GError **error);

/* In the child: have the process that it came from call `answer`. Transfer full, may be NULL. */
char *torpor_child_ask(TorporChild *child);
/* In the child: does the process that it came from still live? If not, nobody wants the result. */
gboolean torpor_child_is_wanted(const TorporChild *child);

G_END_DECLS

#endif
