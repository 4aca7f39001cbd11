/* Threads that the host's signals do not reach: its handlers run in its own threads only. */
#ifndef TORPOR_BASE_THREAD_H
#define TORPOR_BASE_THREAD_H

#include <glib.h>

G_BEGIN_DECLS

/* As g_thread_try_new. All signals are blocked except those that a fault of the thread raises. */
GThread *torpor_thread_try_new(const char *name, GThreadFunc function, gpointer data,
                               GError **error);

G_END_DECLS

#endif
