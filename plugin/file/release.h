/* Frees files that were removed or replaced. To free the pages of a large one, and its place on the
 * disk, takes about a tenth of the time that writing it took; a thread does it, and nobody waits.
 */
#ifndef TORPOR_FILE_RELEASE_H
#define TORPOR_FILE_RELEASE_H

#include <glib.h>

G_BEGIN_DECLS

/* Before its name goes: keep a file from being freed with it. folder: a descriptor, or AT_FDCWD.
 * Returns a handle for torpor_release; -1: there is no such file. */
int torpor_release_hold(int folder, const char *name);
/* Let go of the file. If its name is gone, this frees it, in a thread if it is large. */
void torpor_release(int held);

/* Wait until all files that this process released are freed: what follows may need their room. */
void torpor_release_wait(void);

G_END_DECLS

#endif
