/* Our own threads. They block signals, so that the host's handlers run in the host's threads. */
#ifndef TORPOR_BASE_THREAD_H
#define TORPOR_BASE_THREAD_H

#include <glib.h>

G_BEGIN_DECLS

/* As g_thread_try_new. All signals are blocked except those that a fault of the thread raises. */
GThread *torpor_thread_try_new(const char *name, GThreadFunc function, gpointer data,
                               GError **error);

G_END_DECLS

#endif
