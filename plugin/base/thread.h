/* Threads that the host's signals do not reach: its handlers run in its own threads only. */
#ifndef TORPOR_BASE_THREAD_H
#define TORPOR_BASE_THREAD_H

#include <glib.h>

G_BEGIN_DECLS

/* As g_thread_try_new. NULL: the caller does the work itself. All signals are blocked except those
 * that a fault of the thread raises. */
GThread *torpor_thread_try_new(const char *name, GThreadFunc function, gpointer data,
                               GError **error);

/* From here on this process starts no thread: torpor_thread_try_new returns NULL without an error.
 * For a forked child, where the locks of other threads stay as they were. */
void torpor_thread_forbid(void);
gboolean torpor_thread_is_forbidden(void);

G_END_DECLS

#endif
