/* Frees removed or replaced files in a thread, so that nobody waits: to free the pages and the room
 * of a large file takes about a tenth of the time that writing it took. */
#ifndef TORPOR_FILE_RELEASE_H
#define TORPOR_FILE_RELEASE_H

#include <glib.h>

G_BEGIN_DECLS

/* Call this before a file is removed or replaced, so that it is not freed by that call. folder: a
 * descriptor, or AT_FDCWD. Returns a handle for torpor_release; -1: there is no such file. */
int torpor_release_hold(int folder, const char *name);
/* Call this afterwards: frees the file if its name is gone, in a thread if it is large. */
void torpor_release(int held);

/* Wait until all files that this process released are freed: what follows may need their room. */
void torpor_release_wait(void);

G_END_DECLS

#endif
